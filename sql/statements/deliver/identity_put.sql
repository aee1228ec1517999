-- What is shown to the receiver at an endpoint of the caller's, and what it must show.
-- $1 endpoint, $2 version (0: any), $3 sealed PEM or NULL, $4 subject or NULL, $5 seconds since 1970 or NULL, $6 pin or NULL
-- One row: an api_reply. Writes endpoint, endpoint_identity, audit.
SELECT * FROM endpoint_identity_put($1::uuid, $2::bigint, $3::bytea, $4::text, to_timestamp($5::double precision), $6::text)
