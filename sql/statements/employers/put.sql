-- Purpose:    make an employer, or change its name and contact person
-- Parameters: $1 CVR number, $2 version seen (0: any, NULL: nobody asked), $3 jsonb {"name", "contact"?}
-- Result:     api_reply; EB403, EB412, EB422
-- Tables:     organisation, employer (row locked), audit
SELECT status, body, etag, location, replayed FROM employer_put($1::text, $2::bigint, $3::jsonb)
