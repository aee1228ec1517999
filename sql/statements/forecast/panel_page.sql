-- Purpose:    the panel's answers, newest first
-- Parameters: $1 CVR number or NULL, $2 position after which, '' for the first page, $3 how many
-- Result:     items (JSON array as text), next_position (NULL on the last page)
-- Tables:     panel_answer, organisation
SELECT items, next_position FROM panel_page($1::text, $2::text, $3::int)
