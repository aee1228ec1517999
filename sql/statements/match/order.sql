-- Purpose:    a job order as ranking reads it
-- Parameters: $1 uuid order; $2 double precision now, seconds since 1970
-- Result:     none or one row: live, version of what is ranked, pool version that it needs, posts, minimum, latitude and
--             longitude (micro-degrees), radius (km or NULL), first day, last day (or NULL), as-of day (today in Copenhagen),
--             kinds of work (comma), occupations (comma), and the requirements: a line each,
--             kind|code|must or nice|weight|minimum level|through the period; whether a longer list is wanted than usual: only some
--             are in reach, or all on the usual one have been put forward. Days count from 1970-01-01.
-- Tables:     job_order, job_requirement, postcode (no locks)
SELECT order_live(o.state), o.ranking_version, o.pool_version, o.posts, o.minimum, p.latitude_e6, p.longitude_e6, o.radius_km,
       o.start_date - date '1970-01-01', o.end_date - date '1970-01-01',
       (to_timestamp($2::double precision) AT TIME ZONE 'Europe/Copenhagen')::date - date '1970-01-01',
       array_to_string(o.kinds, ','), array_to_string(o.occupations, ','),
       (SELECT string_agg(concat(r.kind, '|', r.code, '|', r.necessity, '|', r.weight, '|', r.minimum_level, '|',
                                 r.through_period), E'\n' ORDER BY r.position)
        FROM job_requirement r WHERE r.order_id = o.id),
       o.rung <> 'all'
FROM job_order o JOIN postcode p ON p.code = o.postcode
WHERE o.id = $1::uuid
