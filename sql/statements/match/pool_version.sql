-- Purpose:    how far the pool has come
-- Parameters: none
-- Result:     one row: the pool version
-- Tables:     pool_version, through function pool_current (no locks)
SELECT pool_current()
