-- Purpose:    what an order's titles have been exempted from, by whom and why
-- Parameters: $1 order
-- Result:     one row: an api_reply, 200; or EB404, EB403
-- Tables:     job_order, order_exemption, organisation (no locks)
SELECT * FROM order_exemptions($1::uuid)
