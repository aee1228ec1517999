-- Leases that ran out are due again, and the marks of endpoints are put right. No row of interest. Writes delivery,
-- delivery_attempt, endpoint_mark.
SELECT delivery_sweep()
