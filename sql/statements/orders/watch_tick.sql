-- Purpose:    do what one clock has come to: 'orders' one order's, 'release' and 'fresh' those of other rooms
-- Parameters: $1 text turn
-- Result:     one row: how many were looked at (0: nothing is due), rungs climbed, warnings, breaches, notices; the order and the
--             SQLSTATE when a look failed
-- Tables:     through function life_tick: candidate (shared), job_order, shortlist_entry, order_event, outbox, delivery, change
SELECT checked, climbs, warnings, breaches, notices, order_id, failed FROM life_tick($1::text)
