-- Claims what is due, with all that rendering needs.
-- $1 most at once, $2 most under way per endpoint, $3 attempts in all, $4 lease in microseconds
-- Rows: as delivery_claim; event_at as RFC 3339. Writes delivery, delivery_attempt; see 0010 for locks.
SELECT delivery_id, verdict, why, token, attempt, kind, delivery_time(event_at), endpoint_id, url, secret, data,
       municipality, external_ref, wrapped_key, name, phone, email
FROM delivery_claim($1::int, $2::int, $3::int, $4::bigint * interval '1 microsecond')
