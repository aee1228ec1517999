-- Purpose:    the home's answer for one of its candidates
-- Parameters: $1 entry, $2 version seen (0: any), $3 jsonb body as checked
-- Result:     one row: an api_reply, 200
-- Tables:     candidate, job_order, shortlist_entry (locked in that order), consent, release, delivery, outbox, change, audit
SELECT * FROM entry_answer($1::uuid, $2::bigint, $3::jsonb)
