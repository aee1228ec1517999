-- Purpose: begin to read a file. Parameters: $1 source, $2 whether it is a dry run.
-- Result: mapping (JSON text), run, today (Copenhagen's, YYYY-MM-DD); EB403, EB404. Tables: lead_source, lead_source_run, lead_source_row.
SELECT mapping, run, today FROM lead_source_begin($1::uuid, $2::boolean)
