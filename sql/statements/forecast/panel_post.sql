-- Purpose:    what a company answered the panel, once per idempotency key
-- Parameters: $1 method, $2 path, $3 key, $4 fingerprint, $5 jsonb of the right form
-- Result:     api_reply 201; EB403, EB422
-- Tables:     panel_answer, need, organisation, trade, municipality, idempotency, audit
SELECT status, body, etag, location, replayed FROM panel_post($1, $2, $3, $4, $5::jsonb)
