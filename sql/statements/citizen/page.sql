-- Purpose:    what a link's page shows; without a tenant
-- Parameters: $1 SHA-256 of the token
-- Result:     one row: state, text, digest of the text, time to answer
-- Tables:     citizen_link, shortlist_entry, job_order, consent, consent_text (no locks)
SELECT state, statement, digest, answer_by FROM citizen_page($1::bytea)
