-- Purpose: unlist up to 500 of the rows that are missing. Parameters: $1 source, $2 run, $3 behind which place.
-- Result: one row: the last one's place, NULL when none is left. Tables: lead, lead_origin, lead_source_run, lead_source_row.
-- Locks: advisory 'lead_import'.
SELECT lead_source_unlist($1::uuid, $2::bigint, $3::bigint)
