-- Purpose:    the same for a sheet: the times are Danish
-- Parameters: $1 jsonb what is filtered by, $2 below this number, $3 limit
-- Result:     a row per step, and one more when there are more: its number, time, order, title, employer, entry, candidate,
--             reference (NULL: not the caller's own), home, from, to, actor, person, reason
-- Tables:     referral, job_order, organisation, candidate (read), audit
SELECT l.id, to_char(l.at AT TIME ZONE 'Europe/Copenhagen', 'DD-MM-YYYY HH24:MI:SS'), l.order_id, l.title, l.employer, l.entry_id,
       l.candidate_id, l.external_ref, l.home_name, l.from_state, l.to_state, l.actor, l.person, l.reason
FROM referral_lines($1::jsonb, $2::bigint, $3::int) AS l
