-- Makes, changes or leaves one candidate of the caller's own.
-- $1 jsonb prepared row (services/pool/prepare.h) · $2 bigint version asked for, NULL: none
-- Result: an api_reply. EB412, EB422.
-- Tables: pool_version (locked), candidate, candidate_person, candidate_state, candidate_fact, audit; through candidate_put.
SELECT * FROM candidate_put($1::jsonb, $2::bigint)
