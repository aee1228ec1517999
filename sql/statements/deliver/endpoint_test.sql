-- Sends an endpoint.test event to one endpoint of the caller's.
-- $1 id. One row: an api_reply. Writes outbox, delivery, change, audit.
SELECT * FROM endpoint_test($1::uuid)
