-- Purpose:    keep a shortlist, tell those concerned, and write the audit, all in one transaction
-- Parameters: $1 uuid order; $2 int version of what was ranked; $3 int ruleset; $4 bigint pool version; $5 int as-of day since
--             1970-01-01; $6 int candidates looked at; $7 jsonb exclusions by reason; $8 json requirements, as they are shown;
--             entries in columns, best first: $9 uuid[] candidates, $10 int[] scores, $11 text[] parts, $12 text[] facts and
--             $13 text[] explanations, JSON each; $14 jsonb what was asked; $15 bigint version of the vocabulary that it was
--             asked with
-- Result:     one row: the shortlist, or NULL when the order has changed or closed since
-- Tables:     through function shortlist_store: shortlist, shortlist_entry, outbox, delivery, change, audit
SELECT shortlist_store($1::uuid, $2::int, $3::int, $4::bigint, date '1970-01-01' + $5::int, $6::int, $7::jsonb, $8::json,
                       $9::uuid[], $10::int[], $11::text[], $12::text[], $13::text[], $14::jsonb, $15::bigint)
