-- Purpose:    the orders received in some months, and their first moments
-- Parameters: $1 timestamptz[] borders of the months
-- Result:     a row per order: month from 1, municipality or NULL, received by the team, posts, hires, filled, and as
--             microseconds since 1970 or NULL: received, put forward, confirmed, released, hired
-- Tables:     through function figures_orders: job_order, organisation, postcode, referral, shortlist_entry
SELECT month, place, of_team, posts, hires, filled, received_at, put_forward_at, confirmed_at, released_at, hired_at
FROM figures_orders($1::timestamptz[])
