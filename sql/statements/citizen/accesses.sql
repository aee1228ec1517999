-- Purpose:    who has seen a candidate of the caller's own, and what was sent
-- Parameters: $1 municipality code, $2 external reference, $3 position or '', $4 limit
-- Result:     one row: a JSON object, and the position to go on from or NULL
-- Tables:     candidate, audit, api_key, organisation, job_order, release, outbox, delivery, referral (no locks); writes audit
SELECT document, next_position FROM citizen_accesses($1::text, $2::text, $3::text, $4::int)
