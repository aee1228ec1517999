-- Purpose:    recalls, the newest first: of a home its own candidates', for the team everybody's
-- Parameters: $1 position or '', $2 limit, $3 only those that not every place has heard
-- Result:     one row: a JSON array, and the position to go on from or NULL
-- Tables:     release, release_event, release_reached, recall_arrived, delivery, delivery_past (no locks); writes audit
SELECT items, next_position FROM recall_list($1::text, $2::int, $3::boolean)
