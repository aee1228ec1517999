-- Purpose:    make a word what the body says
-- Parameters: $1 text kind; $2 text code; $3 bigint version that the caller has seen, 0: any; $4 jsonb body
-- Result:     an api_reply. EB403, EB404, EB412, EB422.
-- Tables:     through function vocabulary_put: vocabulary_version (locked), competence, certificate, vocabulary_word,
--             vocabulary_synonym, vocabulary_link, vocabulary_relation, vocabulary_change, audit
SELECT * FROM vocabulary_put($1, $2, $3::bigint, $4::jsonb)
