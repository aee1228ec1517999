-- Purpose: one source with its mapping. Parameters: $1 uuid.
-- Result: api_reply; EB404. Tables: lead_source, lead_source_run.
SELECT status, body, etag, location, replayed FROM lead_source_read($1::uuid)
