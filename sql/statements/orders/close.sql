-- Purpose:    close a job order
-- Parameters: $1 order, $2 version seen (0: any), $3 reason
-- Result:     one row: an api_reply, 200
-- Tables:     candidate (shared), job_order (locked), shortlist_entry (locked), release, referral, order_event, outbox, delivery, change, audit
SELECT * FROM order_close($1::uuid, $2::bigint, $3::text)
