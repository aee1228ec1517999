-- Purpose:    what only the tables know to be wrong with an answer to the panel
-- Parameters: $1 jsonb of any form
-- Result:     one row: [{"pointer", "code", "detail"}]
-- Tables:     trade, municipality
SELECT panel_faults($1::jsonb)::text
