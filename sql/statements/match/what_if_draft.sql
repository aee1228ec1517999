-- Purpose:    an order that is not posted yet, as ranking reads it (order.sql)
-- Parameters: $1 jsonb body as checked; $2 timestamptz now
-- Result:     one row: the columns of order.sql, and the municipalities, a line each, code|name; EB422 with all faults
-- Tables:     through function order_draft: postcode and the reference tables; organisation; writes audit
SELECT d.*, false, municipality_lines() FROM order_draft($1::jsonb, $2::timestamptz) AS d
