-- Purpose:    remove a competence that nobody has named
-- Parameters: $1 text key; $2 bigint version that the caller has seen, 0: any
-- Result:     an api_reply. EB403, EB404, EB409 while it is in use, EB412.
-- Tables:     through function vocabulary_remove: vocabulary_version, pool_version (locked), competence, candidate_fact,
--             job_requirement, vocabulary_word, vocabulary_synonym, vocabulary_link, vocabulary_relation, vocabulary_change, audit
SELECT * FROM vocabulary_remove($1, $2::bigint)
