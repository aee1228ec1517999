-- Purpose:    receive a job order, or keep a draft
-- Parameters: $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 jsonb body as checked, $6 received, $7 due
-- Result:     one row: an api_reply, 201
-- Tables:     organisation, job_order, job_requirement, job, audit, idempotency (see 0008 for locks)
SELECT * FROM order_create($1::text, $2::text, $3::text, $4::text, $5::jsonb, $6::timestamptz, $7::timestamptz)
