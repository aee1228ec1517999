-- Purpose:    what only the database knows wrong with a list of units in which the API found faults already
-- Parameters: $1 CVR number, $2 jsonb body, of any form
-- Result:     one row: [{"pointer", "code", "detail"}] as text
-- Tables:     postcode, employer, employer_unit (read)
SELECT employer_unit_faults($1::text, $2::jsonb)::text
