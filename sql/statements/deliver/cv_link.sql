-- Purpose:    a single-use link of fifteen minutes to a CV as PDF
-- Parameters: $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 release, $6 SHA-256 of the token
-- Result:     one row: an api_reply, 201
-- Tables:     idempotency, release, consent, candidate (shared locks), cv_link, audit
SELECT * FROM cv_link_create($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::bytea)
