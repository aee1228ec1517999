-- Purpose:    keep a shortlist and what was asked for it, tell those concerned, and write the audit, in one transaction
-- Parameters: $1 uuid order; $2 int version of what was ranked; $3 int ruleset; $4 bigint pool version; $5 int as-of day since
--             1970-01-01; $6 int candidates looked at; $7 jsonb exclusions by reason; $8 jsonb entries; $9 jsonb what was asked;
--             $10 bigint vocabulary version
-- Result:     one row: the shortlist, or NULL when the order has changed or closed since
-- Tables:     through function shortlist_store: shortlist, shortlist_entry, outbox, delivery, change, audit
SELECT shortlist_store($1::uuid, $2::int, $3::int, $4::bigint, date '1970-01-01' + $5::int, $6::int, $7::jsonb, $8::jsonb,
                       $9::jsonb, $10::bigint)
