-- Purpose: store one award notice and its leads; a repeat changes nothing, a later version updates.
-- Parameters: $1 jsonb {"notice", "leads", "lines"}.
-- Result: api_reply. Tables: lead_notice, lead, lead_municipality, outbox, audit. Locks: advisory 'lead_import'.
SELECT status, body, etag, location, replayed FROM lead_import($1::jsonb)
