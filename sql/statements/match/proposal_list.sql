-- Purpose:    the live proposals of a job order
-- Parameters: $1 uuid order
-- Result:     one row: an api_reply, 200; else EB404
-- Tables:     order_proposal, through function proposals_read; writes audit
SELECT * FROM proposals_read($1::uuid)
