-- Tells of one endpoint that has failed for long, or disables it. One row: 'failing', 'disabled', or NULL.
-- Writes endpoint, outbox, delivery, change, job, audit.
SELECT endpoint_upkeep()
