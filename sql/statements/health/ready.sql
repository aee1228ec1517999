-- Purpose:    is the database there, and how far behind is the work?
-- Parameters: none
-- Result:     one row: seconds the oldest due delivery has waited, seconds the oldest due job has waited
-- Tables:     none directly; function health_lag (no locks)
SELECT delivery_lag, job_lag FROM health_lag();
