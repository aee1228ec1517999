-- Purpose: pairs of leads that may be one and wait for a decision, the most alike first, at most 200. Parameters: none.
-- Result: api_reply. Tables: lead_likeness, lead.
SELECT status, body, etag, location, replayed FROM lead_likenesses()
