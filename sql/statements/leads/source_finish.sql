-- Purpose: end the reading of a file; name and unlist what is missing from it. Parameters: $1 source, $2 run, $3 whether the file is the
-- whole list, $4 jsonb counts.
-- Result: one row: {"missing", "missing_rows"} as JSON text. Tables: lead, lead_origin, lead_source_run, lead_source_row, audit.
SELECT lead_source_finish($1::uuid, $2::bigint, $3::boolean, $4::jsonb)::text
