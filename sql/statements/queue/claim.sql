-- Purpose:    takes jobs that are due, each under a lease of its own
-- Parameters: $1 kinds, $2 their leases in microseconds, $3 their caps of attempts (arrays of equal length), $4 at most
-- Result:     id, kind, payload, attempts, token; a NULL token: this job is dead, its last attempt ended without a word
-- Tables:     job (update); locks its rows, skips what others hold
SELECT claimed_id, claimed_kind, claimed_payload::text, claimed_attempts, claimed_token
FROM job_claim($1::text[], (SELECT array_agg(lease * interval '1 microsecond' ORDER BY place)
                            FROM unnest($2::bigint[]) WITH ORDINALITY AS given (lease, place)), $3::int[], $4::int);
