-- Purpose:    what the home writes to the candidate with the link
-- Parameters: $1 entry, the caller's own
-- Result:     one row: subject, the text before the address, the text after it
-- Tables:     citizen_link, shortlist_entry, job_order, organisation (no locks)
SELECT subject, opening, closing FROM citizen_message($1::uuid)
