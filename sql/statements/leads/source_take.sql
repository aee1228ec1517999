-- Purpose: up to 500 rows of a file, in one transaction. Parameters: $1 source, $2 run, $3 jsonb [{"line", "row", "item", "raw"}], and
-- {"line", "row"} or {"line", "project"} of rows that become no lead, $4 dry run.
-- Result: one row: what each became, as JSON text. Tables: lead, lead_origin, lead_source_row, outbox, audit. Locks: advisory 'lead_import'.
SELECT lead_source_take($1::uuid, $2::bigint, $3::jsonb, $4::boolean)::text
