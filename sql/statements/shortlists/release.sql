-- Purpose:    let one CV go to one employer
-- Parameters: $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 entry, $6 legal basis
-- Result:     one row: an api_reply, 201
-- Tables:     candidate, job_order, shortlist_entry (locked in that order), release, outbox, delivery, change, audit,
--             idempotency
SELECT * FROM entry_release($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::text)
