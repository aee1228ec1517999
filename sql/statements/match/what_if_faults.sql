-- Purpose:    what the reference tables know wrong with a body that the API found faults in already
-- Parameters: $1 jsonb body, of any form
-- Result:     one row: [{"pointer", "code", "detail"}] as text
-- Tables:     postcode and the reference tables (read)
SELECT order_faults($1::jsonb)::text
