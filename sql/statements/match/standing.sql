-- Purpose:    the lists that stand, of open orders as they are now
-- Parameters: $1 double precision now, seconds since 1970
-- Result:     shortlist, and today in Copenhagen as a day since 1970-01-01; by shortlist
-- Tables:     shortlist, job_order, through view standing_list (no locks)
SELECT s.id, (to_timestamp($1::double precision) AT TIME ZONE 'Europe/Copenhagen')::date - date '1970-01-01'
FROM standing_list s ORDER BY s.id
