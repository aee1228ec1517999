-- Removes certificate and pin of an endpoint of the caller's. $1 endpoint, $2 version (0: any)
-- One row: an api_reply. Writes endpoint, endpoint_identity, audit.
SELECT * FROM endpoint_identity_remove($1::uuid, $2::bigint)
