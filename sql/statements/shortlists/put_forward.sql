-- Purpose:    the team puts forward one of the reserve
-- Parameters: $1 entry, $2 version seen (0: any), $3 reason
-- Result:     one row: an api_reply, 200
-- Tables:     candidate, job_order (locked in that order), the lock of putting forward, shortlist_entry, outbox, change, order_event, audit
SELECT * FROM entry_put_forward($1::uuid, $2::bigint, $3::text)
