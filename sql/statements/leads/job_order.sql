-- Purpose: a draft job order of a lead, once per idempotency key. Parameters: $1 method, $2 path, $3 key, $4 fingerprint,
-- $5 lead, $6 jsonb of what the caller knows better.
-- Result: api_reply 201 with the order; EB404, EB409, EB422. Tables: lead, job_order, organisation, idempotency, audit.
SELECT status, body, etag, location, replayed FROM lead_job_order($1, $2, $3, $4, $5::uuid, $6::jsonb)
