-- Purpose:    the addresses that ESCO gives the trades, so that a job posting can be read
-- Parameters: none
-- Result:     a row per trade: code, the four digits of DISCO-08, ESCO address
-- Tables:     trade (no locks)
SELECT code, disco4, coalesce(esco_uri, '') FROM trade WHERE obsolete_since IS NULL ORDER BY code COLLATE "C"
