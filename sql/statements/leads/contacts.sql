-- Purpose: the log of contacts of a lead, newest first, at most 200. Parameters: $1 lead.
-- Result: api_reply; EB404. Tables: lead, lead_contact.
SELECT status, body, etag, location, replayed FROM lead_contacts($1::uuid)
