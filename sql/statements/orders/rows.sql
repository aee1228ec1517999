-- Purpose:    orders of a sheet as drafts, each once
-- Parameters: $1 jsonb [{"reference", "digest", "body"}], $2 received, $3 due, $4 boolean: only what would become of them
-- Result:     one row: [{"outcome", "order_id", "errors"}] in the same order, as text
-- Tables:     order_row, organisation, job_order, job_requirement, audit; the caller's rows one import at a time (advisory lock)
SELECT order_rows_receive($1::jsonb, $2::timestamptz, $3::timestamptz, $4::boolean)::text
