-- For the gauges. One row: seconds that the oldest waiting delivery has waited, endpoints that fail, breakers that are not closed.
-- Reads endpoint, endpoint_mark, delivery.
SELECT oldest_seconds, failing, breakers FROM delivery_gauges()
