-- Purpose: what is missing from a file that was read; nothing is unlisted yet. Parameters: $1 source, $2 run, $3 why the file itself
-- cannot say it or NULL, $4 whether somebody has confirmed that a short file is whole.
-- Result: one row: {"missing", "missing_rows", "missing_unknown"} as JSON text. Tables: lead_origin, lead_source_run, lead_source_row.
SELECT lead_source_missing($1::uuid, $2::bigint, $3::text, $4::boolean)::text
