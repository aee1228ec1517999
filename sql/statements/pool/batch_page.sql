-- A page of batches, the newest first: a home's own; for the team all, with counts that tell of nobody.
-- $1 text after this position, '': from the start · $2 int size · $3 text tag, NULL: any
-- Result: items (JSON text), the last position when more follow. EB403.
-- Tables: candidate_batch, candidate_batch_member, candidate_fact (read); through batch_page.
SELECT items, next_position FROM batch_page($1, $2::int, $3)
