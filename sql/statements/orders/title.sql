-- Purpose:    what is to be judged before a draft opens
-- Parameters: $1 order
-- Result:     one row: its title, and the rules that it is exempted from as a JSON array; none when it is no draft that the caller sees
-- Tables:     job_order, order_exemption (no locks)
SELECT title, exempted FROM order_title($1::uuid)
