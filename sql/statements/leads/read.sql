-- Purpose: one lead with the notice's lines that concern it. Parameters: $1 uuid.
-- Result: api_reply; EB404 when there is none that the caller may see. Tables: lead, lead_notice.
SELECT status, body, etag, location, replayed FROM lead_read($1::uuid)
