-- Purpose: assign, dismiss or reopen a lead. Parameters: $1 uuid, $2 version seen (0: any), $3 jsonb.
-- Result: api_reply; EB404, EB409, EB412, EB422. Tables: lead, outbox, audit. Locks: the lead's row.
SELECT status, body, etag, location, replayed FROM lead_move($1::uuid, $2::bigint, $3::jsonb)
