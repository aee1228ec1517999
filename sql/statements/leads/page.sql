-- Purpose: leads, newest first. Parameters: $1 jsonb of filters (lead_page), $2 position after which, '' for the first page, $3 how many.
-- Result: items (JSON array as text), next_position (NULL on the last page). Tables: lead, lead_origin, lead_notice, lead_municipality.
SELECT items, next_position FROM lead_page($1::jsonb, $2::text, $3::int)
