-- Purpose:    a single-use link by which a candidate answers; the caller's own candidate
-- Parameters: $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 entry, $6 SHA-256 of the token,
--             $7 how long it may be answered, $8 how long after the order's due time at most (both in microseconds)
-- Result:     one row: an api_reply, 201
-- Tables:     candidate, job_order, shortlist_entry (locked in that order), citizen_link, outbox, change, audit, idempotency
SELECT * FROM citizen_link_create($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::bytea,
                                  $7::bigint * interval '1 microsecond', $8::bigint * interval '1 microsecond')
