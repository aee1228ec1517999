-- Purpose:    the home's answers for many of its candidates, each by itself
-- Parameters: $1 method, $2 path, $3 idempotency key, $4 fingerprint, $5 jsonb items: {id, version, body} or {id, errors}
-- Result:     one row: an api_reply, 200
-- Tables:     as answer, all locked in that order before the first is answered; idempotency
SELECT * FROM entry_answers($1::text, $2::text, $3::text, $4::text, $5::jsonb)
