-- Purpose:    a page of the open job orders as job postings, newest first
-- Parameters: $1 position of the page before or '', $2 limit
-- Result:     one row: a JSON array, the position to go on from or NULL, the page's entity tag
-- Tables:     job_order, job_requirement, organisation, postcode, trade, vocabulary_word (no locks)
SELECT items, next_position, etag FROM order_postings($1::text, $2::int)
