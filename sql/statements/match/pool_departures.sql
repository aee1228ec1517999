-- Purpose:    candidates erased from the pool between two versions
-- Parameters: $1 bigint version that the reader has; $2 bigint version that it wants
-- Result:     candidate id
-- Tables:     candidate_departure (no locks)
SELECT DISTINCT candidate_id FROM candidate_departure WHERE version > $1::bigint AND version <= $2::bigint
