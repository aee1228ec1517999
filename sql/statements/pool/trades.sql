-- The trades, by the jobcentres' own code.
-- Result: {"items": […]} as text.
SELECT jsonb_build_object('items', jsonb_agg(jsonb_build_object(
    'code', code, 'title', title_da, 'disco4', disco4, 'esco_uri', esco_uri) ORDER BY code COLLATE "C"))::text
FROM trade
