-- Purpose:    one entry of a shortlist
-- Parameters: $1 entry
-- Result:     one row: an api_reply, 200
-- Tables:     as read; writes audit
SELECT * FROM entry_read($1::uuid)
