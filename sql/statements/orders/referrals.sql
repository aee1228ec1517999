-- Purpose:    a page of the log of referrals, newest first
-- Parameters: $1 jsonb what is filtered by, $2 below this number, $3 limit
-- Result:     a row per step, and one more when there are more: its number, the JSON document
-- Tables:     referral, job_order, organisation, candidate (read), audit
SELECT l.id, referral_document(l)::text FROM referral_lines($1::jsonb, $2::bigint, $3::int) AS l
