-- Purpose:    employers that fit, the best first
-- Parameters: $1 jsonb {"q", "agreement", "municipality", "mine"}, each absent or good; $2 most
-- Result:     one row: a JSON array as text, and how many fit in all
-- Tables:     employer, employer_unit, employer_agreement, organisation, job_order, shortlist_entry, referral (no locks)
SELECT items, total FROM employer_search($1::jsonb, $2::int)
