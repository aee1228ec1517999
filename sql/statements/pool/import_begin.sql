-- Begins the reading of a file that belongs to a series or makes members of a batch. EB404 when there is no such batch.
-- $1 text source, NULL: of no series · $2 text tag of a batch, NULL: none
-- Result: the run.
-- Tables: candidate_import_run, candidate_batch (read).
SELECT candidate_import_begin($1, $2)
