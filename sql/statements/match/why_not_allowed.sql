-- Purpose:    may the caller ask why this candidate is not on this job order's list
-- Parameters: $1 uuid order; $2 uuid candidate
-- Result:     one row: the pool version that the answer must at least be of, and both ids as we write them; else EB404
-- Tables:     through function why_not_allowed: job_order, candidate (own), shortlist_entry; writes audit
SELECT why_not_allowed($1::uuid, $2::uuid), $1::uuid, $2::uuid
