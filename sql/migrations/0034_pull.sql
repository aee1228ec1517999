-- Events for those who fetch them, and recalls with proof (services/deliver).
--
-- GET /v1/events is the feed of changes (A7: up to the commit horizon, in the order of transactions) with the events whole, as webhooks
-- have them. Reading acknowledges nothing: where somebody is, they know themselves. A CV is handed out on the terms of a claim: looked
-- at under the same locks when the page is made, once more when it has been rendered, and written to its home's chain before the first
-- byte leaves.
--
-- A recall goes to every place that has the CV or may have it, whatever the place asks for now, and each one's answer is kept.
--
-- Lock order as in 0029; release, consent and candidate are taken FOR SHARE SKIP LOCKED and never waited for; chains by their id.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- How far back the feeds reach

-- The last row of each organisation's feed that has been dropped with its day. Whoever is at it or past it has missed nothing.
CREATE TABLE change_floor (
    organisation_id uuid PRIMARY KEY REFERENCES organisation,
    xid xid8 NOT NULL,
    id bigint NOT NULL
);

-- What stands in the feed a second time, because its time had not come the first time.
ALTER TABLE change ADD COLUMN again boolean NOT NULL DEFAULT false;

CREATE FUNCTION changes_dropped(from_id uuid, to_id uuid, before timestamptz) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO change_floor
    SELECT DISTINCT ON (c.organisation_id) c.organisation_id, c.xid, c.id FROM change c
    WHERE c.outbox_id >= from_id AND c.outbox_id < to_id AND c.created_at < before AND NOT c.again
    ORDER BY c.organisation_id, c.xid DESC, c.id DESC
    ON CONFLICT (organisation_id) DO UPDATE SET xid = excluded.xid, id = excluded.id
    WHERE (excluded.xid, excluded.id) > (change_floor.xid, change_floor.id)
$$;

-- Where the caller goes on from: '' begins with the oldest that is kept. A position before something that has been dropped is
-- refused, since nobody is to miss an event without hearing of it.
CREATE FUNCTION feed_position(position_before text) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    floor change_floor;
    after_xid xid8;
    after_id bigint;
BEGIN
    SELECT * INTO floor FROM change_floor f WHERE f.organisation_id = app_tenant();
    IF position_before = '' THEN
        RETURN coalesce(floor.xid::text, '0') || ':' || coalesce(floor.id, 0);
    END IF;
    after_xid := split_part(position_before, ':', 1)::xid8;
    after_id := split_part(position_before, ':', 2)::bigint;
    IF (after_xid, after_id) < (floor.xid, floor.id) THEN
        PERFORM raise_problem('EB410', 'cursor-expired', 'Der er hændelser efter markøren, som ikke er gemt længere. Begynd forfra uden '
            || 'cursor: så kommer det ældste, der er gemt. Hent det, I mangler, hvor det står: jobordrer, kandidatlister og CV''er.');
    END IF;
    RETURN after_xid || ':' || after_id;
END $$;

-- Which of these seats have something to read. For the daemon, that looks for all who wait at once; it says no more than that.
-- What stands in the feed a second time is in the day of its event: it is found when the wait is over.
CREATE FUNCTION feed_news(numbers bigint[], organisations uuid[], positions text[]) RETURNS SETOF bigint LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    since uuid := event_day((now() AT TIME ZONE 'UTC')::date - 1);
    until uuid := event_day((now() AT TIME ZONE 'UTC')::date + 2);
BEGIN
    RETURN QUERY
    SELECT w.number
    FROM (SELECT n.number, n.organisation, split_part(n.place, ':', 1)::xid8 AS xid, split_part(n.place, ':', 2)::bigint AS id
          FROM unnest(numbers, organisations, positions) AS n (number, organisation, place)) AS w
    WHERE EXISTS (SELECT FROM change c WHERE c.organisation_id = w.organisation AND (c.xid, c.id) > (w.xid, w.id)
                    AND c.xid < pg_snapshot_xmin(pg_current_snapshot()) AND c.outbox_id >= since AND c.outbox_id < until);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- CVs that have to wait

-- A CV that was met in the feed before it may go: left out there, and put into the feed again when it may go, or never will.
CREATE TABLE event_put_off (
    outbox_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation,
    since timestamptz NOT NULL DEFAULT now(),
    next_at timestamptz NOT NULL DEFAULT now() + interval '1 minute'
);
CREATE INDEX event_put_off_due ON event_put_off (next_at);

-- As a claim sees it; 'stopped' while pushes are. Release, consent and candidate are held.
CREATE FUNCTION event_hindrance(event outbox) RETURNS text LANGUAGE plpgsql
AS $$
BEGIN
    IF event.kind <> 'cv.released' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtext('emnebank.push'));
    IF (SELECT p.stopped FROM push_stop p WHERE p.one) THEN
        RETURN 'stopped';
    END IF;
    RETURN delivery_hindrance(event);
END $$;

-- Team and home are told once that a stale candidate's CV did not go, as delivery_put_off does it. False: not now.
CREATE FUNCTION event_put_off(event outbox, why text) RETURNS boolean LANGUAGE plpgsql
AS $$
DECLARE told shortlist_entry;
BEGIN
    IF why = 'stale' THEN
        SELECT e.* INTO told FROM release r JOIN shortlist_entry e ON e.id = r.entry_id JOIN job_order o ON o.id = r.order_id
        WHERE r.id = event.release_id FOR KEY SHARE OF e, o SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    INSERT INTO event_put_off (outbox_id, organisation_id) VALUES (event.id, event.organisation_id) ON CONFLICT DO NOTHING;
    IF FOUND AND why = 'stale' AND NOT EXISTS (SELECT FROM delivery d WHERE d.outbox_id = event.id AND d.reason = 'not_in_force') THEN
        PERFORM entry_tell(told);
    END IF;
    RETURN true;
END $$;

-- Every few seconds, by delivery_sweep: what was put off stands in the feed again once it may go, or never will.
CREATE FUNCTION events_put_back() RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    item event_put_off;
    event outbox;
    why text;
    back boolean := false;
BEGIN
    FOR item IN SELECT * FROM event_put_off p WHERE p.next_at <= now() ORDER BY p.next_at LIMIT 50 FOR UPDATE SKIP LOCKED LOOP
        SELECT * INTO event FROM outbox x WHERE x.id = item.outbox_id;
        why := CASE WHEN event.id IS NOT NULL THEN event_hindrance(event) END;
        IF why IN ('stale', 'stopped', 'locked') THEN
            UPDATE event_put_off p SET next_at = now() + CASE why WHEN 'stale' THEN interval '1 minute' ELSE interval '5 seconds' END
            WHERE p.outbox_id = item.outbox_id;
            CONTINUE;
        END IF;
        DELETE FROM event_put_off p WHERE p.outbox_id = item.outbox_id;
        CONTINUE WHEN event.id IS NULL;
        INSERT INTO change (organisation_id, outbox_id, kind, again) VALUES (event.organisation_id, event.id, event.kind, true);
        back := true;
    END LOOP;
    IF back THEN
        PERFORM pg_notify('emnebank_delivery', '');
    END IF;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- GET /v1/events

-- Keys end while their calls wait.
CREATE FUNCTION key_in_force() RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM api_key k WHERE k.id::text = app_setting('actor') AND k.organisation_id = app_tenant()
                     AND k.revoked_at IS NULL AND k.expires_at > now()) THEN
        PERFORM raise_problem('EB401', 'unauthenticated', 'Nøglen gælder ikke længere.');
    END IF;
END $$;

-- Whom an event names to its receiver.
CREATE FUNCTION event_candidates(event outbox) RETURNS uuid[] LANGUAGE sql STABLE
AS $$
    SELECT coalesce(array_agg(DISTINCT c.id), '{}') FROM (
        SELECT e.candidate_id FROM shortlist_entry e WHERE e.id = event.entry_id
        UNION ALL
        SELECT r.candidate_id FROM release r WHERE r.id = event.release_id
        UNION ALL
        SELECT e.candidate_id FROM shortlist_entry e
        WHERE event.kind = 'shortlist.proposed' AND e.shortlist_id = event.shortlist_id AND e.organisation_id = event.organisation_id
          AND e.state <> 'reserve' AND NOT e.outside_ranking) AS c (id)
$$;

-- The caller's next events after a position, whole; the last row has no event and says where to go on from. Of a CV that may go the
-- sealed columns are there; one whose release has ended is there without the person; one that waits is left out and comes again;
-- one that somebody is changing at this moment ends the page before it. A page ends after 4 MiB, too.
CREATE FUNCTION events_page(position_before text, page_limit int)
    RETURNS TABLE (event_id uuid, kind text, event_at text, version bigint, data text, municipality text, external_ref text,
                   wrapped_key bytea, name bytea, phone bytea, email bytea, place text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    at_position text := feed_position(position_before);
    after_xid xid8 := split_part(at_position, ':', 1)::xid8;
    after_id bigint := split_part(at_position, ':', 2)::bigint;
    told record;
    event outbox;
    why text;
    named uuid[] := '{}';
    bytes bigint := 0;
BEGIN
    PERFORM key_in_force();
    FOR told IN SELECT c.xid, c.id, c.outbox_id FROM change c
                WHERE c.organisation_id = app_tenant() AND (c.xid, c.id) > (after_xid, after_id)
                  AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
                ORDER BY c.xid, c.id LIMIT page_limit LOOP
        SELECT * INTO STRICT event FROM outbox x WHERE x.id = told.outbox_id;
        why := event_hindrance(event);
        EXIT WHEN why = 'locked';
        IF why IN ('stale', 'stopped') THEN
            EXIT WHEN NOT event_put_off(event, why);
            at_position := told.xid || ':' || told.id;
            CONTINUE;
        END IF;
        at_position := told.xid || ':' || told.id;
        event_id := event.id;
        kind := event.kind;
        event_at := delivery_time(event.created_at);
        version := event.version;
        SELECT h.municipality_code::text, c.external_ref, p.wrapped_key, p.name, p.phone, p.email
        INTO municipality, external_ref, wrapped_key, name, phone, email
        FROM release r JOIN candidate c ON c.id = r.candidate_id JOIN candidate_person p ON p.candidate_id = c.id
        JOIN organisation h ON h.id = r.home_id
        WHERE r.id = event.release_id AND event.kind = 'cv.released' AND why IS NULL;
        data := CASE WHEN why IS NULL THEN event_data(event)
                     ELSE jsonb_build_object('release_id', event.release_id, 'order_id', event.order_id, 'withdrawn', true) END::text;
        place := at_position;
        RETURN NEXT;
        named := named || event_candidates(event);
        bytes := bytes + length(data);
        EXIT WHEN bytes > 4194304;
    END LOOP;
    IF named <> '{}' THEN
        PERFORM audit_append('events.read', 'change', at_position, ARRAY(SELECT DISTINCT n FROM unnest(named) AS n ORDER BY n));
    END IF;
    event_id := NULL;
    place := at_position;
    RETURN NEXT;
END $$;

-- CVs with their persons, and recalls, are handed to the caller now: each is looked at once more, since somebody may have taken the yes
-- back while they were rendered, and each is written down. digests: SHA-256 (hex) of each as it is handed out.
CREATE FUNCTION events_pulled(pulled uuid[], digests text[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    reader uuid := app_setting('actor')::uuid;
    event outbox;
    item record;
BEGIN
    PERFORM key_in_force();
    FOR item IN SELECT n.id, n.digest FROM unnest(pulled, digests) AS n (id, digest) ORDER BY n.id LOOP
        SELECT * INTO STRICT event FROM outbox x WHERE x.id = item.id AND x.organisation_id = app_tenant();
        IF event_hindrance(event) IS NOT NULL THEN
            PERFORM raise_problem('EB503', 'temporarily-unavailable', 'Et CV blev trukket tilbage imens. Prøv igen.');
        END IF;
        IF event.kind = 'cv.released' THEN
            INSERT INTO release_reached (release_id, how, place, body_sha256, certain)
            VALUES (event.release_id, 'pull', reader, item.digest, true)
            ON CONFLICT (release_id, how, place) DO UPDATE SET body_sha256 = excluded.body_sha256, certain = true;
        END IF;
    END LOOP;
    FOR item IN SELECT r.*, x.kind, x.id AS event, n.digest
                FROM unnest(pulled, digests) AS n (id, digest) JOIN outbox x ON x.id = n.id JOIN release r ON r.id = x.release_id
                ORDER BY r.home_id, r.id LOOP
        IF item.kind = 'cv.recalled' THEN
            PERFORM recall_received(item.id, 'pull', reader, NULL, NULL, NULL, NULL, item.digest, NULL);
        ELSE
            PERFORM audit_append_for(item.home_id, 'cv.pulled', 'release', item.id::text, ARRAY[item.candidate_id],
                jsonb_build_object('release_id', item.id, 'order_id', item.order_id, 'employer_id', item.employer_id,
                    'legal_basis', item.legal_basis, 'event_id', item.event, 'body_sha256', item.digest));
        END IF;
    END LOOP;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Recalls

-- What each place answered to a recall. Never dropped.
CREATE TABLE recall_arrived (
    release_id uuid NOT NULL REFERENCES release,
    how text NOT NULL CHECK (how IN ('webhook', 'pull')),
    place uuid NOT NULL,           -- the endpoint, or the key that read it
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivery_id uuid,
    attempt int,
    status int,
    duration_us bigint,
    body_sha256 text,              -- of the recall as it was sent
    answer_sha256 text,            -- of the answer's body
    PRIMARY KEY (release_id, how, place)
);

-- Places that could not be told, once each.
CREATE TABLE recall_failed (
    release_id uuid NOT NULL REFERENCES release,
    endpoint_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    reason text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (release_id, endpoint_id)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['change_floor', 'event_put_off', 'recall_arrived', 'recall_failed'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- When the last place that has the CV had heard that it may not use it; looked at by the sweep until then.
ALTER TABLE release_event ADD COLUMN settled_at timestamptz;
CREATE INDEX release_event_unsettled ON release_event (outbox_id) WHERE kind = 'cv.recalled' AND settled_at IS NULL;
CREATE INDEX delivery_past_release ON delivery_past (release_id) WHERE release_id IS NOT NULL;

-- Who has a CV or may have it. An attempt that never reached anybody, or brought no more than ids, is none.
CREATE FUNCTION release_had(wanted uuid)
    RETURNS TABLE (how text, place uuid, at timestamptz, certain boolean, body_sha256 text) LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT h.how, h.place, h.at, h.certain, h.body_sha256 FROM release_reached h WHERE h.release_id = wanted
    UNION ALL
    SELECT 'webhook', d.endpoint_id, min(coalesce(d.finished_at, d.created_at)), bool_or(d.state = 'delivered'), NULL
    FROM outbox x JOIN delivery d ON d.outbox_id = x.id
    WHERE x.release_id = wanted AND x.kind = 'cv.released' AND NOT d.thin
      AND (d.state IN ('delivered', 'leased') OR EXISTS (SELECT FROM delivery_attempt t WHERE t.delivery_id = d.id
             AND coalesce(t.class, '') NOT IN ('dns', 'connect', 'tls', 'refused_by_policy')))
      AND NOT EXISTS (SELECT FROM release_reached h WHERE h.release_id = wanted AND h.how = 'webhook' AND h.place = d.endpoint_id)
    GROUP BY d.endpoint_id;
END $$;

-- The recall goes to whatever endpoint has the CV, also one that asks for other kinds by now. Where one is disabled it waits: it goes
-- when the endpoint is active again, and until then it is told as failed. One that its owner removed takes nothing.
CREATE FUNCTION recall_everywhere(given release, event uuid) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO delivery (outbox_id, endpoint_id, organisation_id, kind, version, line, state, reason, finished_at)
    SELECT x.id, e.id, e.organisation_id, x.kind, x.version, CASE WHEN e.fifo THEN x.order_id END,
           CASE WHEN gone.is THEN 'dead' ELSE 'waiting' END, CASE WHEN gone.is THEN 'endpoint_removed' END,
           CASE WHEN gone.is THEN clock_timestamp() END
    FROM outbox x, release_had(given.id) h JOIN endpoint e ON e.id = h.place AND e.organisation_id = given.employer_id
    CROSS JOIN LATERAL (SELECT e.state = 'disabled' AND e.disabled_reason IS NOT DISTINCT FROM 'removed' AS is) AS gone
    WHERE x.id = event AND h.how = 'webhook'
      AND NOT EXISTS (SELECT FROM delivery d WHERE d.outbox_id = event AND d.endpoint_id = e.id)
    ORDER BY e.id
$$;

-- A place has heard it: with what it was sent then and now, and what it said, in the home's chain.
CREATE FUNCTION recall_received(wanted uuid, new_how text, new_place uuid, new_delivery uuid, new_attempt int, new_status int,
                                new_duration bigint, digest text, answer_digest text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE given release;
BEGIN
    INSERT INTO recall_arrived (release_id, how, place, delivery_id, attempt, status, duration_us, body_sha256, answer_sha256)
    VALUES (wanted, new_how, new_place, new_delivery, new_attempt, new_status, new_duration, digest, answer_digest)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO STRICT given FROM release r WHERE r.id = wanted;
    PERFORM audit_append_for(given.home_id, 'cv.recall_delivered', 'release', given.id::text, ARRAY[given.candidate_id],
        jsonb_build_object('release_id', given.id, 'order_id', given.order_id, 'employer_id', given.employer_id, 'how', new_how,
            'place', new_place, 'delivery_id', new_delivery, 'attempt', new_attempt, 'status', new_status, 'duration_us', new_duration,
            'cv_sha256', (SELECT h.body_sha256 FROM release_reached h WHERE h.release_id = wanted AND h.how = new_how AND h.place = new_place),
            'body_sha256', digest, 'answer_sha256', answer_digest));
END $$;

-- For delivery_arrived: a CV has reached an endpoint; a recall has been answered.
CREATE FUNCTION release_arrived(item delivery, event outbox, answer_status int, digest text, answer_digest text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF item.kind = 'cv.released' AND NOT item.thin THEN
        INSERT INTO release_reached (release_id, how, place, body_sha256, certain)
        VALUES (event.release_id, 'webhook', item.endpoint_id, digest, true)
        ON CONFLICT (release_id, how, place) DO UPDATE SET body_sha256 = excluded.body_sha256, certain = true;
    ELSIF item.kind = 'cv.recalled' THEN
        PERFORM recall_received(event.release_id, 'webhook', item.endpoint_id, item.id, item.attempts, answer_status,
            (SELECT a.duration_us FROM delivery_attempt a WHERE a.delivery_id = item.id AND a.number = item.attempts), digest, answer_digest);
    END IF;
END $$;

-- How each place that has the CV stands to its recall: 'received'; 'underway' (tried, or not yet fetched); 'failed' (given up, or the
-- endpoint takes nothing as it is). Whoever read it by a key hears by any way that reaches its organisation.
CREATE FUNCTION recall_places(given release)
    RETURNS TABLE (how text, place uuid, had_at timestamptz, certain boolean, cv_sha256 text, state text, reason text, delivery_id uuid,
                   attempts int, next_at timestamptz, received_at timestamptz, received_how text, status int, duration_us bigint,
                   body_sha256 text, answer_sha256 text)
    LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE event uuid := (SELECT v.outbox_id FROM release_event v WHERE v.release_id = given.id AND v.kind = 'cv.recalled');
BEGIN
    RETURN QUERY
    SELECT h.how, h.place, h.at, h.certain, h.body_sha256,
           CASE WHEN heard.at IS NOT NULL OR sent.state = 'delivered' THEN 'received'
                WHEN h.how <> 'webhook' THEN 'underway'
                WHEN sent.state IN ('waiting', 'leased') AND e.state = 'active' THEN 'underway'
                ELSE 'failed' END,
           CASE WHEN heard.at IS NOT NULL OR sent.state = 'delivered' THEN NULL
                WHEN h.how <> 'webhook' THEN 'not_fetched'
                WHEN sent.state IN ('waiting', 'leased') AND e.state <> 'active' THEN 'endpoint_' || e.state
                ELSE coalesce(sent.reason, CASE WHEN sent.id IS NULL THEN 'not_sent' END) END,
           sent.id, sent.attempts, CASE WHEN sent.state = 'waiting' THEN sent.next_at END,
           coalesce(heard.at, CASE WHEN sent.state = 'delivered' THEN sent.finished_at END), heard.how, heard.status, heard.duration_us,
           heard.body_sha256, heard.answer_sha256
    FROM release_had(given.id) h
    LEFT JOIN endpoint e ON e.id = h.place AND h.how = 'webhook'
    LEFT JOIN LATERAL (
        SELECT d.id, d.state, d.reason, d.attempts, d.next_at, d.finished_at FROM delivery d
        WHERE d.outbox_id = event AND d.endpoint_id = h.place AND h.how = 'webhook'
        UNION ALL
        SELECT p.id, p.state, p.reason, p.attempts, NULL, p.finished_at FROM delivery_past p
        WHERE p.release_id = given.id AND p.kind = 'cv.recalled' AND p.endpoint_id = h.place AND h.how = 'webhook'
        LIMIT 1) AS sent ON true
    LEFT JOIN LATERAL (
        SELECT a.* FROM recall_arrived a
        WHERE a.release_id = given.id AND (h.how <> 'webhook' OR a.how = 'webhook' AND a.place = h.place)
        ORDER BY a.at LIMIT 1) AS heard ON true
    ORDER BY h.at, h.how, h.place;
END $$;

-- The worst of them.
CREATE FUNCTION recall_state(given release) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN bool_or(p.state = 'failed') THEN 'failed' WHEN bool_or(p.state = 'underway') THEN 'underway' ELSE 'received' END
    FROM recall_places(given) p
$$;

-- When every place that has it had heard; NULL: not all have. For the candidate, too.
CREATE FUNCTION recall_received_at(wanted uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT CASE WHEN bool_and(p.state = 'received') THEN max(p.received_at) END
            FROM release r CROSS JOIN LATERAL recall_places(r) p
            WHERE r.id = wanted AND EXISTS (SELECT FROM release_event v WHERE v.release_id = wanted AND v.kind = 'cv.recalled'));
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- A recall that does not go: home and team are told, once for each place, and it is in the home's chain

CREATE FUNCTION recall_alarm(item delivery, why text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    given release;
    told shortlist_entry;
BEGIN
    SELECT r.* INTO STRICT given FROM outbox x JOIN release r ON r.id = x.release_id WHERE x.id = item.outbox_id;
    INSERT INTO recall_failed (release_id, endpoint_id, delivery_id, reason) VALUES (given.id, item.endpoint_id, item.id, why)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO STRICT told FROM shortlist_entry e WHERE e.id = given.entry_id;
    PERFORM outbox_put('entry.changed', receiver.id, told.order_id, told.shortlist_id, told.id, NULL,
                       jsonb_build_object('entry_id', told.id, 'state', told.state, 'recall', 'failed'))
    FROM organisation receiver WHERE receiver.kind = 'team' OR receiver.id = told.organisation_id ORDER BY receiver.id;
    PERFORM audit_append_for(given.home_id, 'cv.recall_failed', 'release', given.id::text, ARRAY[given.candidate_id],
        jsonb_build_object('release_id', given.id, 'order_id', given.order_id, 'employer_id', given.employer_id,
            'endpoint_id', item.endpoint_id, 'delivery_id', item.id, 'reason', why));
END $$;

-- Both run when the transaction commits: after every row that it holds, as the lock order asks.
CREATE FUNCTION recall_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    item delivery;
    place endpoint;
BEGIN
    SELECT * INTO item FROM delivery d WHERE d.id = NEW.id;
    SELECT * INTO place FROM endpoint e WHERE e.id = NEW.endpoint_id;
    IF item.state IN ('dead', 'cancelled') THEN
        PERFORM recall_alarm(item, item.reason);
    ELSIF item.state = 'waiting' AND place.state <> 'active' THEN
        PERFORM recall_alarm(item, 'endpoint_' || place.state);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER recall_made AFTER INSERT ON delivery DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind = 'cv.recalled') EXECUTE FUNCTION recall_moved();
CREATE CONSTRAINT TRIGGER recall_moved AFTER UPDATE OF state ON delivery DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind = 'cv.recalled' AND NEW.state IN ('waiting', 'dead', 'cancelled')) EXECUTE FUNCTION recall_moved();

CREATE FUNCTION recall_endpoint_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM recall_alarm(d, 'endpoint_' || NEW.state) FROM delivery d
    WHERE d.endpoint_id = NEW.id AND d.kind = 'cv.recalled' AND d.state = 'waiting';
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER recall_endpoint_moved AFTER UPDATE OF state ON endpoint DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state = 'active' AND NEW.state <> 'active') EXECUTE FUNCTION recall_endpoint_moved();
CREATE INDEX delivery_recall_waiting ON delivery (endpoint_id) WHERE kind = 'cv.recalled' AND state = 'waiting';

-- For the sweep, once a minute: what has been heard everywhere is settled; how many of the last month are not, and how many failed.
CREATE FUNCTION recalls_open(OUT underway int, OUT failed int) LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    item record;
    state text;
BEGIN
    underway := 0;
    failed := 0;
    FOR item IN SELECT v.release_id, r FROM release_event v JOIN release r ON r.id = v.release_id
                WHERE v.kind = 'cv.recalled' AND v.settled_at IS NULL AND v.outbox_id >= event_floor(now() - interval '30 days')
                ORDER BY v.outbox_id DESC LIMIT 1000 LOOP
        state := recall_state(item.r);
        IF state = 'received' THEN
            UPDATE release_event v SET settled_at = now() WHERE v.release_id = item.release_id AND v.kind = 'cv.recalled';
        ELSIF state = 'failed' THEN
            failed := failed + 1;
        ELSE
            underway := underway + 1;
        END IF;
    END LOOP;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- GET /v1/recalls

CREATE FUNCTION recall_document(given release) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('release_id', given.id, 'entry_id', given.entry_id, 'candidate_id', given.candidate_id,
        'external_ref', (SELECT c.external_ref FROM candidate c WHERE c.id = given.candidate_id AND given.home_id = app_tenant()),
        'municipality', (SELECT h.municipality_code FROM organisation h WHERE h.id = given.home_id),
        'order_id', given.order_id, 'employer', (SELECT jsonb_build_object('id', o.id, 'name', o.name) FROM organisation o WHERE o.id = given.employer_id),
        'released_at', order_time(given.released_at), 'recalled_at', order_time(given.revoked_at), 'reason', given.revoked_reason,
        'state', recall_state(given), 'received_at', order_time(recall_received_at(given.id)),
        'places', (SELECT coalesce(jsonb_agg(jsonb_build_object('how', p.how, 'place', p.place, 'had_at', order_time(p.had_at),
                'certain', p.certain, 'cv_sha256', p.cv_sha256, 'state', p.state, 'reason', p.reason, 'delivery_id', p.delivery_id,
                'attempts', p.attempts, 'next_at', order_time(p.next_at), 'received_at', order_time(p.received_at),
                'received_how', p.received_how, 'status', p.status, 'duration_us', p.duration_us, 'body_sha256', p.body_sha256,
                'answer_sha256', p.answer_sha256) ORDER BY p.had_at, p.how, p.place), '[]')
            FROM recall_places(given) p))
$$;

-- The newest first: a home its own candidates', the team everybody's. `open`: only those that not every place has heard.
CREATE FUNCTION recall_list(position_before text, page_limit int, open boolean, OUT items text, OUT next_position text) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    before_at timestamptz := coalesce(nullif(split_part(position_before, '|', 1), '')::timestamptz, 'infinity');
    before_id uuid := coalesce(nullif(split_part(position_before, '|', 2), '')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    page release[];
BEGIN
    IF coalesce(app_kind(), '') NOT IN ('municipality', 'team') THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Tilbagekaldelser ses af kommunerne og det fælles team.');
    END IF;
    page := ARRAY(SELECT r FROM release r JOIN release_event v ON v.release_id = r.id AND v.kind = 'cv.recalled'
                  WHERE (r.revoked_at, r.id) < (before_at, before_id) AND (app_kind() = 'team' OR r.home_id = app_tenant())
                    AND (NOT open OR v.settled_at IS NULL AND recall_state(r) <> 'received')
                  ORDER BY r.revoked_at DESC, r.id DESC LIMIT page_limit);
    SELECT coalesce(jsonb_agg(recall_document(p) ORDER BY p.revoked_at DESC, p.id DESC), '[]')::text,
           CASE WHEN count(*) = page_limit THEN (array_agg(p.revoked_at || '|' || p.id ORDER BY p.revoked_at, p.id))[1] END
    INTO items, next_position FROM unnest(page) AS p;
    IF page <> '{}' THEN
        PERFORM audit_append('recalls.read', 'release', '', ARRAY(SELECT DISTINCT p.candidate_id FROM unnest(page) AS p ORDER BY 1));
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION feed_position(text), feed_news(bigint[], uuid[], text[]), events_page(text, int), events_pulled(uuid[], text[]),
    recall_list(text, int, boolean) TO emnebank_front;
GRANT EXECUTE ON FUNCTION recalls_open() TO emnebank_deliver;

-- ---------------------------------------------------------------------------------------------------------------
-- Where the above is called from

DO $$
BEGIN
    PERFORM function_reword('outbox_remember(uuid, uuid, timestamptz)', E'BEGIN\n    INSERT INTO delivery_past',
        E'BEGIN\n    PERFORM changes_dropped(from_id, to_id, before);\n    INSERT INTO delivery_past');
    -- A day stays while a CV of it waits, and long enough after for somebody to fetch it.
    PERFORM function_reword('outbox_day_over(uuid, uuid, timestamptz)', '    RETURN NOT EXISTS (', $words$    IF EXISTS (SELECT FROM event_put_off p JOIN outbox x ON x.id = p.outbox_id
               WHERE p.outbox_id >= from_id AND p.outbox_id < to_id AND x.created_at < before)
       OR EXISTS (SELECT FROM change c JOIN outbox x ON x.id = c.outbox_id
                  WHERE c.again AND c.outbox_id >= from_id AND c.outbox_id < to_id AND x.created_at < before
                    AND c.created_at > now() - interval '7 days') THEN
        RETURN false;
    END IF;
    RETURN NOT EXISTS ($words$);
    PERFORM function_reword('delivery_sweep()', '    lost := ARRAY(', E'    PERFORM events_put_back();\n    lost := ARRAY(');
    PERFORM function_reword('changes_page(text, integer)', $old$coalesce(nullif(split_part(position_before, ':', 1), ''), '0')::xid8$old$,
        $new$split_part(feed_position(position_before), ':', 1)::xid8$new$);
    PERFORM function_reword('changes_page(text, integer)', $old$coalesce(nullif(split_part(position_before, ':', 2), ''), '0')::bigint$old$,
        $new$split_part(feed_position(position_before), ':', 2)::bigint$new$);
    PERFORM function_reword('delivery_arrived(delivery, int, text, text)', '    IF item.kind = ''cv.released'' THEN',
        E'    PERFORM release_arrived(item, event, answer_status, digest, answer_digest);\n    IF item.kind = ''cv.released'' THEN');
    PERFORM function_reword('release_revoke(uuid, text)', 'DECLARE gone release;', E'DECLARE\n    gone release;\n    event uuid;');
    PERFORM function_reword('release_revoke(uuid, text)', 'PERFORM outbox_put(''cv.recalled'',', 'event := outbox_put(''cv.recalled'',');
    PERFORM function_reword('release_revoke(uuid, text)', E'jsonb_build_object(''reason'', reason));\n',
        E'jsonb_build_object(''reason'', reason));\n    PERFORM recall_everywhere(gone, event);\n');
    PERFORM function_reword('citizen_releases(uuid)', '''recalled_at'', order_time(told.recalled_at))',
        '''recalled_at'', order_time(told.recalled_at), ''recall_received_at'', order_time(recall_received_at(r.id)))');
    PERFORM function_reword('citizen_action(text)', '(''cv.recalled'',', $words$('events.read', 'Hentede besked om, hvordan det går med din sag'),
        ('cv.pulled', 'Hentede dit CV'),
        ('cv.recall_delivered', 'Modtog besked om at slette dit CV'),
        ('cv.recall_failed', 'Kunne ikke nås med besked om at slette dit CV'),
        ('recalls.read', 'Så, om arbejdsgiveren har fået besked om at slette dit CV'),
        ('cv.recalled',$words$);
END $$;

RESET ROLE;
