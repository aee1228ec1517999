-- The secrets and keys of an endpoint of the caller's, newest first, without a byte of them. $1 endpoint
-- One row: an api_reply. Reads endpoint, endpoint_secret.
SELECT * FROM endpoint_secret_list($1::uuid)
