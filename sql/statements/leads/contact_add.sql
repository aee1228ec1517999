-- Purpose: write down a contact, once per idempotency key; moves the lead, and its needs go to the forecast. Parameters: $1 method, $2 path,
-- $3 key, $4 fingerprint, $5 lead, $6 jsonb.
-- Result: api_reply 201; EB404, EB409, EB422. Tables: lead, lead_contact, need, idempotency, audit. Locks: the lead's row.
SELECT status, body, etag, location, replayed FROM lead_contact_add($1, $2, $3, $4, $5::uuid, $6::jsonb)
