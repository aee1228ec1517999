-- Purpose:    the candidate's own yes, no or withdrawal; without a tenant
-- Parameters: $1 SHA-256 of the token, $2 'yes', 'no' or 'withdraw', $3 digest of the text that was read
-- Result:     one row: as page, after it
-- Tables:     candidate, job_order, shortlist_entry, citizen_link (locked in that order), consent_text, consent, release, delivery,
--             outbox, change, audit
SELECT state, statement, digest, answer_by FROM citizen_answer($1::bytea, $2::text, $3::text)
