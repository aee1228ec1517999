-- Purpose:    change a job order, or open a draft
-- Parameters: $1 order, $2 version seen (0: any), $3 jsonb merge patch as checked, $4 received, $5 due (count when it opens)
-- Result:     one row: an api_reply, 200
-- Tables:     job_order (locked), job_requirement, organisation, job, outbox, delivery, change, audit
SELECT * FROM order_change($1::uuid, $2::bigint, $3::jsonb, $4::timestamptz, $5::timestamptz)
