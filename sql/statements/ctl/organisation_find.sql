-- Purpose:    an organisation as people name it
-- Parameters: $1 its id, a municipality's code, an employer's CVR, or 'team'
-- Result:     one row: id, kind; none when nothing or more than one fits
-- Tables:     organisation (read)
SELECT id, kind FROM organisation
WHERE id::text = $1 OR municipality_code = $1 OR (kind = 'employer' AND cvr = $1) OR kind = 'team' AND $1 = 'team';
