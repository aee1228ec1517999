-- Purpose:    the home's named person lifts a candidate's protection for one release
-- Parameters: $1 entry, $2 version seen (0: any)
-- Result:     one row: an api_reply, 200
-- Tables:     candidate, job_order, shortlist_entry (locked in that order), protection_lift, audit
SELECT * FROM entry_lift_protection($1::uuid, $2::bigint)
