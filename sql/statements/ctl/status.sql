-- Purpose:    what there is and what waits, for `emnebank status`; counts alone
-- Parameters: none
-- Result:     name, count, in the order to be shown
-- Tables:     pool_version, candidate, job_order, shortlist_entry, delivery, job (read)
SELECT 'pool_version', version FROM pool_version
UNION ALL SELECT 'candidates', count(*) FROM candidate WHERE withdrawn_at IS NULL
UNION ALL SELECT 'candidates_withdrawn', count(*) FROM candidate WHERE withdrawn_at IS NOT NULL
UNION ALL SELECT 'orders_open', count(*) FROM job_order WHERE order_live(state)
UNION ALL SELECT 'orders_overdue', count(*) FROM job_order WHERE order_live(state) AND due_at < app_now()
    AND order_live_entries(id) < minimum
UNION ALL SELECT 'entries_proposed', count(*) FROM shortlist_entry WHERE state = 'proposed'
UNION ALL SELECT 'entries_released', count(*) FROM shortlist_entry WHERE state = 'released'
UNION ALL SELECT 'deliveries_waiting', count(*) FROM delivery WHERE state IN ('waiting', 'leased')
UNION ALL SELECT 'deliveries_delivered', count(*) FROM delivery WHERE state = 'delivered'
UNION ALL SELECT 'deliveries_dead', count(*) FROM delivery WHERE state = 'dead'
UNION ALL SELECT 'jobs_waiting', count(*) FROM job WHERE state IN ('waiting', 'leased')
UNION ALL SELECT 'jobs_dead', count(*) FROM job WHERE state = 'dead';
