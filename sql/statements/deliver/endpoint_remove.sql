-- Removes an endpoint of the caller's: disabled, what waited is cancelled.
-- $1 id, $2 version (0: any). One row: an api_reply. Writes endpoint, delivery, audit.
SELECT * FROM endpoint_remove($1::uuid, $2::bigint)
