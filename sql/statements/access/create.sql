-- A new key. For the command line, as emnebank_owner; the secret itself is never sent.
-- $1 uuid id · $2 uuid organisation · $3 bytea SHA-256 of the secret · $4 text named person or NULL · $5 text label
-- $6 text scopes, space-separated · $7 int days until it expires
-- Result: expires_at.
-- Tables: api_key (insert), audit (through audit_append_for).
WITH made AS (
    INSERT INTO api_key (id, organisation_id, hash, person, label, scopes, expires_at)
    VALUES ($1::uuid, $2::uuid, $3::bytea, $4, $5, string_to_array($6, ' '), now() + make_interval(days => $7::int))
    RETURNING id, organisation_id, scopes, expires_at
)
SELECT to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       audit_append_for(organisation_id, 'key.created', 'key', id::text, '{}', jsonb_build_object('scopes', scopes))
FROM made
