-- Purpose:    what competences, certificates, licences, languages and occupations are called, and which of them expire
-- Parameters: none
-- Result:     kind, code, label in Danish, whether one of its kind expires; by kind and code
-- Tables:     competence, certificate, licence, trade (no locks); function language_labels
SELECT kind, code, label, expires FROM (
    SELECT 'competence' AS kind, key AS code, label_da AS label, false AS expires FROM competence
    UNION ALL SELECT 'certificate', key, label_da, validity_months IS NOT NULL FROM certificate
    UNION ALL SELECT 'licence', key, label_da, false FROM licence
    UNION ALL SELECT 'language', code, label, false FROM language_labels()
    UNION ALL SELECT 'occupation', code, title_da, false FROM trade
) AS names
ORDER BY kind COLLATE "C", code COLLATE "C"
