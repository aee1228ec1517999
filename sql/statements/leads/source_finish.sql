-- Purpose: end the reading of a file. Parameters: $1 source, $2 run, $3 jsonb counts.
-- Result: nothing. Tables: lead_source_run, lead_source_row, audit.
SELECT lead_source_finish($1::uuid, $2::bigint, $3::jsonb)
