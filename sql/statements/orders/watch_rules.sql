-- Purpose:    what the configuration says of working time and of the clock, as SQL reads it
-- Parameters: $1 timestamptz[] and $2 timestamptz[] when offices open and close, a pair for each working day; $3 and $4 bigint
--             microseconds: working time to answer in at least, and the last look before an order is due; $5 int days after its
--             start when an order expires
-- Result:     one row, nothing in it
-- Tables:     through function order_rules_set: office_hours, order_rules, job_order
SELECT order_rules_set($1::timestamptz[], $2::timestamptz[], $3::bigint * interval '1 microsecond',
                       $4::bigint * interval '1 microsecond', $5::int)
