-- Purpose:    say of a proposal that it is seen or dismissed
-- Parameters: $1 uuid proposal; $2 bigint version seen (0: any); $3 text state
-- Result:     one row: an api_reply, 200; else EB404, EB409 or EB412
-- Tables:     order_proposal (row lock), through function proposal_change; writes audit
SELECT * FROM proposal_change($1::uuid, $2::bigint, $3::text)
