-- What the readiness check reads: ages only, nothing of any tenant. A delivery counts when somebody could take it now: a
-- receiver that is disabled, asked for a pause or hangs says nothing about us.
SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

CREATE FUNCTION health_lag() RETURNS TABLE (delivery_lag int, job_lag int) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(d.next_at))::int, 0)
            FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id AND e.state = 'active'
            WHERE d.state = 'waiting' AND d.next_at <= clock_timestamp()
              AND (e.held_until IS NULL OR e.held_until <= clock_timestamp())
              AND NOT EXISTS (SELECT FROM delivery b WHERE b.endpoint_id = e.id AND b.state = 'leased'
                                AND b.lease_until > clock_timestamp())),
           (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(j.run_at))::int, 0)
            FROM job j WHERE j.state = 'waiting' AND j.run_at <= clock_timestamp())
$$;
GRANT EXECUTE ON FUNCTION health_lag() TO emnebank_front;

RESET ROLE;
