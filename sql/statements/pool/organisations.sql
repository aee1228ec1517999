-- A page of organisations in the order of their ids.
-- $1 uuid after this id, NULL: from the start · $2 int size · $3 text kind, NULL: all
-- Result: items (JSON text), the last id when more follow.
-- Tables: organisation (read).
WITH page AS (
    SELECT id, kind, name, municipality_code, cvr, row_number() OVER (ORDER BY id) AS place
    FROM organisation
    WHERE ($1::uuid IS NULL OR id > $1::uuid) AND ($3::text IS NULL OR kind = $3::text)
    ORDER BY id LIMIT $2::int + 1
)
SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'name', name, 'municipality', municipality_code,
                                             'cvr', cvr) ORDER BY id) FILTER (WHERE place <= $2::int), '[]')::text,
       CASE WHEN count(*) > $2::int THEN max(id::text) FILTER (WHERE place = $2::int) END
FROM page
