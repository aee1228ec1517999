-- Purpose:    makes an organisation, or finds the one that there is (a municipality by its code, an employer by its
--             CVR, the team)
-- Parameters: $1 kind, $2 name, $3 municipality code or NULL, $4 CVR or NULL
-- Result:     one row: id, whether it was made; none when there is no such municipality
-- Tables:     organisation (insert)
WITH made AS (
    INSERT INTO organisation (kind, name, municipality_code, cvr)
    SELECT $1, $2, $3::text, coalesce($4, (SELECT m.cvr FROM municipality m WHERE m.code = $3::text))
    WHERE $3::text IS NULL OR EXISTS (SELECT FROM municipality m WHERE m.code = $3::text)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id, true FROM made
UNION ALL
SELECT o.id, false FROM organisation o
WHERE NOT EXISTS (SELECT 1 FROM made) AND o.kind = $1
  AND (o.kind = 'team' OR o.municipality_code = $3 OR (o.kind = 'employer' AND o.cvr = $4));
