-- Purpose:    an employer's production units, all of them
-- Parameters: $1 CVR number, $2 version seen (0: any), $3 jsonb {"units"}
-- Result:     api_reply; EB403, EB404, EB412, EB422
-- Tables:     employer (row locked), employer_unit, audit. Locks: advisory 'employer_units'
SELECT status, body, etag, location, replayed FROM employer_units_put($1::text, $2::bigint, $3::jsonb)
