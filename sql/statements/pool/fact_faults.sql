-- What the database finds wrong with a list of facts.
-- $1 jsonb facts · $2 text the list's JSON Pointer
-- Result: [{"pointer", "code", "detail"}] as text.
SELECT candidate_fact_faults($1::jsonb, $2)::text
