-- Tells of one endpoint that waits for approval, or whose certificate runs out. One row: the reason, or NULL.
-- Writes endpoint, outbox, delivery, change, job.
SELECT endpoint_remind()
