-- Purpose:    ends an attempt, fenced by its token
-- Parameters: $1 id, $2 token, $3 'done', 'retry' or 'dead', $4 reason (a code) or NULL, $5 wait in microseconds before
--             a retry, $6 cap of attempts
-- Result:     one row: the state that the job came to; NULL: the lease was lost, nothing changed
-- Tables:     job (update one row)
SELECT job_finish($1::bigint, $2::uuid, $3::text, $4::text, $5::bigint * interval '1 microsecond', $6::int);
