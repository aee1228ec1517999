-- Purpose: a new source; the same name and mapping again is the same. Parameters: $1 jsonb {"name", "mapping"}.
-- Result: api_reply 201 or 200; EB403, EB422. Tables: lead_source, audit. Locks: advisory 'lead_source'.
SELECT status, body, etag, location, replayed FROM lead_source_create($1::jsonb)
