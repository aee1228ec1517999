-- Ends an attempt, fenced by its token.
-- $1 delivery, $2 token, $3 outcome, $4 why, $5 wait in microseconds, $6 hold of the endpoint in microseconds, $7 class,
-- $8 status, $9 bytes, $10 excerpt, $11 SHA-256 (hex) of the body, $12 duration in microseconds, $13 who signed,
-- $14 SHA-256 (hex) of the answer's body
-- One row: true, or false when the lease was another's. Writes delivery, delivery_attempt, endpoint, outbox, audit.
SELECT delivery_finish($1::uuid, $2::uuid, $3::text, $4::text, $5::bigint, $6::bigint, $7::text, $8::int, $9::int,
                       $10::text, $11::text, $12::bigint, $13::text, $14::text)
