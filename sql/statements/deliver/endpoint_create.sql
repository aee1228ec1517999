-- Makes an endpoint of the caller's organisation.
-- $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 id, $6 url, $7 kinds, $8 sealed v1 secret, $9 sealed v1a key, $10 its public key
-- One row: an api_reply. Writes endpoint, endpoint_secret, idempotency, audit.
SELECT * FROM endpoint_create($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::text, $7::text[], $8::bytea, $9::bytea, $10::bytea)
