-- Purpose:    how far the pool and the vocabulary have come
-- Parameters: none
-- Result:     one row: the pool version, the vocabulary version
-- Tables:     pool_version, vocabulary_version, through functions pool_current and vocabulary_current (no locks)
SELECT pool_current(), vocabulary_current()
