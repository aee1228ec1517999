-- The certificates, with how long each counts (months; null: does not expire by the rule).
-- Result: {"items": […]} as text.
SELECT jsonb_build_object('items', jsonb_agg(jsonb_build_object(
    'key', key, 'label', label_da, 'basis', basis, 'validity_months', validity_months, 'course_days', course_days)
    ORDER BY key))::text
FROM certificate
