-- Purpose: leads, newest first. Parameters: $1 state or NULL, $2 municipality or NULL, $3 position after which, '' for the
-- first page, $4 how many.
-- Result: items (JSON array as text), next_position (NULL on the last page). Tables: lead, lead_notice, lead_municipality.
SELECT items, next_position FROM lead_page($1::text, $2::text, $3::text, $4::int)
