-- Purpose: store what some OCDS releases say of awards, each as a notice with its leads; all of them or none.
-- Parameters: $1 jsonb [{"notice", "leads", "lines"}].
-- Result: answers, jsonb: one NoticeImport each. Tables: lead_notice, lead, lead_origin, lead_municipality, outbox, audit.
-- Locks: advisory 'lead_import'.
SELECT lead_import_releases($1::jsonb) AS answers
