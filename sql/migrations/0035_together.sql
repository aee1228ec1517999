-- Attempts that came through are ended together (services/deliver): the same rows as delivery_finish writes, in one statement for all
-- of them where that needs four for each.
--
-- Lock order as in 0029: delivery; an endpoint only where it had failed before, as delivery_finish takes it.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- Ends attempts with 'delivered', each fenced by its token as in delivery_finish: for each of them, in their order, whether it was still
-- the caller's. Of events that mean more when they arrive (CVs, the challenge) none is ended here: they are delivery_finish's alone.
CREATE FUNCTION delivery_finish_delivered(wanted uuid[], claim_tokens uuid[], attempt_classes text[], attempt_statuses int[],
                                          attempt_bytes int[], attempt_excerpts text[], durations bigint[], signers text[])
    RETURNS boolean[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    low uuid;
    high uuid;
    ended bigint[];
    places uuid[];
BEGIN
    SELECT min(t.id::text)::uuid, max(t.id::text)::uuid INTO low, high FROM unnest(wanted) AS t (id);
    WITH told AS MATERIALIZED (
        SELECT * FROM unnest(wanted, claim_tokens, attempt_classes, attempt_statuses, attempt_bytes, attempt_excerpts, durations, signers)
            WITH ORDINALITY AS t (id, token, class, status, bytes, excerpt, duration, signed, number)
    ), done AS (
        UPDATE delivery d SET state = 'delivered', reason = NULL, lease_until = NULL, lease_token = NULL, fresh = false,
            finished_at = clock_timestamp()
        FROM told t
        WHERE d.id = t.id AND d.id BETWEEN low AND high AND d.state = 'leased' AND d.lease_token = t.token
          AND d.kind NOT IN ('cv.released', 'cv.recalled', 'endpoint.verify')
        RETURNING d.id, d.endpoint_id, d.attempts, t.class, t.status, t.bytes, t.excerpt, t.duration, t.signed, t.number
    ), noted AS (
        UPDATE delivery_attempt a SET finished_at = clock_timestamp(), status = nullif(n.status, 0), class = n.class, bytes = n.bytes,
            excerpt = n.excerpt, duration_us = n.duration, signed_by = n.signed
        FROM done n WHERE a.delivery_id = n.id AND a.delivery_id BETWEEN low AND high AND a.number = n.attempts
    )
    SELECT array_agg(n.number), array_agg(DISTINCT n.endpoint_id) INTO ended, places FROM done n;
    PERFORM endpoint_succeeded(e.id)
    FROM (SELECT e.id FROM endpoint e WHERE e.id = ANY (places) AND (e.failing_since IS NOT NULL OR e.breaker <> 'closed')
          ORDER BY e.id) AS e;
    RETURN ARRAY(SELECT n.number = ANY (ended) IS TRUE FROM generate_series(1, cardinality(wanted)) AS n (number) ORDER BY n.number);
END $$;
GRANT EXECUTE ON FUNCTION delivery_finish_delivered(uuid[], uuid[], text[], int[], int[], text[], bigint[], text[]) TO emnebank_deliver;

RESET ROLE;
