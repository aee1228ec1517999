-- All keys, newest last. For the command line, as emnebank_owner. No hash.
-- Result: id, organisation, label, person, scopes, created, expires, last used, state.
SELECT k.id, o.name, k.label, coalesce(k.person, ''), array_to_string(k.scopes, ' '), k.created_at::date, k.expires_at::date,
       coalesce(to_char(k.last_used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), ''),
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired' ELSE 'active' END
FROM api_key k JOIN organisation o ON o.id = k.organisation_id
ORDER BY k.created_at, k.id
