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

CREATE FUNCTION push_stopped() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN RETURN (SELECT p.stopped FROM push_stop p WHERE p.one); END $$;

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

-- While stopped, a claim says so and takes recalls alone. It holds the switch as it is until its transaction ends: a statement of
-- its own, so that the next sees what it waited for.
CREATE INDEX outbox_recall ON outbox (id) WHERE kind = 'cv.recalled';
DO $$
DECLARE
    claim regprocedure := 'delivery_claim(int, int, int, interval)';
    due text := 'd.state IN (''waiting'', ''leased'') AND d.next_at <= now()';
BEGIN
    PERFORM function_reword(claim, due, due || E'\n' || repeat(' ', 30)
        || 'AND (NOT halted OR EXISTS (SELECT FROM outbox b WHERE b.id = d.outbox_id AND b.kind = ''cv.recalled''))');
    PERFORM function_reword(claim, 'taken uuid[];', E'taken uuid[];\n    halted boolean;');
    PERFORM function_reword(claim, '    places := ARRAY(', $words$    PERFORM pg_advisory_xact_lock_shared(hashtext('emnebank.push'));
    halted := (SELECT p.stopped FROM push_stop p WHERE p.one);
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

-- ---------------------------------------------------------------------------------------------------------------
-- Settings of an organisation (0020), and the switch of automatic release: a municipality's own, turned on by a named person of
-- it, for thirty days at most.

ALTER TABLE policy ADD COLUMN auto_release_key uuid REFERENCES api_key,  -- the key that turned it on; revoked, it is off
    ADD CHECK ((auto_release_until IS NULL) = (auto_release_key IS NULL));

CREATE FUNCTION policy_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NEW.auto_release_until IS NULL
       OR TG_OP = 'UPDATE' AND (NEW.auto_release_until, NEW.auto_release_by, NEW.auto_release_key)
           IS NOT DISTINCT FROM (OLD.auto_release_until, OLD.auto_release_by, OLD.auto_release_key) THEN
        RETURN NEW;
    END IF;
    IF NEW.organisation_id IS DISTINCT FROM app_tenant() OR app_kind() IS DISTINCT FROM 'municipality' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Automatisk frigivelse slår kun en kommune til, og kun for sine egne kandidater.');
    END IF;
    IF NEW.auto_release_by IS DISTINCT FROM actor_person() OR NEW.auto_release_key::text IS DISTINCT FROM app_setting('actor') THEN
        PERFORM raise_problem('EB403', 'named-person-required',
            'Kun en navngiven person i kommunen slår automatisk frigivelse til, i eget navn.');
    END IF;
    IF NEW.auto_release_until <= app_now() OR NEW.auto_release_until > app_now() + interval '30 days 10 minutes' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Automatisk frigivelse gælder højst 30 dage frem.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_check BEFORE INSERT OR UPDATE ON policy FOR EACH ROW EXECUTE FUNCTION policy_check();

-- What the organisation has set itself, and what is in force for it.
CREATE FUNCTION policy_reply() RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    own policy;
    used policy := policy_of(app_tenant());
BEGIN
    SELECT * INTO own FROM policy p WHERE p.organisation_id = app_tenant();
    answer.status := 200;
    answer.etag := coalesce(own.version, 1);
    answer.body := jsonb_build_object('first_rung', own.first_rung, 'lists_per_candidate', own.lists_per_candidate,
        'wishes_floor', own.wishes_floor,
        'auto_release', CASE WHEN own.auto_release_until IS NOT NULL THEN
            jsonb_build_object('until', order_time(own.auto_release_until), 'person', own.auto_release_by) END,
        'in_force', jsonb_build_object('first_rung', used.first_rung, 'lists_per_candidate', used.lists_per_candidate,
                                       'wishes_floor', used.wishes_floor),
        'version', answer.etag)::text;
    answer.replayed := false;
    RETURN answer;
END $$;

-- Turned on or off, it stands in the team's chain too.
CREATE FUNCTION policy_audit(turned policy) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT audit_append_for(chain.id, CASE WHEN turned.auto_release_until IS NULL THEN 'auto_release.off' ELSE 'auto_release.on' END,
                            'policy', turned.organisation_id::text, '{}',
                            jsonb_build_object('until', order_time(turned.auto_release_until)))
    FROM (SELECT o.id FROM organisation o WHERE o.kind = 'team' OR o.id = turned.organisation_id ORDER BY o.id) AS chain
$$;

-- PUT /v1/policy: the whole of it. A switch that is named as it stands stays that of the person who turned it on.
CREATE FUNCTION policy_set(seen_version bigint, rung text, lists int, wishes int, release_until timestamptz) RETURNS api_reply
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    held policy;
    acting text;
    turned boolean;
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Det gør kun kommunerne og det fælles team.');
    END IF;
    acting := person_only();
    INSERT INTO policy (organisation_id) VALUES (app_tenant()) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT held FROM policy p WHERE p.organisation_id = app_tenant() FOR UPDATE;
    IF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Indstillingerne er ændret siden; hent dem igen.');
    END IF;
    turned := order_time(release_until) IS DISTINCT FROM order_time(held.auto_release_until); -- as the caller was told
    UPDATE policy p SET first_rung = rung, lists_per_candidate = lists, wishes_floor = wishes,
        auto_release_until = CASE WHEN turned THEN release_until ELSE p.auto_release_until END,
        auto_release_by = CASE WHEN release_until IS NULL THEN NULL WHEN turned THEN acting ELSE p.auto_release_by END,
        auto_release_key = CASE WHEN release_until IS NULL THEN NULL WHEN turned THEN app_setting('actor')::uuid ELSE p.auto_release_key END,
        version = p.version + 1, changed_at = app_now()
    WHERE p.organisation_id = app_tenant() RETURNING * INTO held;
    IF turned THEN
        PERFORM policy_audit(held);
    END IF;
    PERFORM audit_append('policy.changed', 'policy', held.organisation_id::text, '{}',
        jsonb_build_object('first_rung', rung, 'lists_per_candidate', lists, 'wishes_floor', wishes));
    RETURN policy_reply();
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Automatic release. It takes the place of the team's consultant and of nothing else: the candidate's yes to this very employer
-- and order is needed as ever. Never for a protected person, nor for one whose screening is over, nor while pushes are stopped.

ALTER TABLE approval ADD COLUMN automatic boolean NOT NULL DEFAULT false;
CREATE INDEX shortlist_entry_yes ON shortlist_entry (organisation_id) WHERE state = 'yes';

-- By whose switch an entry may be approved now; no row: by nobody's. The screening must have been made and still count
-- (0025 adds the certificates that the order asks for).
CREATE FUNCTION auto_release_ready(wanted uuid) RETURNS TABLE (home uuid, person text, key_id uuid) LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT p.organisation_id, p.auto_release_by, p.auto_release_key
    FROM shortlist_entry e
    JOIN policy p ON p.organisation_id = e.organisation_id AND p.auto_release_until > app_now()
    JOIN api_key a ON a.id = p.auto_release_key AND a.revoked_at IS NULL AND a.expires_at > now()
    JOIN job_order o ON o.id = e.order_id AND order_live(o.state)
    JOIN candidate k ON k.id = e.candidate_id AND k.withdrawn_at IS NULL AND k.protection = 'none'
        AND k.screening_until >= (app_now() AT TIME ZONE 'Europe/Copenhagen')::date
    WHERE e.id = wanted AND e.state = 'yes' AND NOT push_stopped()
      AND EXISTS (SELECT FROM consent c WHERE c.entry_id = e.id AND c.withdrawn_at IS NULL)
      AND NOT EXISTS (SELECT FROM release r WHERE r.candidate_id = e.candidate_id AND r.order_id = e.order_id AND r.revoked_at IS NULL);
END $$;

-- As 0009, and an automatic one: nobody's call, by the switch as it stands, of the candidate's own municipality.
CREATE OR REPLACE FUNCTION approval_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'En godkendelse ændres ikke.');
    END IF;
    IF NEW.automatic THEN
        IF app_tenant() IS NOT NULL OR NOT EXISTS (SELECT FROM auto_release_ready(NEW.entry_id) r
                WHERE r.home = NEW.organisation_id AND r.person = NEW.person AND r.key_id = NEW.key_id) THEN
            PERFORM raise_problem('EB403', 'named-person-required', 'Kommunens automatiske frigivelse er ikke slået til for emnet.');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.organisation_id IS DISTINCT FROM app_tenant() OR app_kind() IS DISTINCT FROM 'team'
       OR NEW.key_id::text IS DISTINCT FROM app_setting('actor') OR NEW.person IS DISTINCT FROM actor_person() THEN
        PERFORM raise_problem('EB403', 'named-person-required', 'Kun en navngiven konsulent i teamet godkender, i eget navn.');
    END IF;
    IF NOT EXISTS (SELECT FROM shortlist_entry e JOIN consent c ON c.entry_id = e.id AND c.withdrawn_at IS NULL
                   WHERE e.id = NEW.entry_id AND e.state = 'yes') THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Emnet kan først godkendes, når kandidaten har sagt ja.');
    END IF;
    RETURN NEW;
END $$;

-- Beside release_check: what was approved automatically is released so, while the switch stands, and on no other basis.
CREATE FUNCTION release_automatic() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM approval a WHERE a.id = NEW.approval_id AND a.automatic)
       AND (app_tenant() IS NOT NULL OR NEW.legal_basis <> 'public_task' OR NEW.protection_lifted_by IS NOT NULL
            OR NOT EXISTS (SELECT FROM approval a JOIN policy p ON p.organisation_id = NEW.home_id AND p.auto_release_key = a.key_id
                             AND p.auto_release_until > app_now() WHERE a.id = NEW.approval_id)) THEN
        PERFORM raise_problem('EB409', 'approval-missing',
            'En automatisk godkendelse gælder kun automatisk frigivelse, mens den er slået til.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_automatic BEFORE INSERT ON release FOR EACH ROW EXECUTE FUNCTION release_automatic();

-- One entry, whose candidate, order and home's switch are held: approved, released and told, as by a consultant (0009). Its
-- release, or NULL when it may not be after all: then it stays a yes, for a consultant to look at.
CREATE FUNCTION auto_release_one(wanted uuid) RETURNS release LANGUAGE plpgsql
AS $$
DECLARE
    moved shortlist_entry;
    given release;
BEGIN
    INSERT INTO approval (entry_id, organisation_id, person, key_id, automatic)
    SELECT wanted, r.home, r.person, r.key_id, true FROM auto_release_ready(wanted) r;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE shortlist_entry e SET state = 'approved', version = e.version + 1 WHERE e.id = wanted RETURNING * INTO moved;
    PERFORM entry_tell(moved);
    INSERT INTO release (entry_id, candidate_id, order_id, employer_id, home_id, consent_id, approval_id, legal_basis)
    SELECT moved.id, moved.candidate_id, moved.order_id, c.employer_id, moved.organisation_id, c.id, a.id, 'public_task'
    FROM consent c JOIN approval a ON a.entry_id = c.entry_id WHERE c.entry_id = moved.id AND c.withdrawn_at IS NULL
    RETURNING * INTO given;
    UPDATE shortlist_entry e SET state = 'released', version = e.version + 1 WHERE e.id = wanted RETURNING * INTO moved;
    PERFORM entry_tell(moved);
    PERFORM outbox_put('cv.released', given.employer_id, given.order_id, moved.shortlist_id, moved.id, given.id);
    RETURN given;
EXCEPTION WHEN SQLSTATE 'EB403' OR SQLSTATE 'EB409' THEN
    RETURN NULL;
END $$;

-- In the home's chain and the team's, each entry twice, as a consultant's two steps are.
CREATE FUNCTION auto_release_audit(given release[]) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE written record;
BEGIN
    FOR written IN
        SELECT chain.id AS chain, act.name AS act, r.id AS release_id, r.legal_basis, r.entry_id, r.candidate_id, r.order_id, a.key_id
        FROM unnest(given) AS r
        JOIN approval a ON a.id = r.approval_id
        JOIN organisation chain ON chain.kind = 'team' OR chain.id = r.home_id
        CROSS JOIN (VALUES (1, 'entry.approved'), (2, 'entry.released')) AS act (step, name)
        ORDER BY chain.id, r.id, act.step
    LOOP
        PERFORM audit_append_for(written.chain, written.act, 'shortlist_entry', written.entry_id::text, ARRAY[written.candidate_id],
            jsonb_build_object('automatic', true, 'key_id', written.key_id, 'order_id', written.order_id)
            || CASE written.act WHEN 'entry.released' THEN jsonb_build_object('release_id', written.release_id,
                                                                              'legal_basis', written.legal_basis)
                                ELSE '{}' END);
    END LOOP;
END $$;

-- Releases what may be, at most a hundred at a time; how many. Called by the watch again and again, without a tenant.
CREATE FUNCTION auto_release_tick() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    due uuid[];
    one uuid;
    made release;
    given release[] := '{}';
BEGIN
    due := ARRAY(SELECT e.id FROM policy p JOIN shortlist_entry e ON e.organisation_id = p.organisation_id AND e.state = 'yes'
                 WHERE p.auto_release_until > app_now() AND EXISTS (SELECT FROM auto_release_ready(e.id)) ORDER BY e.id LIMIT 100);
    IF due = '{}' THEN
        RETURN 0;
    END IF;
    PERFORM FROM candidate k WHERE k.id IN (SELECT e.candidate_id FROM shortlist_entry e WHERE e.id = ANY (due)) ORDER BY k.id FOR SHARE;
    PERFORM FROM job_order o WHERE o.id IN (SELECT e.order_id FROM shortlist_entry e WHERE e.id = ANY (due)) ORDER BY o.id FOR SHARE;
    PERFORM FROM policy p WHERE p.auto_release_until IS NOT NULL ORDER BY p.organisation_id FOR SHARE;
    PERFORM FROM shortlist_entry e WHERE e.id = ANY (due) ORDER BY e.id FOR UPDATE;
    FOREACH one IN ARRAY due LOOP
        made := auto_release_one(one);
        IF made.id IS NOT NULL THEN
            given := given || made;
        END IF;
    END LOOP;
    PERFORM auto_release_audit(given);
    RETURN cardinality(given);
END $$;

DO $$
BEGIN
    PERFORM function_reword('entry_document(shortlist_entry)', $words$'person', a.person, 'approved_at'$words$,
                            $words$'person', a.person, 'automatic', a.automatic, 'approved_at'$words$);
END $$;

GRANT EXECUTE ON FUNCTION push_stop_reply(), push_stop_set(bigint, boolean, text), policy_reply(),
    policy_set(bigint, text, int, int, timestamptz) TO emnebank_front;
GRANT EXECUTE ON FUNCTION auto_release_tick() TO emnebank_match;

RESET ROLE;
