-- Purpose:    add a competence, which facts and orders may name at once
-- Parameters: $1 text method; $2 text path; $3 text idempotency key; $4 text fingerprint; $5 jsonb body
-- Result:     an api_reply. EB403, EB409, EB422.
-- Tables:     through function vocabulary_create: vocabulary_version (locked), competence, vocabulary_word, vocabulary_synonym,
--             vocabulary_link, vocabulary_relation, vocabulary_change, idempotency, audit
SELECT * FROM vocabulary_create($1, $2, $3, $4, $5::jsonb)
