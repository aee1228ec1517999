-- Purpose:    write down who read which figures; ends each answer
-- Parameters: $1 first month, $2 last month, $3 municipality or NULL
-- Result:     one row, which says nothing
-- Tables:     audit
SELECT figures_told($1::text, $2::text, $3::text)
