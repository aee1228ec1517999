-- Changes an endpoint of the caller's; another address is asked whether it is its own.
-- $1 id, $2 version (0: any), $3 url, $4 kinds, $5 state; NULL: unchanged; $6 settings, of those that are named
-- One row: an api_reply. Writes endpoint, outbox, delivery, audit.
SELECT * FROM endpoint_change($1::uuid, $2::bigint, $3::text, $4::text[], $5::text, $6::jsonb)
