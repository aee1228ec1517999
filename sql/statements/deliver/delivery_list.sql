-- The caller's deliveries, newest first: those there are, and what is remembered of those of months ago.
-- $1 state, $2 kind, $3 endpoint, $4 RFC 3339 time, each NULL for any; $5 the place after which to go on, '' for the newest;
-- $6 limit
-- Rows: document (JSON text), place. Reads delivery, delivery_past, outbox.
SELECT document, place
FROM delivery_list($1::text, $2::text, $3::uuid, $4::timestamptz, nullif($5::text, '')::uuid, $6::int)
