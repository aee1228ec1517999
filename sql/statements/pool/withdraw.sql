-- Takes one of the caller's own candidates out of the pool. A second time changes nothing.
-- $1 text external_ref · $2 bigint version asked for, 0: any · $3 text reason
-- Result: an api_reply. EB404, EB412.
-- Tables: pool_version (locked), candidate, candidate_state, audit; through candidate_withdraw.
SELECT * FROM candidate_withdraw($1, $2::bigint, $3)
