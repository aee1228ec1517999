-- Purpose:    what happened to a job order, oldest first: states, rungs, warnings, notices
-- Parameters: $1 uuid order, $2 position of the page before or '', $3 limit
-- Result:     one row: a JSON array, and the position to go on from or NULL; or EB404, EB403
-- Tables:     job_order, order_event (no locks)
SELECT items, next_position FROM order_events($1::uuid, $2::text, $3::int)
