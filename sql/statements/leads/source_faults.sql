-- Purpose:    what only the database knows wrong with a source's body in which the API found faults already
-- Parameters: $1 jsonb body, of any form, $2 the source's own id or NULL
-- Result:     one row: [{"pointer", "code", "detail"}] as text
-- Tables:     lead_source (read)
SELECT lead_source_faults($1::jsonb, $2::uuid)::text
