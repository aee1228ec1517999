-- Purpose:    what is in no row of the forecast, because something is not known
-- Parameters: $1 first month or NULL, $2 last month or NULL, $3 municipality or NULL
-- Result:     a row per reason: reason, Danish text, leads, the newest of them as a JSON array, people in tenths or NULL
-- Tables:     as rows.sql, without candidates
SELECT reason, reason_da, leads, to_jsonb(coalesce(newest, '{}'))::text, (people * 10)::bigint
FROM forecast_unknown($1::text, $2::text, $3::text)
