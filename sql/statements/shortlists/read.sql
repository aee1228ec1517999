-- Purpose:    the newest shortlist of a job order, the caller's own candidates in full
-- Parameters: $1 order
-- Result:     one row: an api_reply, 200
-- Tables:     shortlist, shortlist_entry, candidate (own), consent, approval, release; writes audit
SELECT * FROM shortlist_read($1::uuid)
