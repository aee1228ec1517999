-- Purpose: one lead goes into another. Parameters: $1 the one that goes, $2 version seen (0: any), $3 jsonb {"into"}.
-- Result: api_reply with the one that stays; EB404, EB409, EB412, EB422. Tables: lead, lead_origin, lead_contact, lead_likeness,
-- lead_municipality, need, job_order, outbox, audit. Locks: advisory 'lead_import', both leads.
SELECT status, body, etag, location, replayed FROM lead_merge_into($1::uuid, $2::bigint, $3::jsonb)
