-- Asks the receiver of an endpoint of the caller's again whether it is its own.
-- $1 id. One row: an api_reply. Writes endpoint, outbox, delivery, audit.
SELECT * FROM endpoint_challenge($1::uuid)
