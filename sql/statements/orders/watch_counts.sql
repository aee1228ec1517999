-- Purpose:    how many orders there are, for the metrics
-- Parameters: none
-- Result:     name, count: each state, overdue, unanswered
-- Tables:     through function order_counts: job_order, shortlist_entry, referral (no locks)
SELECT name, count FROM order_counts()
