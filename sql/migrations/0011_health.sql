-- What the readiness check reads: ages only, nothing of any tenant.
SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

CREATE FUNCTION health_lag() RETURNS TABLE (delivery_lag int, job_lag int) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(d.next_at))::int, 0)
            FROM delivery d WHERE d.state = 'waiting' AND d.next_at <= clock_timestamp()),
           (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(j.run_at))::int, 0)
            FROM job j WHERE j.state = 'waiting' AND j.run_at <= clock_timestamp())
$$;
GRANT EXECUTE ON FUNCTION health_lag() TO emnebank_front;

RESET ROLE;
