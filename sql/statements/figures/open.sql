-- Purpose:    may the caller read figures; begins each answer
-- Parameters: $1 municipality or NULL
-- Result:     one row: the municipalities, a line each, code|name; else EB403, or EB400 for an unknown one
-- Tables:     municipality
SELECT figures_open($1::text)
