-- What the texts of a resume are compared with, and today's date in Denmark.
-- Result: [{"kind", "code", "label", "weight"}] as JSON text; text YYYY-MM-DD.
-- Tables: vocabulary_labels (read).
SELECT coalesce(json_agg(json_build_object('kind', kind, 'code', code, 'label', label, 'weight', weight)), '[]')::text,
       to_char(app_today(), 'YYYY-MM-DD')
FROM vocabulary_labels WHERE kind IN ('competence', 'certificate', 'licence', 'language', 'occupation')
