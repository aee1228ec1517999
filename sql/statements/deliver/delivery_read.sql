-- One delivery of the caller's with its attempts. $1 id. One row: an api_reply. Reads delivery, delivery_attempt, outbox.
SELECT * FROM delivery_read($1::uuid)
