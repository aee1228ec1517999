-- Purpose:    a named consultant approves that the candidate's CV may go to the employer
-- Parameters: $1 entry, $2 version seen (0: any)
-- Result:     one row: an api_reply, 200
-- Tables:     candidate, job_order, shortlist_entry (locked in that order), approval, outbox, change, audit
SELECT * FROM entry_approve($1::uuid, $2::bigint)
