-- The competences, by trade group.
-- Result: {"items": […]} as text.
SELECT jsonb_build_object('items', jsonb_agg(jsonb_build_object(
    'key', key, 'label', label_da, 'field', field, 'esco_uri', esco_uri) ORDER BY field, key))::text
FROM competence
