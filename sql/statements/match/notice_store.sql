-- Purpose:    keep the gap of an order where its notice finds it
-- Parameters: $1 uuid order; $2 int version of what was asked; $3 jsonb as the team sees it; $4 jsonb in steps
-- Result:     one row, nothing in it
-- Tables:     through function order_gap_put: order_gap, order_attention
SELECT order_gap_put($1::uuid, $2::int, $3::jsonb, $4::jsonb)
