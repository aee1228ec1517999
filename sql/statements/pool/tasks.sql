-- A page of the caller's own tasks to confirm, the first to expire first; audited.
-- $1 text after this position, '': from the start · $2 int size · $3 text state, NULL: open · $4 text kind, NULL: any ·
-- $5 date due before it, NULL: any
-- Result: items (JSON text), the last position when more follow.
-- Tables: candidate_task, candidate (read), audit; through candidate_task_page.
SELECT items, next_position FROM candidate_task_page($1, $2::int, $3, $4, $5::date)
