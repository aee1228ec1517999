-- Makes the partitions of the days to come, and drops those that are over and old.
-- $1 days to keep, $2 months to remember. One row: how many were made, dropped, and are old but not over yet.
-- Writes the tables of 0029.
SELECT made, dropped, kept FROM outbox_days((now() AT TIME ZONE 'UTC')::date, 2, $1::int, $2::int)
