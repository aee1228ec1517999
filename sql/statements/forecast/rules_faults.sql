-- Purpose:    what only the tables know to be wrong with rules
-- Parameters: $1 jsonb of any form
-- Result:     one row: [{"pointer", "code", "detail"}]
-- Tables:     trade
SELECT need_rules_faults($1::jsonb)::text
