-- For the gauges. One row: seconds that the oldest waiting delivery has waited, endpoints that fail, breakers that are not closed,
-- seconds that the oldest snapshot is held. Reads endpoint, endpoint_mark, delivery, pg_stat_activity.
SELECT oldest_seconds, failing, breakers, snapshot_seconds FROM delivery_gauges()
