-- Purpose:    one job order
-- Parameters: $1 order
-- Result:     one row: an api_reply, 200
-- Tables:     job_order, job_requirement, organisation, shortlist (no locks)
SELECT * FROM order_reply($1::uuid, 200)
