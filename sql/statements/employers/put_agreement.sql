-- Purpose:    an employer's partnership agreement: the newest, or the next when that has ended
-- Parameters: $1 CVR number, $2 version seen (0: any), $3 jsonb {"state", "starts_on", "ends_on", "points"}
-- Result:     api_reply; EB403, EB404, EB409, EB412
-- Tables:     employer (row locked), employer_agreement, audit
SELECT status, body, etag, location, replayed FROM employer_agreement_put($1::text, $2::bigint, $3::jsonb)
