-- Purpose:    which of those who wait have something to read in their feeds; as nobody, for the daemon
-- Parameters: $1 numbers, $2 organisations, $3 positions, of one length
-- Result:     the numbers
-- Tables:     change (no locks)
SELECT feed_news($1::bigint[], $2::uuid[], $3::text[])
