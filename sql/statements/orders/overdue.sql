-- Purpose:    a page of job orders that are overdue, with neither candidates nor notice; newest first
-- Parameters: $1 state or NULL, $2 position of the page before or '', $3 limit
-- Result:     one row: a JSON array, and the position to go on from or NULL
-- Tables:     job_order, shortlist_entry, job_requirement, organisation, shortlist (no locks)
SELECT items, next_position FROM order_overdue_page($1::text, $2::text, $3::int)
