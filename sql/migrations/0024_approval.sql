-- Approval and its two switches (services/deliver and services/shortlists): the stop that halts every push, the settings of an
-- organisation, and a municipality's automatic release, which is off unless a named person of that municipality has it on.
--
-- Lock order as in 0001; the lock of pushes is the last of all for whoever stops, and the first for a claim.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- The stop. One row; who stopped and resumed, when and why, is in the team's audit and in everybody's feed.
--
-- Every claim takes the lock of pushes shared, and whoever stops takes it alone: once the stop is committed nothing is claimed any
-- more, and whatever was claimed before is 'leased' for all to see. What of it has not begun to leave is given back by its sender.
-- Recalls go on: they carry no CV, and tell an employer to use one no longer.

CREATE TABLE push_stop (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    stopped boolean NOT NULL DEFAULT false,
    reason text CHECK (length(reason) BETWEEN 1 AND 500),
    person text,                   -- the named person of the team who turned it last
    organisation_id uuid REFERENCES organisation,
    since timestamptz,             -- when it was last turned; NULL: never
    version int NOT NULL DEFAULT 1,
    CHECK (NOT stopped OR reason IS NOT NULL AND person IS NOT NULL AND organisation_id IS NOT NULL AND since IS NOT NULL)
);
INSERT INTO push_stop DEFAULT VALUES;
ALTER TABLE push_stop ENABLE ROW LEVEL SECURITY;
ALTER TABLE push_stop FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON push_stop TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY signed_in ON push_stop FOR SELECT TO emnebank_front USING (app_tenant() IS NOT NULL);
GRANT SELECT ON push_stop TO emnebank_front;

-- Holds the switch as it is until the transaction ends. A statement of its own, so that what follows sees what it waited for.
CREATE FUNCTION push_stop_hold() RETURNS void LANGUAGE sql
AS $$ SELECT pg_advisory_xact_lock_shared(hashtext('emnebank.push')) $$;

CREATE FUNCTION push_stopped() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN RETURN (SELECT p.stopped FROM push_stop p); END $$;

-- Who turned it is for the partners alone; an employer is told that and why.
CREATE FUNCTION push_stop_reply() RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    now_set push_stop;
BEGIN
    SELECT * INTO STRICT now_set FROM push_stop;
    answer.status := 200;
    answer.body := jsonb_build_object('stopped', now_set.stopped, 'reason', now_set.reason, 'since', delivery_time(now_set.since),
        'person', CASE WHEN app_partner() THEN now_set.person END, 'version', now_set.version)::text;
    answer.etag := now_set.version;
    answer.replayed := false;
    RETURN answer;
END $$;

-- What all partners read in their feeds at once; their webhooks of it go out when pushes do again.
CREATE FUNCTION push_stop_tell(turned push_stop) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT outbox_put('push.stopped', o.id, event_payload => jsonb_build_object('stopped', turned.stopped, 'reason', turned.reason))
    FROM organisation o WHERE o.kind IN ('municipality', 'team') ORDER BY o.id
$$;

-- PUT /v1/push-stop. Turned to where it stands already, it says so and changes nothing.
CREATE FUNCTION push_stop_set(seen_version bigint, stop boolean, why text) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    held push_stop;
    acting text;
BEGIN
    PERFORM team_only();
    acting := person_only();
    SELECT * INTO STRICT held FROM push_stop FOR UPDATE;
    IF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Stopkontakten er brugt siden; hent den igen.');
    END IF;
    IF held.stopped = stop THEN
        RETURN push_stop_reply();
    END IF;
    UPDATE push_stop p SET stopped = stop, reason = why, person = acting, organisation_id = app_tenant(), since = app_now(),
        version = p.version + 1
    RETURNING * INTO held;
    PERFORM push_stop_tell(held);
    PERFORM audit_append(CASE WHEN stop THEN 'push.stopped' ELSE 'push.resumed' END, 'push_stop', held.version::text, '{}',
                         jsonb_build_object('reason', why));
    PERFORM pg_advisory_xact_lock(hashtext('emnebank.push'));
    RETURN push_stop_reply();
END $$;

-- While stopped, a claim says so and takes recalls alone.
DO $$
DECLARE
    claim regprocedure := 'delivery_claim(int, int, int, interval)';
    due text := 'd.state IN (''waiting'', ''leased'') AND d.next_at <= now()';
BEGIN
    PERFORM function_reword(claim, due, due || E'\n' || repeat(' ', 30)
        || 'AND (NOT halted OR EXISTS (SELECT FROM outbox b WHERE b.id = d.outbox_id AND b.kind = ''cv.recalled''))');
    PERFORM function_reword(claim, 'taken uuid[];', E'taken uuid[];\n    halted boolean;');
    PERFORM function_reword(claim, '    places := ARRAY(', $words$    PERFORM push_stop_hold();
    halted := push_stopped();
    IF halted THEN
        verdict := 'stopped';
        RETURN NEXT;
    END IF;
    places := ARRAY($words$);
    -- Given back: nothing of it left the house, so there was no attempt.
    PERFORM function_reword('delivery_finish(uuid, uuid, text, text, bigint, bigint, text, int, int, text, text)',
        '    UPDATE delivery_attempt a SET finished_at', $words$    IF outcome = 'held' THEN
        DELETE FROM delivery_attempt a WHERE a.delivery_id = item.id AND a.number = item.attempts;
        UPDATE delivery d SET state = 'waiting', attempts = d.attempts - 1, lease_until = NULL, lease_token = NULL,
            next_at = clock_timestamp()
        WHERE d.id = item.id;
        RETURN true;
    END IF;
    UPDATE delivery_attempt a SET finished_at$words$);
END $$;

GRANT EXECUTE ON FUNCTION push_stop_reply(), push_stop_set(bigint, boolean, text) TO emnebank_front;

RESET ROLE;
