-- Jobs: claim, finish, fence, sweep. The table and job_enqueue are in 0001.
--
-- A claimed row is `leased` until lease_until, in database time; run_at is moved to the same moment, so that one index
-- finds what is due, first tries and abandoned leases alike. Attempts count at the claim: a job that kills its process
-- still reaches its cap. Lock order: job rows are only ever taken with SKIP LOCKED or one at a time.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- Many rows pass through while few are alive: vacuum long before a fifth of the table is dead.
ALTER TABLE job SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, fillfactor = 70);

-- For each kind its lease and its cap of attempts, in arrays of equal length. A row without a token is a job whose last
-- attempt ended without a word: it has just been made dead, and is named so that somebody is told.
CREATE FUNCTION job_claim(claim_kinds text[], claim_leases interval[], claim_caps int[], claim_maximum int)
    RETURNS TABLE (claimed_id bigint, claimed_kind text, claimed_payload jsonb, claimed_attempts int, claimed_token uuid)
    LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    WITH due AS (
        SELECT j.id, w.lease, j.attempts >= w.cap AS spent
        FROM job j
        JOIN unnest(claim_kinds, claim_leases, claim_caps) AS w (kind, lease, cap) ON w.kind = j.kind
        WHERE j.state IN ('waiting', 'leased') AND j.run_at <= now()
        ORDER BY j.run_at
        LIMIT claim_maximum
        FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE job j SET
        state = CASE WHEN spent THEN 'dead' ELSE 'leased' END,
        attempts = CASE WHEN spent THEN j.attempts ELSE j.attempts + 1 END,
        lease_until = CASE WHEN NOT spent THEN now() + due.lease END,
        lease_token = CASE WHEN NOT spent THEN gen_random_uuid() END,
        run_at = CASE WHEN spent THEN j.run_at ELSE now() + due.lease END,
        reason = CASE WHEN spent THEN 'lease-expired' END,
        finished_at = CASE WHEN spent THEN now() END
    FROM due
    WHERE j.id = due.id
    RETURNING j.id, j.kind, j.payload, j.attempts, j.lease_token
$$;

-- Ends an attempt: 'done', 'retry' after a wait (dead when the cap is reached), or 'dead'. The state that it came to;
-- NULL when the token is no longer the job's: the lease ran out and the job is another's by now.
CREATE FUNCTION job_finish(finish_id bigint, finish_token uuid, finish_outcome text, finish_reason text,
                           finish_wait interval, finish_cap int)
    RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    UPDATE job SET
        state = CASE WHEN finish_outcome = 'retry' AND attempts < finish_cap THEN 'waiting'
                     WHEN finish_outcome = 'done' THEN 'done'
                     ELSE 'dead' END,
        run_at = now() + finish_wait,
        reason = finish_reason,
        finished_at = CASE WHEN finish_outcome = 'retry' AND attempts < finish_cap THEN NULL ELSE now() END,
        lease_until = NULL,
        lease_token = NULL
    WHERE id = finish_id AND lease_token = finish_token AND state = 'leased'
    RETURNING state
$$;

-- For statements that make a job's effect true: raises unless the caller still holds the job, and keeps it from being
-- claimed by another until the transaction ends.
CREATE FUNCTION job_fence(fence_id bigint, fence_token uuid)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM job WHERE id = fence_id AND lease_token = fence_token AND state = 'leased' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB409', 'lease-lost', 'Opgaven er overtaget af en anden.');
    END IF;
END $$;

-- Takes away what was done before `older_than`; dead jobs stay for people. How many were removed.
CREATE FUNCTION job_sweep(older_than interval, sweep_maximum int)
    RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM job WHERE id IN (
            SELECT id FROM job WHERE state = 'done' AND finished_at < now() - older_than
            ORDER BY id LIMIT sweep_maximum FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
CREATE INDEX job_done ON job (id) WHERE state = 'done';

GRANT EXECUTE ON FUNCTION job_claim(text[], interval[], int[], int),
    job_finish(bigint, uuid, text, text, interval, int), job_fence(bigint, uuid), job_sweep(interval, int)
    TO emnebank_front, emnebank_match, emnebank_deliver;

RESET ROLE;
