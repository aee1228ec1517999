-- Sets the caller's own settings, all of them; NULL: as the team has it, or off.
-- $1 version (0: any), $2 first rung, $3 lists per candidate, $4 points, $5 automatic release until
-- One row: an api_reply. Writes policy, audit.
SELECT * FROM policy_set($1::bigint, $2::text, $3::int, $4::int, $5::timestamptz)
