-- Purpose:    takes away jobs that were done long ago
-- Parameters: $1 age in microseconds, $2 at most
-- Result:     one row: how many
-- Tables:     job (delete); skips what others hold
SELECT job_sweep($1::bigint * interval '1 microsecond', $2::int);
