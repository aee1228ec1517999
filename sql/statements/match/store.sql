-- Purpose:    keep a shortlist, tell those concerned, and write the audit, all in one transaction
-- Parameters: $1 uuid order; $2 int version of what was ranked; $3 int ruleset; $4 bigint pool version; $5 int as-of day since
--             1970-01-01; $6 int candidates looked at; $7 jsonb exclusions by reason; entries in columns, best first: $8 uuid[]
--             candidates, $9 int[] scores, $10 parts, $11 facts and $12 explanations, a line of JSON each; $13 jsonb what was
--             asked; $14 bigint version of the vocabulary that it was asked with
-- Result:     one row: the shortlist, or NULL when the order has changed or closed since
-- Tables:     through function shortlist_store: shortlist, shortlist_entry, outbox, delivery, change, audit
SELECT shortlist_store($1::uuid, $2::int, $3::int, $4::bigint, date '1970-01-01' + $5::int, $6::int, $7::jsonb, $8::uuid[],
                       $9::int[], $10::text, $11::text, $12::text, $13::jsonb, $14::bigint)
