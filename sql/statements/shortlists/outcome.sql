-- Purpose:    what became of a candidate who was sent: an interview, a job, or not relevant
-- Parameters: $1 entry, $2 version seen (0: any), $3 jsonb body as checked
-- Result:     one row: an api_reply, 200
-- Tables:     candidate (alone for a hire), job_order, shortlist_entry (of a hire all of the person's, locked in that order),
--             release, delivery, outbox, change, audit
SELECT * FROM entry_outcome($1::uuid, $2::bigint, $3::jsonb)
