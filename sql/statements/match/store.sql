-- Purpose:    keep a shortlist, tell those concerned, and write the audit, all in one transaction
-- Parameters: $1 uuid order; $2 int version of what was ranked; $3 int ruleset; $4 bigint pool version; $5 int as-of day since
--             1970-01-01; $6 int candidates looked at; $7 jsonb exclusions by reason; $8 jsonb entries
-- Result:     one row: the shortlist, or NULL when the order has changed or closed since
-- Tables:     through function shortlist_store: shortlist, shortlist_entry, outbox, delivery, change, audit
SELECT shortlist_store($1::uuid, $2::int, $3::int, $4::bigint, date '1970-01-01' + $5::int, $6::int, $7::jsonb, $8::jsonb)
