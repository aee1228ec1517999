-- Makes an endpoint of the caller's organisation, and asks its receiver whether it is its own.
-- $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 id, $6 url, $7 kinds, $8 settings, $9 sealed v1 secret, $10 sealed v1a key,
-- $11 its public key
-- One row: an api_reply. Writes endpoint, endpoint_secret, outbox, delivery, idempotency, audit.
SELECT * FROM endpoint_create($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::text, $7::text[], $8::jsonb, $9::bytea, $10::bytea,
                              $11::bytea)
