-- Purpose:    may the caller read the forecast, and of which months; begins each answer
-- Parameters: $1 first month as 2026-11 or NULL, $2 last month or NULL, $3 trade or NULL, $4 municipality or NULL
-- Result:     one row: first month, last month, version of the rules, whether they are a draft, per cent to be found; else EB403, EB400
-- Tables:     need_ruleset, trade, municipality
SELECT to_char(o.first_month, 'YYYY-MM'), to_char(o.last_month, 'YYYY-MM'), s.version, s.draft, s.found_percent
FROM forecast_open($1::text, $2::text, $3::text, $4::text) AS o JOIN need_ruleset s ON s.version = need_version()
