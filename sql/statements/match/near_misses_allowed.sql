-- Purpose:    may the caller list who nearly meets a job order
-- Parameters: $1 uuid order
-- Result:     one row: the pool version that the answer must at least be of, and the order's id as we write it; else EB403, EB404
--             or EB409
-- Tables:     through functions team_only and order_askable: job_order; writes audit
SELECT order_askable($1::uuid, 'order.near_misses'), $1::uuid, team_only()
