-- Purpose:    one open job order as a job posting
-- Parameters: $1 order
-- Result:     one row: an api_reply, 200
-- Tables:     job_order, job_requirement, organisation, postcode, trade, vocabulary_word (no locks)
SELECT * FROM order_posting_reply($1::uuid)
