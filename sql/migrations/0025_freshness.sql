-- Freshness (services/pool): what a home says of a candidate holds until a day. Before that day its municipality gets a task to
-- confirm it; after it the candidate is not sent, but stays on record. A confirmation moves dates and nothing else, so whoever is
-- confirmed is worth no more points than before, only still there.
--
-- What expires: the screening, and certificates and licences that state a last valid day. The last valid day itself is good.
--
-- Lock order as in 0001: pool_lock, candidate, then candidate_task, outbox, audit.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- What is fresh

-- Copenhagen's.
CREATE FUNCTION app_today() RETURNS date LANGUAGE sql STABLE
AS $$ SELECT (app_now() AT TIME ZONE 'Europe/Copenhagen')::date $$;

-- How many days before something expires its home is asked to confirm it.
CREATE FUNCTION fresh_notice_days() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 14 $$;

-- Whether the screening holds on that day. Who was never screened has nothing that expires: ranking, and a home's addition to a list,
-- leave them out by rules of their own.
CREATE FUNCTION candidate_fresh(who uuid, day date) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM candidate k WHERE k.id = who AND k.screening_until < day);
END $$;

-- Why a candidate may not be sent for an order just now: 'screening-expired', 'fact-expired' (a must that they had, and that does
-- not hold on the day needed: RANKING.md R10, R18), or NULL.
CREATE FUNCTION candidate_stale(who uuid, wanted uuid) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NOT candidate_fresh(who, app_today()) THEN
        RETURN 'screening-expired';
    END IF;
    IF EXISTS (
        SELECT FROM job_requirement q
        JOIN job_order o ON o.id = q.order_id
        CROSS JOIN LATERAL (
            SELECT max(coalesce(f.valid_until, 'infinity')) AS until FROM candidate_fact f
            WHERE f.candidate_id = who AND f.to_version IS NULL AND f.kind = q.kind
              AND (f.code = q.code OR q.kind = 'licence'
                   AND f.code IN (SELECT l.held FROM vocabulary_licences() l WHERE l.asked = q.code))) AS best
        WHERE q.order_id = wanted AND q.necessity = 'must' AND q.kind IN ('certificate', 'licence')
          AND best.until < CASE WHEN q.through_period THEN coalesce(o.end_date, o.start_date) ELSE o.start_date END) THEN
        RETURN 'fact-expired';
    END IF;
    RETURN NULL;
END $$;

-- The same for an entry on its way, as the API says it: to municipalities and the team, of entries that there are. Nobody asks the two
-- above, which would tell of anybody.
CREATE FUNCTION entry_stale(shown shortlist_entry) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    RETURN (SELECT replace(candidate_stale(e.candidate_id, e.order_id), '-', '_') FROM shortlist_entry e
            WHERE e.id = shown.id AND app_partner() AND e.state NOT IN ('interview', 'hired') AND (entry_live(e.state) OR e.state = 'reserve'));
END $$;

CREATE FUNCTION stale_refuse(why text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF why = 'screening-expired' THEN
        PERFORM raise_problem('EB409', why, 'Kandidatens screening er udløbet; hjemkommunen skal bekræfte den først.');
    ELSIF why = 'fact-expired' THEN
        PERFORM raise_problem('EB409', why,
            'Et bevis, som jobordren kræver, gælder ikke længere i den krævede periode; hjemkommunen skal bekræfte det først.');
    END IF;
END $$;

-- Nobody approves or releases whom the home has to confirm first. After the checks of 0009, by the names of the triggers.
CREATE FUNCTION stale_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM stale_refuse(candidate_stale(e.candidate_id, e.order_id)) FROM shortlist_entry e WHERE e.id = NEW.entry_id;
    RETURN NEW;
END $$;
CREATE TRIGGER stale_check BEFORE INSERT ON approval FOR EACH ROW EXECUTE FUNCTION stale_check();
CREATE TRIGGER stale_check BEFORE INSERT ON release FOR EACH ROW EXECUTE FUNCTION stale_check();

-- Whether a release stands, whatever has expired meanwhile; in force it is while nothing has.
ALTER FUNCTION release_in_force(uuid) RENAME TO release_stands;
REVOKE EXECUTE ON FUNCTION release_stands(uuid) FROM emnebank_front;
CREATE FUNCTION release_in_force(release_id uuid) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM release r WHERE r.id = release_id AND release_stands(r.id)
                     AND candidate_stale(r.candidate_id, r.order_id) IS NULL)
$$;

DO $$
BEGIN
    -- A CV whose candidate the home must confirm first waits, as if it were locked, and is looked at again.
    PERFORM function_reword('delivery_hindrance(outbox)', '    IF NOT release_in_force(event.release_id) THEN',
        $words$    IF release_stands(event.release_id) AND NOT release_in_force(event.release_id) THEN
        RETURN 'stale';
    END IF;
    IF NOT release_in_force(event.release_id) THEN$words$);
    PERFORM function_reword('delivery_claim(int, int, int, interval)', 'delivery_hindrance(b) END', 'delivery_put_off(d, b, delivery_hindrance(b)) END');
    -- The home and the team see whether it went.
    PERFORM function_reword('entry_document(shortlist_entry)', '''revoked_at'', order_time(r.revoked_at))',
        '''revoked_at'', order_time(r.revoked_at), ''sent_at'', release_sent_at(r))');
    -- Who is on a list and past the day stays on it, and can be told from the others.
    PERFORM function_reword('entry_document(shortlist_entry)', '''own'', shown.organisation_id = app_tenant(),',
        '''own'', shown.organisation_id = app_tenant(), ''stale'', entry_stale(shown),');
    -- A municipality's automatic release leaves them, too.
    PERFORM function_reword('auto_release_ready(uuid)', 'WHERE e.id = wanted AND e.state = ''yes''',
        'WHERE e.id = wanted AND e.state = ''yes'' AND candidate_stale(e.candidate_id, e.order_id) IS NULL');
    -- Nobody is put forward whose screening has expired since the list was made.
    PERFORM function_reword('order_choose(job_order, uuid[], int[], int)', 'WHERE k.withdrawn_at IS NULL',
        E'WHERE k.withdrawn_at IS NULL AND (k.screening_until < (SELECT app_today())) IS NOT TRUE');
END $$;

-- For a claim, which holds the delivery, release and candidate: a stale candidate's CV waits, for minutes at a time, until it may go or
-- its release ends. Team and home are told once that it did not go (entry.changed: the entry is `stale`); the receiver reads no more
-- than that it is not in force. Gives back why it is not sent; what is put off counts as locked. Entry and order, which telling
-- refers to, are locked last here, and never waited for.
CREATE FUNCTION delivery_put_off(item delivery, event outbox, hindrance text) RETURNS text LANGUAGE plpgsql SET jit = off
AS $$
DECLARE told shortlist_entry;
BEGIN
    IF hindrance IS DISTINCT FROM 'stale' THEN
        RETURN hindrance;
    END IF;
    SELECT e.* INTO told FROM release r JOIN shortlist_entry e ON e.id = r.entry_id JOIN job_order o ON o.id = r.order_id
    WHERE r.id = event.release_id FOR KEY SHARE OF e, o SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'locked';
    END IF;
    UPDATE delivery_attempt a SET class = 'lost', finished_at = clock_timestamp()
    WHERE a.delivery_id = item.id AND a.finished_at IS NULL;
    UPDATE delivery d SET state = 'waiting', reason = 'not_in_force', lease_until = NULL, lease_token = NULL,
        next_at = clock_timestamp() + interval '5 minutes'
    WHERE d.id = item.id;
    IF item.reason IS DISTINCT FROM 'not_in_force' THEN
        PERFORM entry_tell(told);
    END IF;
    RETURN 'locked';
END $$;

-- When the employer's system took the CV; NULL: it has not gone to any. For the home and the team.
CREATE FUNCTION release_sent_at(given release) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    RETURN (SELECT order_time(min(d.finished_at))
            FROM release r JOIN outbox x ON x.release_id = r.id AND x.kind = 'cv.released' JOIN delivery d ON d.outbox_id = x.id
            WHERE r.id = given.id AND d.state = 'delivered' AND (r.home_id = app_tenant() OR app_kind() = 'team'));
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Tasks: one open at a time for each thing that expires

CREATE TABLE candidate_task (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organisation_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('confirm_screening', 'confirm_fact')),
    fact_kind text,
    fact_code text,
    due_on date NOT NULL,          -- the last day that it holds
    state text NOT NULL DEFAULT 'open' CHECK (state IN
        ('open', 'done',           -- a later date is there, however it came
         'obsolete')),             -- the candidate has left, or the fact is gone or does not expire any more
    created_at timestamptz NOT NULL DEFAULT app_now(),
    done_at timestamptz,
    done_by text,                  -- the named person who confirmed; NULL: a machine's key, or an import
    FOREIGN KEY (candidate_id, organisation_id) REFERENCES candidate (id, organisation_id) ON DELETE CASCADE,
    CHECK ((kind = 'confirm_fact') = (fact_kind IS NOT NULL)),
    CHECK ((fact_kind IS NULL) = (fact_code IS NULL)),
    CHECK ((state = 'open') = (done_at IS NULL))
);
CREATE UNIQUE INDEX candidate_task_open ON candidate_task (candidate_id, kind, fact_kind, fact_code) NULLS NOT DISTINCT WHERE state = 'open';
CREATE INDEX candidate_task_home ON candidate_task (organisation_id, state, due_on, id);
ALTER TABLE candidate_task ENABLE ROW LEVEL SECURITY;
ALTER TABLE candidate_task FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON candidate_task TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY home ON candidate_task FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
GRANT SELECT ON candidate_task TO emnebank_front;

CREATE INDEX candidate_screening_until ON candidate (screening_until, id) WHERE withdrawn_at IS NULL;
CREATE INDEX candidate_fact_until ON candidate_fact (valid_until, candidate_id) WHERE to_version IS NULL AND valid_until IS NOT NULL;
DROP INDEX candidate_changed;
CREATE INDEX candidate_changed ON candidate (changed_version, id);

-- All that expires of those in the pool, with its last day.
CREATE VIEW candidate_expiry WITH (security_invoker = true) AS
    SELECT k.id AS candidate_id, k.organisation_id, 'confirm_screening' AS kind, NULL::text AS fact_kind, NULL::text AS fact_code,
           k.screening_until AS due_on
    FROM candidate k WHERE k.withdrawn_at IS NULL AND k.screening_until IS NOT NULL
    UNION ALL
    SELECT f.candidate_id, f.organisation_id, 'confirm_fact', f.kind, f.code, f.valid_until
    FROM candidate_fact f JOIN candidate k ON k.id = f.candidate_id
    WHERE k.withdrawn_at IS NULL AND f.to_version IS NULL AND f.valid_until IS NOT NULL;

-- How far the tick has come: through the candidates by the version that changed them last, and through the last days, by day.
CREATE TABLE fresh_run (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL DEFAULT -1,
    version_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    day date NOT NULL DEFAULT '-infinity',
    day_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
);
INSERT INTO fresh_run DEFAULT VALUES;
ALTER TABLE fresh_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE fresh_run FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON fresh_run TO emnebank_owner USING (true) WITH CHECK (true);

-- The last day of what a task is about, as it is now; NULL: nothing expires there any more.
CREATE FUNCTION candidate_last_day(task candidate_task) RETURNS date LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN CASE task.kind
        WHEN 'confirm_screening' THEN (SELECT k.screening_until FROM candidate k WHERE k.id = task.candidate_id AND k.withdrawn_at IS NULL)
        ELSE (SELECT f.valid_until FROM candidate_fact f JOIN candidate k ON k.id = f.candidate_id AND k.withdrawn_at IS NULL
              WHERE f.candidate_id = task.candidate_id AND f.kind = task.fact_kind AND f.code = task.fact_code AND f.to_version IS NULL) END;
END $$;

-- Closes those open tasks of these candidates whose day has moved on or is gone, in the caller's name; a home's own alone. How many. For
-- callers that hold pool_lock.
CREATE FUNCTION candidate_tasks_close(whose uuid[]) RETURNS int LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE closed int;
BEGIN
    WITH task AS MATERIALIZED (
        SELECT t.id, t.due_on, candidate_last_day(t) AS last_day
        FROM candidate_task t WHERE t.state = 'open' AND t.candidate_id = ANY (whose) AND (app_tenant() IS NULL OR t.organisation_id = app_tenant()))
    UPDATE candidate_task t SET state = CASE WHEN n.last_day IS NULL THEN 'obsolete' ELSE 'done' END, done_at = app_now(),
        done_by = CASE WHEN n.last_day IS NOT NULL THEN actor_person() END
    FROM task n WHERE t.id = n.id AND (n.last_day IS NULL OR n.last_day > n.due_on);
    GET DIAGNOSTICS closed = ROW_COUNT;
    RETURN closed;
END $$;

-- Opens tasks of what has expired of these candidates, or will within the days of notice, and tells each home how many; returns how
-- many. A day that was moved to an earlier one moves its task. For callers that hold pool_lock.
CREATE FUNCTION candidate_tasks_open(whose uuid[]) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    home record;
    opened int := 0;
BEGIN
    FOR home IN
        WITH made AS (
            INSERT INTO candidate_task AS t (organisation_id, candidate_id, kind, fact_kind, fact_code, due_on)
            SELECT e.organisation_id, e.candidate_id, e.kind, e.fact_kind, e.fact_code, e.due_on
            FROM candidate_expiry e
            WHERE e.candidate_id = ANY (whose) AND e.due_on <= (SELECT app_today() + fresh_notice_days())
            ORDER BY e.due_on, e.candidate_id, e.kind, e.fact_kind, e.fact_code
            ON CONFLICT (candidate_id, kind, fact_kind, fact_code) WHERE state = 'open'
                DO UPDATE SET due_on = EXCLUDED.due_on WHERE t.due_on > EXCLUDED.due_on
            RETURNING organisation_id, kind, due_on, xmax = 0 AS is_new)
        SELECT m.organisation_id AS id, count(*) AS tasks,
               count(*) FILTER (WHERE m.kind = 'confirm_screening') AS screenings,
               count(*) FILTER (WHERE m.kind = 'confirm_fact') AS facts, min(m.due_on) AS first_due_on
        FROM made m WHERE m.is_new GROUP BY m.organisation_id ORDER BY m.organisation_id
    LOOP
        opened := opened + home.tasks;
        PERFORM outbox_put('candidate.expiring', home.id, event_payload => jsonb_build_object(
            'confirm_screening', home.screenings, 'confirm_fact', home.facts, 'first_due_on', home.first_due_on));
    END LOOP;
    RETURN opened;
END $$;

-- The next of those changed since the tick last looked, and where they end.
CREATE FUNCTION fresh_changed(INOUT seen fresh_run, most int, OUT whose uuid[]) LANGUAGE plpgsql STABLE
AS $$
DECLARE latest bigint := pool_current();
BEGIN
    whose := ARRAY(SELECT k.id FROM candidate k WHERE (k.changed_version, k.id) > (seen.version, seen.version_id)
                   ORDER BY k.changed_version, k.id LIMIT most);
    seen.version := latest;
    seen.version_id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    IF cardinality(whose) = most THEN
        SELECT k.changed_version, k.id INTO seen.version, seen.version_id FROM candidate k WHERE k.id = whose[most];
    END IF;
END $$;

-- The next whose last day has come within the days of notice, and where they end.
CREATE FUNCTION fresh_due(INOUT seen fresh_run, most int, OUT whose uuid[]) LANGUAGE plpgsql STABLE
AS $$
DECLARE
    horizon date := app_today() + fresh_notice_days();
    days date[];
BEGIN
    SELECT coalesce(array_agg(d.due_on), '{}'), coalesce(array_agg(d.candidate_id), '{}') INTO days, whose
    FROM (SELECT e.due_on, e.candidate_id FROM candidate_expiry e
          WHERE e.due_on BETWEEN seen.day AND horizon AND (e.due_on, e.candidate_id) > (seen.day, seen.day_id)
          ORDER BY e.due_on, e.candidate_id LIMIT most) AS d;
    seen.day := horizon;
    seen.day_id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    IF cardinality(whose) = most THEN
        seen.day := days[most];
        seen.day_id := whose[most];
    END IF;
END $$;

-- The clock's (0021): looks at some hundreds of candidates, those that have changed and those whose day has come near, and opens and
-- closes their tasks. How many it looked at: 0 when there is no more to do, which is told at once. Two at once: the second has
-- nothing to do.
CREATE FUNCTION fresh_tick() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET jit = off
AS $$
DECLARE
    most constant int := 250;
    seen fresh_run;
    changed record;
    due record;
    whose uuid[];
BEGIN
    SELECT * INTO seen FROM fresh_run FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR (seen.version = pool_current() AND seen.day = app_today() + fresh_notice_days()
                     AND seen.version_id = seen.day_id) THEN
        RETURN 0;
    END IF;
    PERFORM pool_lock();
    SELECT * INTO changed FROM fresh_changed(seen, most);
    SELECT * INTO due FROM fresh_due(changed.seen, most);
    seen := due.seen;
    whose := changed.whose || due.whose;
    PERFORM candidate_tasks_close(whose);
    PERFORM candidate_tasks_open(whose);
    UPDATE fresh_run r SET version = seen.version, version_id = seen.version_id, day = seen.day, day_id = seen.day_id;
    RETURN cardinality(whose);
END $$;

-- GET /v1/candidate-tasks: a page of the caller's own, the first to expire first; audited. `position_after`: "due_on id".
CREATE FUNCTION candidate_task_page(position_after text, size int, wanted_state text, wanted_kind text, due_before date)
    RETURNS TABLE (items text, next_position text) LANGUAGE plpgsql
AS $$
DECLARE
    page candidate_task[];
    after_day date := nullif(split_part(position_after, ' ', 1), '')::date;
    after_id uuid := nullif(split_part(position_after, ' ', 2), '')::uuid;
    ids uuid[];
BEGIN
    page := ARRAY(SELECT t FROM candidate_task t
                  WHERE t.organisation_id = app_tenant() AND t.state = coalesce(wanted_state, 'open')
                    AND (wanted_kind IS NULL OR t.kind = wanted_kind) AND (due_before IS NULL OR t.due_on < due_before)
                    AND (after_day IS NULL OR (t.due_on, t.id) > (after_day, after_id))
                  ORDER BY t.due_on, t.id LIMIT size + 1);
    IF cardinality(page) > size THEN
        page := page[1:size];
        next_position := (page[size]).due_on || ' ' || (page[size]).id;
    END IF;
    SELECT coalesce(array_agg(DISTINCT t.candidate_id), '{}'), coalesce(jsonb_agg(jsonb_build_object(
               'id', t.id, 'kind', t.kind, 'state', t.state, 'due_on', t.due_on, 'expired', t.due_on < app_today(),
               'fact', CASE WHEN t.fact_kind IS NOT NULL THEN jsonb_build_object('kind', t.fact_kind, 'code', t.fact_code) END,
               'candidate', jsonb_build_object('id', k.id, 'external_ref', k.external_ref, 'version', k.version,
                   'href', '/v1/candidates/' || home.municipality_code || '/' || path_segment(k.external_ref)),
               'created_at', order_time(t.created_at), 'done_at', order_time(t.done_at), 'done_by', t.done_by)
               ORDER BY t.due_on, t.id), '[]')::text
    INTO ids, items
    FROM unnest(page) t JOIN candidate k ON k.id = t.candidate_id JOIN organisation home ON home.id = t.organisation_id;
    IF cardinality(ids) > 0 THEN
        PERFORM audit_append('candidate.listed', 'organisation', app_tenant()::text, ids);
    END IF;
    RETURN NEXT;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Confirming

-- What cannot be confirmed of one candidate, as faults: dates that do not hold, facts that are not there, and what would be worth
-- more points than before (that is a new statement, and PATCH …/facts makes it).
CREATE FUNCTION candidate_confirm_faults(said jsonb, present jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE
    today date := app_today();
    base text := coalesce(said ->> 'base', '');
    faults jsonb := '[]';
BEGIN
    IF (said #>> '{screening,on}')::date > today THEN
        faults := faults || jsonb_build_object('pointer', base || '/screening/on', 'code', 'RANGE', 'detail', 'Må ikke ligge efter i dag.');
    END IF;
    IF (said #>> '{screening,until}')::date < today THEN
        faults := faults || jsonb_build_object('pointer', base || '/screening/until', 'code', 'RANGE', 'detail', 'Skal gælde mindst til i dag.');
    END IF;
    RETURN faults || (
        SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', base || '/facts/' || g.place - 1 || wrong.member, 'code', wrong.code,
                                                     'detail', wrong.detail) ORDER BY g.place), '[]')
        FROM jsonb_array_elements(coalesce(said -> 'facts', '[]')) WITH ORDINALITY AS g (fact, place)
        LEFT JOIN jsonb_array_elements(present) AS p (fact)
            ON p.fact ->> 'kind' = g.fact ->> 'kind' AND p.fact ->> 'code' = g.fact ->> 'code'
        CROSS JOIN LATERAL (SELECT (g.fact ->> 'valid_until')::date AS wanted, (p.fact ->> 'valid_until')::date AS until) AS day
        CROSS JOIN LATERAL (
            SELECT w.* FROM (VALUES
                (p.fact IS NULL, '/code', 'UNKNOWN', 'Kandidaten har ikke oplysningen.'),
                ((g.fact ->> 'stated_on')::date > today, '/stated_on', 'RANGE', 'Må ikke ligge efter i dag.'),
                (day.wanted IS NOT NULL AND day.until IS NULL, '/valid_until', 'NOT_ALLOWED',
                 'Oplysningen har ingen udløbsdato; sæt den med PATCH …/facts.'),
                (day.wanted < day.until, '/valid_until', 'RANGE', 'Beviset gælder allerede længere; ret det med PATCH …/facts.'),
                (coalesce(day.wanted, day.until) < today, '/valid_until', 'RANGE', 'Beviset er udløbet; angiv, til hvornår det nu gælder.'),
                -- R13: the day of the statement stands for a last use that nobody has stated, for five years.
                (p.fact ->> 'kind' IN ('competence', 'occupation') AND NOT p.fact ? 'last_used'
                 AND (p.fact ->> 'stated_on')::date < today - 1826, '/stated_on', 'NOT_ALLOWED',
                 'Oplyst for over fem år siden uden sidste brug; oplys den på ny med PATCH …/facts.')
            ) AS w (holds, member, code, detail) WHERE w.holds LIMIT 1) AS wrong);
END $$;

-- The facts with the dates that were confirmed, and nothing else of them changed. An older date replaces none.
CREATE FUNCTION candidate_confirmed_facts(said jsonb, present jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(CASE WHEN g.fact IS NULL THEN p.fact ELSE p.fact
                   || jsonb_build_object('stated_on', greatest((p.fact ->> 'stated_on')::date,
                                                               coalesce((g.fact ->> 'stated_on')::date, app_today())))
                   || CASE WHEN g.fact ? 'valid_until' THEN jsonb_build_object('valid_until', g.fact -> 'valid_until') ELSE '{}' END
                   END ORDER BY p.place), '[]')
            FROM jsonb_array_elements(present) WITH ORDINALITY AS p (fact, place)
            LEFT JOIN jsonb_array_elements(coalesce(said -> 'facts', '[]')) AS g (fact)
                ON g.fact ->> 'kind' = p.fact ->> 'kind' AND g.fact ->> 'code' = p.fact ->> 'code');
END $$;

-- One of the caller's own: {external_ref, version?, screening?: {by, on, until}, facts?: [{kind, code, stated_on?, valid_until?}],
-- base?: the pointer to it in the body}. The caller holds pool_lock. `at`: the version of this transaction, NULL while nothing has changed. The newest screening stands,
-- as in candidate_apply. EB404, EB409, EB412, EB422.
CREATE FUNCTION candidate_confirm(said jsonb, at bigint) RETURNS candidate_result LANGUAGE plpgsql
AS $$
DECLARE
    c candidate;
    before candidate;
    present jsonb;
    faults jsonb;
    confirmed jsonb;
    screened date := (said #>> '{screening,on}')::date;
BEGIN
    SELECT * INTO c FROM candidate k WHERE k.organisation_id = app_tenant() AND k.external_ref = said ->> 'external_ref' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    IF coalesce((said ->> 'version')::bigint, 0) NOT IN (0, c.version) THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Kandidaten er ændret siden; hent den igen.');
    END IF;
    IF c.withdrawn_at IS NOT NULL THEN
        PERFORM raise_problem('EB409', 'candidate-withdrawn', 'Kandidaten er taget ud af emnebanken.');
    END IF;
    present := candidate_facts(c.id);
    faults := candidate_confirm_faults(said, present);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    before := c;
    IF screened >= coalesce(c.screened_on, screened) THEN
        c.screened_by := said #>> '{screening,by}';
        c.screened_on := screened;
        c.screening_until := (said #>> '{screening,until}')::date;
    END IF;
    confirmed := candidate_confirmed_facts(said, present);
    IF confirmed = present AND c IS NOT DISTINCT FROM before THEN
        RETURN (c.id, 'unchanged', c.version, at)::candidate_result;
    END IF;
    at := candidate_publish(c, confirmed, at);
    -- The body that the home sent in full no longer describes the candidate's facts: sent again, it counts as new.
    UPDATE candidate k SET screened_by = c.screened_by, screened_on = c.screened_on, screening_until = c.screening_until,
        content_mac = CASE WHEN confirmed = present THEN k.content_mac ELSE '' END, version = k.version + 1, changed_at = now()
    WHERE k.id = c.id RETURNING * INTO c;
    PERFORM candidate_tasks_close(ARRAY[c.id]);
    RETURN (c.id, 'updated', c.version, at)::candidate_result;
END $$;

CREATE FUNCTION candidate_confirm_audit(touched uuid[], at bigint) RETURNS void LANGUAGE sql
AS $$
    SELECT audit_append('candidate.confirmed', 'organisation', app_tenant()::text, touched,
                        jsonb_build_object('confirmed', cardinality(touched), 'pool_version', at))
$$;

-- POST /v1/candidates/{municipality}/{external_ref}/confirmation
CREATE FUNCTION candidate_confirm_one(said jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE result candidate_result;
BEGIN
    PERFORM pool_lock();
    result := candidate_confirm(said, NULL);
    IF result.outcome <> 'unchanged' THEN
        PERFORM candidate_confirm_audit(ARRAY[result.candidate_id], result.pool_version);
    END IF;
    RETURN candidate_reply(result.candidate_id, 200, result.outcome <> 'unchanged');
END $$;

-- POST /v1/candidates/confirmations: `items` as the API read them, in their order, each as candidate_confirm takes it, or
-- {external_ref?, errors}: what the API found wrong. Each has its own result; one that fails keeps no other out. One version of the
-- pool for all that changes.
CREATE FUNCTION candidate_confirm_many(items jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    said jsonb;
    result candidate_result;
    at bigint;
    touched uuid[] := '{}';
    results jsonb[] := '{}';
    slug text;
    detail text;
BEGIN
    PERFORM pool_lock();
    -- All of them first, in the order in which lists hold theirs.
    PERFORM FROM candidate k
    WHERE k.organisation_id = app_tenant()
      AND k.external_ref IN (SELECT i.said ->> 'external_ref' FROM jsonb_array_elements(items) AS i (said))
    ORDER BY k.id FOR UPDATE;
    FOR said IN SELECT i.said FROM jsonb_array_elements(items) WITH ORDINALITY AS i (said, place) ORDER BY i.place LOOP
        BEGIN
            IF said ? 'errors' THEN
                PERFORM raise_problem('EB422', 'invalid-body', (said -> 'errors')::text);
            END IF;
            result := candidate_confirm(said, at);
            IF result.outcome <> 'unchanged' THEN
                at := result.pool_version;
                touched := touched || result.candidate_id;
            END IF;
            results := results || jsonb_build_object('external_ref', said -> 'external_ref', 'status', 200,
                'changed', result.outcome <> 'unchanged', 'version', result.version);
        EXCEPTION WHEN SQLSTATE 'EB404' OR SQLSTATE 'EB409' OR SQLSTATE 'EB412' OR SQLSTATE 'EB422' THEN
            GET STACKED DIAGNOSTICS slug = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
            results := results || jsonb_build_object('external_ref', said -> 'external_ref', 'status', right(SQLSTATE, 3)::int,
                'problem', jsonb_build_object('type', '/problems/' || slug) || CASE WHEN SQLSTATE = 'EB422'
                    THEN jsonb_build_object('detail', 'Bekræftelsen overholder ikke reglerne; se errors.', 'errors', detail::jsonb)
                    ELSE jsonb_build_object('detail', detail) END);
        END;
    END LOOP;
    IF touched <> '{}' THEN
        PERFORM candidate_confirm_audit(touched, at);
    END IF;
    answer.status := 200;
    answer.body := jsonb_build_object('changed', cardinality(touched), 'pool_version', pool_current(), 'results', to_jsonb(results))::text;
    answer.replayed := false;
    RETURN answer;
END $$;

GRANT EXECUTE ON FUNCTION app_today() TO emnebank_front, emnebank_match, emnebank_deliver;
GRANT EXECUTE ON FUNCTION fresh_notice_days() TO emnebank_front, emnebank_match;
GRANT EXECUTE ON FUNCTION entry_stale(shortlist_entry), release_sent_at(release), release_in_force(uuid) TO emnebank_front;
GRANT EXECUTE ON FUNCTION fresh_tick() TO emnebank_match;
GRANT EXECUTE ON FUNCTION candidate_tasks_close(uuid[]), candidate_task_page(text, int, text, text, date),
    candidate_confirm_faults(jsonb, jsonb), candidate_confirmed_facts(jsonb, jsonb), candidate_confirm(jsonb, bigint),
    candidate_confirm_audit(uuid[], bigint), candidate_confirm_one(jsonb), candidate_confirm_many(jsonb) TO emnebank_front;

RESET ROLE;
