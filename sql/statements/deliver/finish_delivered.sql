-- Ends attempts that came through, each fenced by its token. Arrays of equal length, one element for each attempt.
-- $1 deliveries, $2 tokens, $3 classes, $4 statuses, $5 bytes, $6 excerpts, $7 durations in microseconds, $8 who signed
-- One row: a boolean[] in their order, false where the lease was another's. Writes delivery, delivery_attempt, endpoint.
SELECT delivery_finish_delivered($1::text[]::uuid[], $2::text[]::uuid[], $3::text[], $4::text[]::int[], $5::text[]::int[],
                                 $6::text[], $7::text[]::bigint[], $8::text[])
