-- What the database finds wrong with a prepared row that the API found faults in already.
-- $1 jsonb prepared row
-- Result: [{"pointer", "code", "detail"}] as text.
SELECT candidate_faults($1::jsonb)::text
