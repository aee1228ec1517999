-- Asks for one delivery to be sent again. $1 id. One row: an api_reply. Writes endpoint, delivery, endpoint_mark, audit.
SELECT * FROM delivery_replay($1::uuid)
