-- Ends a key now. For the command line, as emnebank_owner. A second time changes nothing.
-- $1 uuid   the key's id
-- Result: one row when the key exists: whether it was ended by this call.
-- Tables: api_key (update), audit (through audit_append_for).
WITH known AS (
    SELECT id, organisation_id, revoked_at FROM api_key WHERE id = $1::uuid FOR UPDATE
), ended AS (
    UPDATE api_key k SET revoked_at = now() FROM known WHERE k.id = known.id AND known.revoked_at IS NULL
    RETURNING k.id, k.organisation_id
), noted AS (
    SELECT audit_append_for(organisation_id, 'key.revoked', 'key', id::text) FROM ended
)
SELECT known.revoked_at IS NULL, (SELECT count(*) FROM noted) FROM known
