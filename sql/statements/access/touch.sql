-- Notes that a key was used, at most once a minute.
-- $1 uuid   the key's id
-- Tables: api_key (one row written), through access_key_touch.
SELECT access_key_touch($1::uuid)
