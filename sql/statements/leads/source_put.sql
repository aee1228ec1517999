-- Purpose: another name or mapping for a source. Parameters: $1 uuid, $2 version seen (0: any), $3 jsonb {"name", "mapping"}.
-- Result: api_reply; EB404, EB412, EB422. Tables: lead_source, audit. Locks: the source's row.
SELECT status, body, etag, location, replayed FROM lead_source_put($1::uuid, $2::bigint, $3::jsonb)
