-- Claims what is due, with all that rendering and signing need.
-- $1 most at once, $2 most under way per endpoint, $3 attempts in all, $4 lease in microseconds
-- Rows: as delivery_claim; event_at as RFC 3339. Writes delivery, delivery_attempt, endpoint, endpoint_mark; see 0029 for locks.
SELECT delivery_id, verdict, why, token, attempt, kind, delivery_time(event_at), version, endpoint_id, url, mode,
       secrets, signing_keys, signed_by, identity, identity_at, pin, data,
       municipality, external_ref, wrapped_key, name, phone, email
FROM delivery_claim($1::int, $2::int, $3::int, $4::bigint * interval '1 microsecond')
