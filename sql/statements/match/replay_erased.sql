-- Purpose:    who stood on a shortlist and has been erased from the pool since
-- Parameters: $1 uuid shortlist; $2 bigint its pool version
-- Result:     candidate; by id
-- Tables:     candidate_departure, audit (no locks)
SELECT DISTINCT d.candidate_id FROM candidate_departure d
JOIN audit a ON a.candidates @> ARRAY[d.candidate_id]
WHERE d.version > $2::bigint AND a.action = 'candidate.listed' AND a.subject_kind = 'shortlist' AND a.subject_id = $1::uuid::text
ORDER BY d.candidate_id
