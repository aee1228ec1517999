-- Stops all pushes, or resumes them. $1 version (0: any), $2 stop, $3 reason
-- One row: an api_reply. Writes push_stop, outbox, delivery, change, audit.
SELECT * FROM push_stop_set($1::bigint, $2::boolean, $3::text)
