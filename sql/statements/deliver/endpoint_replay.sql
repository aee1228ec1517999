-- Asks for an endpoint's deliveries that were given up or missed to be sent again.
-- $1 endpoint, $2 since, $3 kinds or NULL, $4 states ('dead', 'cancelled', 'missed')
-- One row: an api_reply. Writes endpoint, delivery, endpoint_mark, audit.
SELECT * FROM endpoint_replay($1::uuid, $2::timestamptz, $3::text[], $4::text[])
