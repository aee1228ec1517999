-- Changes an endpoint of the caller's.
-- $1 id, $2 version (0: any), $3 url, $4 kinds, $5 state; NULL: unchanged
-- One row: an api_reply. Writes endpoint, audit.
SELECT * FROM endpoint_change($1::uuid, $2::bigint, $3::text, $4::text[], $5::text)
