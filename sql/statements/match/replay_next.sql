-- Purpose:    the next shortlist to replay, with what was stored of it
-- Parameters: $1 bigint pool version and $2 uuid shortlist that came before; $3 uuid the one that is wanted, NULL: any
-- Result:     none or one row, by pool version and id: id, order, version of the order, ruleset, pool version, as-of day since
--             1970-01-01, candidates looked at, exclusions, requirements, what was asked (or NULL), vocabulary version (or
--             NULL), entries stored (or NULL), digest then (hex or NULL), digest now (hex), candidates erased from the pool
--             since
-- Tables:     shortlist, shortlist_entry, candidate_departure (no locks)
SELECT s.id, s.order_id, s.order_version, s.ruleset, s.pool_version, s.as_of - date '1970-01-01', s.considered, s.excluded,
       s.requirements, s.asked, s.vocabulary_version, s.listed, encode(s.digest, 'hex'), encode(shortlist_digest(s.id), 'hex'),
       (SELECT count(DISTINCT d.candidate_id) FROM candidate_departure d WHERE d.version > s.pool_version)
FROM shortlist s
WHERE (s.pool_version, s.id) > ($1::bigint, $2::uuid) AND ($3::uuid IS NULL OR s.id = $3::uuid)
ORDER BY s.pool_version, s.id
LIMIT 1
