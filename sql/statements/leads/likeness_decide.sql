-- Purpose: say that two leads are one, and merge them, or that they are not. Parameters: $1 likeness, $2 jsonb {"state"}.
-- Result: api_reply; EB404, EB409. Tables: lead_likeness and those of a merge. Locks: advisory 'lead_import', its row, both leads.
SELECT status, body, etag, location, replayed FROM lead_likeness_decide($1::uuid, $2::jsonb)
