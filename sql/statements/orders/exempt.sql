-- Purpose:    record what a named person exempts an order's title from
-- Parameters: $1 order, $2 jsonb exemptions as checked
-- Result:     one row, nothing in it; or EB403, EB404
-- Tables:     through function order_exempt: job_order, order_exemption, audit
SELECT order_exempt($1::uuid, $2::jsonb)
