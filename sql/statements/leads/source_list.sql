-- Purpose: the exports that leads come from. Parameters: none.
-- Result: api_reply; EB403. Tables: lead_source, lead_source_run.
SELECT status, body, etag, location, replayed FROM lead_source_list()
