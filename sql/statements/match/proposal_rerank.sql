-- Purpose:    rank an open job order again, on the pool as it is now
-- Parameters: $1 uuid order; $2 bigint version seen (0: any)
-- Result:     one row: an api_reply, 200; else EB404, EB409 or EB412
-- Tables:     job_order (row lock), through function order_rerank; job, outbox; writes audit
SELECT * FROM order_rerank($1::uuid, $2::bigint)
