-- A page of the caller's own candidates, audited.
-- $1 uuid after this id, NULL: from the start · $2 int size
-- Result: items (JSON text), the last id when more follow.
-- Tables: candidate (read), audit; through candidate_page.
SELECT items, next_id FROM candidate_page($1::uuid, $2::int)
