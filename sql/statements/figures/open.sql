-- Purpose:    may the caller read figures; begins each answer
-- Parameters: $1 first month, $2 last month, $3 municipality or NULL
-- Result:     one row: the municipalities, a line each, code|name; else EB403, or EB400 for an unknown one
-- Tables:     municipality; writes audit
SELECT figures_open($1::text, $2::text, $3::text)
