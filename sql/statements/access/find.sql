-- The key that somebody says to hold, while it counts.
-- $1 uuid   the key's id
-- Result: no row, or hash, organisation_id, kind, municipality, person, scopes (space-separated), touch.
-- Tables: api_key, organisation (read), through access_key_find.
SELECT hash, organisation_id, kind, municipality, person, scopes, touch FROM access_key_find($1::uuid)
