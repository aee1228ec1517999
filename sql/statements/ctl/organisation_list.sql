-- Purpose:    all organisations, for the command line
-- Parameters: none
-- Result:     id, kind, name, municipality code or '', CVR or ''
-- Tables:     organisation (read)
SELECT id, kind, name, coalesce(municipality_code, ''), coalesce(cvr, '') FROM organisation ORDER BY kind, name;
