-- The organisation that a new key is for. For the command line, as emnebank_owner.
-- $1 text   a municipality code, 'team', or an employer's CVR number
-- Result: no row, or id, kind, name.
SELECT id, kind, name FROM organisation
WHERE municipality_code = $1 OR (kind = 'team' AND $1 = 'team') OR (kind = 'employer' AND cvr = $1)
