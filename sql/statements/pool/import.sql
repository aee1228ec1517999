-- One batch of an import, one pool version at most.
-- $1 jsonb array of prepared rows, each with "line" and "apply"
-- Result: per row in their order: line, outcome (created, updated, unchanged, rejected), faults (JSON text).
-- Tables: as put; through candidate_import.
SELECT line, outcome, faults FROM candidate_import($1::jsonb)
