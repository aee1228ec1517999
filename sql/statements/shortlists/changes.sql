-- Purpose:    the caller's next changes, up to the commit horizon
-- Parameters: $1 position or '', $2 limit
-- Result:     one row: a JSON array, and the position to go on from
-- Tables:     change, outbox, shortlist_entry (no locks); writes audit when it names candidates
SELECT items, next_position FROM changes_page($1::text, $2::int)
