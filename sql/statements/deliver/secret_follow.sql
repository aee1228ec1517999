-- A new secret or key of an endpoint of the caller's; the present one signs beside it until its grace is over.
-- $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 endpoint, $6 scheme, $7 grace in seconds, $8 sealed, $9 public key or NULL
-- One row: an api_reply. Writes endpoint, endpoint_secret, idempotency, audit.
SELECT * FROM endpoint_secret_follow($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::text, $7::int, $8::bytea, $9::bytea)
