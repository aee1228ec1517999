-- Purpose:    may the caller ask which course would help a job order
-- Parameters: $1 uuid order
-- Result:     one row: the pool version that the answer must at least be of, the order's id as we write it, whether the
--             caller is the team, and what courses give, a line each, certificate|working days; else EB404 or EB409
-- Tables:     through function order_askable: job_order; vocabulary_word; writes audit
SELECT order_askable($1::uuid, 'order.gap'), $1::uuid, app_kind() = 'team', course_lines()
