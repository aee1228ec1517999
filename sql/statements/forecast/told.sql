-- Purpose:    write down who read the forecast; ends each answer
-- Parameters: $1 first month or NULL, $2 last month or NULL, $3 trade or NULL, $4 municipality or NULL
-- Result:     one row, which says nothing
-- Tables:     audit
SELECT forecast_told($1::text, $2::text, $3::text, $4::text)
