-- Who judged a candidate, when, and until when it holds.
-- $1 text external_ref · $2 bigint version asked for, 0: any · $3 text initials · $4 date made on · $5 date holds until
-- Result: an api_reply. EB404, EB412.
-- Tables: pool_version (locked), candidate, candidate_state, audit; through candidate_screening_put.
SELECT * FROM candidate_screening_put($1, $2::bigint, $3, $4::date, $5::date)
