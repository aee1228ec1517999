-- Purpose:    a home puts its own candidate beside the ranking
-- Parameters: $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 order, $6 jsonb body as checked
-- Result:     one row: an api_reply, 201
-- Tables:     candidate, job_order (locked in that order), the lock of putting forward, shortlist_entry, outbox, change, audit, idempotency
SELECT * FROM entry_add($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::jsonb)
