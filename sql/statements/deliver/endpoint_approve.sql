-- A named person of the team lets an endpoint be sent to.
-- $1 id, $2 version (0: any), $3 CVR number of whose it is, or NULL
-- One row: an api_reply. Writes endpoint, audit of the team and of the owner.
SELECT * FROM endpoint_approve($1::uuid, $2::bigint, $3::text)
