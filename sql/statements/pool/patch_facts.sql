-- Adds, replaces and ends single facts of one of the caller's own candidates.
-- $1 text external_ref · $2 bigint version asked for, 0: any · $3 jsonb facts set · $4 jsonb facts removed
-- Result: an api_reply. EB404, EB412, EB422.
-- Tables: pool_version (locked), candidate, candidate_fact, audit; through candidate_facts_patch.
SELECT * FROM candidate_facts_patch($1, $2::bigint, $3::jsonb, $4::jsonb)
