-- The municipalities of the partnership.
-- Result: {"items": […]} as text.
SELECT jsonb_build_object('items', jsonb_agg(jsonb_build_object(
    'code', code, 'name', name, 'cvr', cvr, 'nuts3', nuts3) ORDER BY code))::text
FROM municipality
