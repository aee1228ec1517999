-- A named person of the team takes the approval of an endpoint back.
-- $1 id, $2 version (0: any)
-- One row: an api_reply. Writes endpoint, outbox, delivery, audit of the team and of the owner.
SELECT * FROM endpoint_disapprove($1::uuid, $2::bigint)
