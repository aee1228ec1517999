-- Purpose: store what a file of OCDS releases says of awards, each as a notice with its leads; all or none.
-- Parameters: $1 jsonb {"form", "releases", "refused", "notices", "lines"}.
-- Result: api_reply. Tables: lead_notice, lead, lead_origin, lead_municipality, outbox, audit. Locks: advisory 'lead_import'.
SELECT status, body, etag, location, replayed FROM lead_import_releases($1::jsonb)
