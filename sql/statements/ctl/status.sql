-- Purpose:    what there is and what waits, for `emnebank status`; counts alone
-- Parameters: none
-- Result:     name, count, in the order to be shown
-- Tables:     pool_version, candidate, job_order, shortlist_entry, referral, delivery, job (read)
SELECT 'pool_version', version FROM pool_version
UNION ALL SELECT 'candidates', count(*) FROM candidate WHERE withdrawn_at IS NULL
UNION ALL SELECT 'candidates_withdrawn', count(*) FROM candidate WHERE withdrawn_at IS NOT NULL
UNION ALL SELECT 'orders_' || name, count FROM order_counts() WHERE name NOT IN ('filled', 'closed', 'expired', 'cancelled')
UNION ALL SELECT 'orders_noticed', count(*) FROM job_order WHERE order_live(state) AND noticed_at IS NOT NULL
UNION ALL SELECT 'orders_breached', count(*) FROM job_order WHERE due_outcome = 'breach'
UNION ALL SELECT 'entries_proposed', count(*) FROM shortlist_entry WHERE state = 'proposed'
UNION ALL SELECT 'entries_released', count(*) FROM shortlist_entry WHERE state = 'released'
UNION ALL SELECT 'deliveries_waiting', count(*) FROM delivery WHERE state IN ('waiting', 'leased')
UNION ALL SELECT 'deliveries_delivered', count(*) FROM delivery WHERE state = 'delivered'
UNION ALL SELECT 'deliveries_dead', count(*) FROM delivery WHERE state = 'dead'
UNION ALL SELECT 'jobs_waiting', count(*) FROM job WHERE state IN ('waiting', 'leased')
UNION ALL SELECT 'jobs_dead', count(*) FROM job WHERE state = 'dead';
