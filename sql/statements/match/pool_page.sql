-- Purpose:    candidates that changed after one version, as ranking saw them in another
-- Parameters: $1 bigint version that the reader has; $2 bigint version that it wants; $3 uuid the last id of the page before;
--             $4 int rows on a page
-- Result:     id, in the pool at $2 or not yet, municipality, latitude and longitude (micro-degrees), longest travel (km),
--             first day available, kinds of work (comma), last day of the screening (or NULL), protected, withdrawn, and the
--             facts: a line each, kind|code|level|years|valid until|last used|stated on. Days count from 1970-01-01. By id.
-- Tables:     candidate, candidate_state, candidate_fact, organisation, postcode (no locks)
SELECT c.id, s.candidate_id IS NOT NULL, h.municipality_code, p.latitude_e6, p.longitude_e6, s.max_travel_km,
       s.available_from - date '1970-01-01', array_to_string(s.kinds, ','), s.screening_until - date '1970-01-01',
       s.protected, s.withdrawn,
       (SELECT string_agg(concat(f.kind, '|', f.code, '|', f.level, '|', f.years, '|',
                                 f.valid_until - date '1970-01-01', '|', f.last_used - date '1970-01-01', '|',
                                 f.stated_on - date '1970-01-01'), E'\n')
        FROM candidate_fact f
        WHERE f.candidate_id = c.id AND f.from_version <= $2::bigint
          AND (f.to_version IS NULL OR f.to_version > $2::bigint))
FROM (SELECT id FROM candidate WHERE changed_version > $1::bigint AND id > $3::uuid ORDER BY id LIMIT $4::int) AS c
LEFT JOIN candidate_state s ON s.candidate_id = c.id AND s.from_version <= $2::bigint
    AND (s.to_version IS NULL OR s.to_version > $2::bigint)
LEFT JOIN organisation h ON h.id = s.organisation_id
LEFT JOIN postcode p ON p.code = s.postcode
ORDER BY c.id
