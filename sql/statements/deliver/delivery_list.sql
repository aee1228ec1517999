-- The caller's deliveries, newest first.
-- $1 state or NULL, $2 position after which to go on, "microseconds/id", or '', $3 limit
-- Rows: document (JSON text), position. Reads delivery, outbox by row-level security.
SELECT delivery_document(d.*)::text,
       (extract(epoch FROM d.created_at) * 1000000)::bigint || '/' || d.id
FROM delivery d
WHERE d.organisation_id = app_tenant()
  AND ($1::text IS NULL OR d.state = $1::text)
  AND ($2::text = '' OR (d.created_at, d.id) <
       (timestamptz 'epoch' + split_part($2::text, '/', 1)::bigint * interval '1 microsecond',
        nullif(split_part($2::text, '/', 2), '')::uuid))
ORDER BY d.created_at DESC, d.id DESC
LIMIT $3::int
