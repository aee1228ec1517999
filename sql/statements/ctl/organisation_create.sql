-- Purpose:    makes an organisation, or finds the one that there is (a municipality by its code, an employer by its
--             CVR, the team)
-- Parameters: $1 kind, $2 name, $3 municipality code or NULL, $4 CVR or NULL
-- Result:     one row: id, whether it was made
-- Tables:     organisation (insert)
WITH made AS (
    INSERT INTO organisation (kind, name, municipality_code, cvr)
    VALUES ($1, $2, $3, coalesce($4, (SELECT m.cvr FROM municipality m WHERE m.code = $3)))
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id, true FROM made
UNION ALL
SELECT o.id, false FROM organisation o
WHERE NOT EXISTS (SELECT 1 FROM made) AND o.kind = $1
  AND (o.kind = 'team' OR o.municipality_code = $3 OR (o.kind = 'employer' AND o.cvr = $4));
