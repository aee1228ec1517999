-- Purpose:    what only the database knows wrong with a contact in which the API found faults already
-- Parameters: $1 lead, $2 jsonb body, of any form
-- Result:     one row: [{"pointer", "code", "detail"}] as text; EB404
-- Tables:     lead, question_guide and the reference tables (read)
SELECT lead_contact_faults($1::uuid, $2::jsonb)::text
