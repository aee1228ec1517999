-- Purpose:    what happened with an employer, the newest first
-- Parameters: $1 CVR number, $2 kind or NULL, $3 position of the page before or '', $4 limit
-- Result:     one row: a JSON array as text, and the position to go on from or NULL; EB404
-- Tables:     employer, employer_agreement, lead, job_order, shortlist_entry, referral (no locks)
SELECT items, next_position FROM employer_history($1::text, $2::text, $3::text, $4::int)
