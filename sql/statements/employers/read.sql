-- Purpose:    one employer, with its units, agreement and counts
-- Parameters: $1 CVR number
-- Result:     api_reply; EB404
-- Tables:     employer, employer_unit, employer_agreement, organisation, lead, job_order, shortlist_entry, referral, api_key (read)
SELECT status, body, etag, location, replayed FROM employer_read($1::text)
