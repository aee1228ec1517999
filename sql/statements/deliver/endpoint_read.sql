-- One endpoint of the caller's. $1 id. One row: an api_reply. Reads endpoint.
SELECT * FROM endpoint_read($1::uuid)
