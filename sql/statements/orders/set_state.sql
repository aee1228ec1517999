-- Purpose:    move a job order to another state
-- Parameters: $1 order, $2 version seen (0: any), $3 state, $4 reason or NULL, $5 text or NULL, $6 received, $7 due (count when a draft
--             opens)
-- Result:     one row: an api_reply, 200
-- Tables:     candidate (shared), job_order (locked), shortlist_entry (locked when the order ends), release, referral, order_event,
--             order_attention, job, outbox, delivery, change, audit
SELECT * FROM order_set_state($1::uuid, $2::bigint, $3::text, $4::text, $5::text, $6::timestamptz, $7::timestamptz)
