-- Confirms one candidate of the caller's own: dates of the screening and of facts, nothing else.
-- $1 jsonb {"external_ref", "version", "screening"?, "facts"?}
-- Result: an api_reply. EB404, EB409, EB412, EB422.
-- Tables: pool_version (locked), candidate, candidate_state, candidate_fact, candidate_task, audit; through candidate_confirm_one.
SELECT * FROM candidate_confirm_one($1::jsonb)
