-- Purpose:    what only the database finds wrong with a word, to be named with all that the API found
-- Parameters: $1 text kind; $2 text code, NULL for a new competence; $3 jsonb body
-- Result:     [{"pointer", "code", "detail"}] as text
-- Tables:     competence, vocabulary_concept, reference_code (no locks)
SELECT vocabulary_faults($1, $2, $3::jsonb)::text
