-- Purpose:    may the caller ask what a job order's requirements cost
-- Parameters: $1 uuid order
-- Result:     one row: the pool version that the answer must at least be of, the order's id as we write it, and the
--             municipalities, a line each, code|name; else EB404, or EB409 without an occupation
-- Tables:     through function order_askable: job_order; organisation; writes audit
SELECT order_askable($1::uuid, 'order.what_if'), $1::uuid, municipality_lines()
