-- One batch of rows of an import, one pool version at most.
-- $1 jsonb array of prepared rows, each with "line" (its place in the batch), "apply" and "known" · $2 bigint run, NULL: of none
-- Result: per row in their order: line, outcome (created, updated, unchanged, rejected), faults (JSON text).
-- Tables: as put, candidate_source, candidate_batch_member; through candidate_import.
SELECT line, outcome, faults FROM candidate_import($1::jsonb, $2::bigint)
