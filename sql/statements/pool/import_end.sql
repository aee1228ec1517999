-- Ends the reading of a file: who is missing from it, and the batch's event.
-- $1 bigint run · $2 text why the file cannot say who is missing, NULL: it can · $3 boolean confirmed · $4 jsonb counts
-- Result: {"missing", "missing_rows", "missing_unknown"} as JSON text.
-- Tables: candidate_source, candidate_import_run, candidate_batch_member, outbox, audit; through candidate_import_end.
SELECT candidate_import_end($1::bigint, $2, $3::boolean, $4::jsonb)::text
