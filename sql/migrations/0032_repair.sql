-- Receivers that are away, and what is done about it (services/deliver): a breaker for each endpoint, who is told of a failing one,
-- disabling, and sending again what was given up or missed.
--
--   closed ── the 5th failure one after another that says "away" ──▶ open for 30 s × 2^trips (at most 1 h, ±20 %): nothing is claimed
--     ▲                                                               │ the time is over, and something is due
--     └── any answer but 5xx ── half_open (one at a time) ◀───────────┘
--                                   └── away still ──▶ open, one trip more
--
-- Away: no name, no connection, no TLS, no answer in time, an answer that broke off, 5xx. Any other answer says that somebody is there.
-- An open breaker uses no attempt of any delivery (0029's claim passes it by).
--
-- Lock order as in 0029: endpoint, delivery, …, outbox, audit_head; endpoint_mark after endpoint.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE endpoint
    ADD COLUMN failed_how text,                -- how the last attempt failed: a class, or 'http_503'
    ADD COLUMN failing_told_at timestamptz,    -- once in each time of failing
    ADD COLUMN disabled_at timestamptz,        -- when it was last disabled; stays when it is active again: what was missed since
    ADD COLUMN replay_until timestamptz,       -- when the last one that was asked for again is due
    ADD COLUMN replay_window timestamptz,      -- the minute in which replays were asked for
    ADD COLUMN replay_asked int NOT NULL DEFAULT 0;
UPDATE endpoint e SET disabled_at = e.changed_at WHERE e.state = 'disabled';
CREATE INDEX endpoint_failing ON endpoint (failing_since) WHERE failing_since IS NOT NULL;

-- Asked for again, a delivery starts the ladder anew; its attempts are numbered on.
ALTER TABLE delivery ADD COLUMN attempts_before int NOT NULL DEFAULT 0;
CREATE INDEX delivery_given_up ON delivery (organisation_id, id DESC) WHERE state IN ('dead', 'cancelled');

-- ---------------------------------------------------------------------------------------------------------------
-- The breaker

CREATE FUNCTION failure_is_away(failure_class text, failure_status int) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$
    SELECT failure_class IN ('dns', 'connect', 'tls', 'timeout', 'broken') OR coalesce(failure_status, 0) >= 500
$$;

-- For how long a breaker that trips for the n-th time (1 …) stays open, before jitter.
CREATE FUNCTION breaker_pause(trips int) RETURNS interval LANGUAGE sql IMMUTABLE
AS $$ SELECT least(interval '30 seconds' * power(2, least(trips, 20) - 1), interval '1 hour') $$;

CREATE OR REPLACE FUNCTION endpoint_failed(place uuid, failure_class text, failure_status int) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    trip_at CONSTANT int := 5;
    away boolean := failure_is_away(failure_class, failure_status);
    answers boolean := NOT away AND coalesce(failure_status, 0) > 0;
    now_is endpoint;
    trips boolean;
BEGIN
    SELECT * INTO now_is FROM endpoint e WHERE e.id = place FOR NO KEY UPDATE;
    -- While it is open, what ends had begun before: it says nothing new.
    trips := away AND (now_is.breaker = 'half_open' OR (now_is.breaker = 'closed' AND now_is.breaker_failures + 1 >= trip_at));
    UPDATE endpoint e SET
        failing_since = coalesce(e.failing_since, now()),
        failed_at = now(),
        failed_how = CASE WHEN coalesce(failure_status, 0) > 0 THEN 'http_' || failure_status ELSE failure_class END,
        breaker_failures = CASE WHEN away THEN e.breaker_failures + 1 WHEN answers THEN 0 ELSE e.breaker_failures END,
        breaker = CASE WHEN trips THEN 'open' WHEN answers THEN 'closed' ELSE e.breaker END,
        breaker_trips = CASE WHEN trips THEN e.breaker_trips + 1 WHEN answers THEN 0 ELSE e.breaker_trips END,
        breaker_until = CASE WHEN trips THEN now() + breaker_pause(e.breaker_trips + 1) * (0.8 + 0.4 * random())
                             WHEN answers THEN NULL ELSE e.breaker_until END
    WHERE e.id = place;
END $$;

CREATE OR REPLACE FUNCTION endpoint_succeeded(place uuid) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE endpoint e SET breaker = 'closed', breaker_until = NULL, breaker_failures = 0, breaker_trips = 0, failing_since = NULL,
        failed_at = NULL, failed_how = NULL, failing_told_at = NULL
    WHERE e.id = place AND (e.failing_since IS NOT NULL OR e.breaker <> 'closed');
END $$;

DO $$
DECLARE finish regprocedure := 'delivery_finish(uuid, uuid, text, text, bigint, bigint, text, int, int, text, text, bigint, text, text)';
BEGIN
    -- The endpoint before its mark, as a claim takes them. What we could not render is no fault of the receiver's.
    PERFORM function_reword(finish, '    UPDATE delivery_attempt a SET finished_at', $words$    IF outcome <> 'delivered' THEN
        PERFORM FROM endpoint e WHERE e.id = item.endpoint_id FOR NO KEY UPDATE;
    END IF;
    UPDATE delivery_attempt a SET finished_at$words$);
    PERFORM function_reword(finish, $words$    ELSE
        PERFORM endpoint_failed($words$, $words$    ELSIF attempt_bytes > 0 THEN
        PERFORM endpoint_failed($words$);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Who is told, and disabling

-- Kept whoever disables. Active again, it begins with a clean sheet: what it failed at before does not count against it.
CREATE FUNCTION endpoint_turned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NEW.state = 'disabled' THEN
        NEW.disabled_at := now();
    ELSIF NEW.state = 'active' THEN
        NEW.breaker := 'closed';
        NEW.breaker_until := NULL;
        NEW.breaker_failures := 0;
        NEW.breaker_trips := 0;
        NEW.failing_since := NULL;
        NEW.failed_at := NULL;
        NEW.failed_how := NULL;
        NEW.failing_told_at := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER endpoint_turned BEFORE UPDATE ON endpoint FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION endpoint_turned();

-- To those who run this system, where they have said how (job 'endpoint_mail', services/deliver/mail.c): ids and codes alone.
CREATE FUNCTION endpoint_mail(place endpoint, what text, why text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM job_enqueue('endpoint_mail', jsonb_build_object('what', what, 'endpoint_id', place.id,
        'organisation_id', place.organisation_id, 'reason', why, 'since', delivery_time(coalesce(place.failing_since, now()))));
END $$;

DO $$
BEGIN
    PERFORM function_reword('endpoint_disable(uuid, text)', '    PERFORM audit_append_for(place.organisation_id',
        E'    PERFORM endpoint_mail(place, ''disabled'', why);\n    PERFORM audit_append_for(place.organisation_id');
END $$;

CREATE FUNCTION endpoint_tell_failing(place endpoint) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE told uuid;
BEGIN
    UPDATE endpoint e SET failing_told_at = now() WHERE e.id = place.id;
    FOR told IN SELECT o.id FROM organisation o WHERE o.kind = 'team' OR o.id = place.organisation_id ORDER BY o.id LOOP
        PERFORM outbox_put('endpoint.failing', told, event_payload => jsonb_build_object(
            'endpoint_id', place.id, 'organisation_id', place.organisation_id, 'failing_since', delivery_time(place.failing_since),
            'reason', coalesce(place.failed_how, 'unknown')));
    END LOOP;
    PERFORM endpoint_mail(place, 'failing', coalesce(place.failed_how, 'unknown'));
END $$;

-- After each sweep, in a transaction of its own: of the endpoints that have failed since their last success one is
--   disabled: only failures for 5 days, and 12 hours at least between the first and the last;
--   told of, once: not closed again and failing for an hour, or failures over 12 hours, whatever they are.
-- 'disabled', 'failing', or NULL when there was none. One at a time: each writes to several organisations' chains.
CREATE FUNCTION endpoint_upkeep() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    for_long CONSTANT interval := '12 hours';
    place endpoint;
    is_over boolean;
BEGIN
    SELECT * INTO place FROM endpoint e
    WHERE e.failing_since IS NOT NULL AND e.state = 'active'
      AND ((e.failing_since <= now() - interval '5 days' AND e.failed_at >= e.failing_since + for_long)
           OR (e.failing_told_at IS NULL AND (e.failed_at >= e.failing_since + for_long
                                              OR (e.breaker <> 'closed' AND e.failing_since <= now() - interval '1 hour'))))
    ORDER BY e.failing_since LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    is_over := place.failing_since <= now() - interval '5 days' AND place.failed_at >= place.failing_since + for_long;
    IF is_over THEN
        PERFORM endpoint_disable(place.id, 'failing');
        RETURN 'disabled';
    END IF;
    PERFORM endpoint_tell_failing(place);
    RETURN 'failing';
END $$;

-- For the gauges, once a minute: how long the oldest waiting delivery of an endpoint in use has waited since its event, how many
-- endpoints fail, how many breakers are not closed, and how long anybody has held a snapshot of this database: while one is held
-- nothing that is over can be vacuumed away (C6).
CREATE FUNCTION delivery_gauges() RETURNS TABLE (oldest_seconds int, failing int, breakers int, snapshot_seconds int)
    LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET enable_seqscan = off
AS $$
DECLARE since uuid := fresh_since();
BEGIN
    RETURN QUERY
    SELECT (SELECT coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(first.created_at)))::int, 0)
            FROM endpoint e JOIN endpoint_mark m ON m.endpoint_id = e.id
            CROSS JOIN LATERAL (
                (SELECT d.created_at FROM delivery d WHERE d.endpoint_id = e.id AND d.fresh AND d.state = 'waiting'
                   AND d.xid >= m.fresh_from AND d.id >= since ORDER BY d.xid, d.id LIMIT 1)
                UNION ALL
                (SELECT min(d.created_at) FROM delivery d WHERE m.again AND d.endpoint_id = e.id AND NOT d.fresh
                   AND d.state = 'waiting')) AS first
            WHERE e.state = 'active'),
           (SELECT count(*)::int FROM endpoint e WHERE e.failing_since IS NOT NULL AND e.state = 'active'),
           (SELECT count(*)::int FROM endpoint e WHERE e.breaker <> 'closed' AND e.state = 'active'),
           (SELECT coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(held.since)))::int, 0)
            FROM (SELECT a.xact_start FROM pg_stat_activity a
                  WHERE a.datname = current_database() AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
                    AND a.backend_type NOT LIKE 'autovacuum%' AND a.pid <> pg_backend_pid()
                  UNION ALL SELECT p.prepared FROM pg_prepared_xacts p WHERE p.database = current_database()) AS held (since));
END $$;
GRANT EXECUTE ON FUNCTION endpoint_upkeep(), delivery_gauges() TO emnebank_deliver;

-- ---------------------------------------------------------------------------------------------------------------
-- The ladder anew

DO $$
DECLARE claim regprocedure := 'delivery_claim(int, int, int, interval)';
BEGIN
    PERFORM function_reword(claim, 'SELECT d.id, d.endpoint_id, d.organisation_id, d.attempts, b.kind',
        'SELECT d.id, d.endpoint_id, d.organisation_id, d.attempts - d.attempts_before AS rung, b.kind');
    PERFORM function_reword(claim, 'h.attempts >= attempt_cap', 'h.rung >= attempt_cap');
    PERFORM function_reword(claim, 'RETURNING d.id, d.organisation_id, d.lease_token, d.attempts' || E'\n',
        E'RETURNING d.id, d.organisation_id, d.lease_token, d.attempts, d.attempts - d.attempts_before AS rung\n');
    PERFORM function_reword(claim, 'coalesce(l.attempts, i.attempts)', 'coalesce(l.rung, i.rung)');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Sending again

CREATE FUNCTION event_is_timed(id uuid) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT substr(id::text, 15, 1) = '7' $$;

-- Events of this endpoint's organisation since then that it takes, and of which no delivery was ever made for it: it was disabled, or
-- did not take them yet. Oldest first. Those before the endpoint was are none of its.
CREATE FUNCTION endpoint_missed_events(place endpoint, since timestamptz, wanted_kinds text[], most int) RETURNS SETOF uuid LANGUAGE plpgsql STABLE
AS $$
DECLARE from_time timestamptz := greatest(since, place.created_at);
BEGIN
    RETURN QUERY
    SELECT seen.outbox_id
    FROM (SELECT c.outbox_id, c.kind, c.xid, c.id FROM change c
          WHERE c.organisation_id = place.organisation_id AND c.outbox_id >= event_floor(from_time) AND event_is_timed(c.outbox_id)
            AND c.created_at >= from_time
          UNION ALL
          SELECT c.outbox_id, c.kind, c.xid, c.id FROM change_default c
          WHERE c.organisation_id = place.organisation_id AND NOT event_is_timed(c.outbox_id) AND c.created_at >= from_time) AS seen
    WHERE seen.kind = ANY (place.kinds) AND (wanted_kinds IS NULL OR seen.kind = ANY (wanted_kinds))
      AND NOT EXISTS (SELECT FROM delivery d WHERE d.outbox_id = seen.outbox_id AND d.endpoint_id = place.id)
    ORDER BY seen.xid, seen.id
    LIMIT most;
END $$;

-- How often one may ask: thirty units a minute for each endpoint; one delivery is one of them, many together are ten.
CREATE FUNCTION endpoint_replay_ask(place endpoint, units int) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE same boolean := coalesce(place.replay_window > now() - interval '1 minute', false);
BEGIN
    IF place.state <> 'active' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Modtageradressen er ikke slået til; slå den til først.');
    END IF;
    IF same AND place.replay_asked + units > 30 THEN
        PERFORM raise_problem('EB429', 'quota-exceeded', 'Der er bedt om gensendelse for ofte; prøv igen om et minut.');
    END IF;
    UPDATE endpoint e SET replay_window = CASE WHEN same THEN e.replay_window ELSE now() END,
        replay_asked = CASE WHEN same THEN e.replay_asked ELSE 0 END + units
    WHERE e.id = place.id;
END $$;

-- What is sent again is spread, two a second, so that a receiver that has just come back is not run over: `again` are waiting from
-- now on, each in its turn after what was asked for before. Returns when the last is due.
CREATE FUNCTION deliveries_again(place endpoint, again uuid[]) RETURNS timestamptz LANGUAGE plpgsql
AS $$
DECLARE
    gap CONSTANT interval := '500 milliseconds';
    first_at timestamptz := greatest(now(), place.replay_until);
    last_at timestamptz := first_at + gap * greatest(0, cardinality(again) - 1);
BEGIN
    IF again = '{}' THEN
        RETURN NULL;
    END IF;
    UPDATE delivery d SET state = 'waiting', fresh = false, reason = 'replayed', attempts_before = d.attempts, finished_at = NULL,
        lease_until = NULL, lease_token = NULL, next_at = first_at + gap * (t.number - 1)
    FROM unnest(again) WITH ORDINALITY AS t (id, number)
    WHERE d.id = t.id AND d.endpoint_id = place.id AND d.state IN ('dead', 'cancelled', 'waiting');
    UPDATE endpoint e SET replay_until = last_at + gap WHERE e.id = place.id;
    PERFORM endpoint_again(place.id);
    PERFORM pg_notify('emnebank_delivery', '');
    RETURN last_at;
END $$;

-- A delivery of an event that is there already, with an id of the event's own day.
CREATE FUNCTION delivery_make(place endpoint, events uuid[]) RETURNS uuid[] LANGUAGE plpgsql
AS $$
DECLARE made uuid[];
BEGIN
    WITH new AS (
        INSERT INTO delivery (id, outbox_id, endpoint_id, organisation_id, kind, version, line, fresh)
        SELECT CASE WHEN event_is_timed(x.id) THEN event_id(x.created_at) ELSE gen_random_uuid() END, x.id, place.id,
               place.organisation_id, x.kind, x.version, CASE WHEN place.fifo THEN x.order_id END, false
        FROM outbox x WHERE x.id = ANY (events)
        RETURNING id, version
    )
    SELECT coalesce(array_agg(n.id ORDER BY n.version), '{}') INTO made FROM new n;
    RETURN made;
END $$;

-- Asks for what was given up ('dead', 'cancelled') or missed ('missed') since then to be sent again. Consent is asked at each claim as
-- always. At most 5,000 at a time; `more` says that there may be more.
CREATE FUNCTION endpoint_replay(wanted uuid, since timestamptz, wanted_kinds text[], wanted_states text[]) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    most CONSTANT int := 5000;
    place endpoint := endpoint_own(wanted, 0, true);
    again uuid[];
    made uuid[] := '{}';
    last_at timestamptz;
    answer api_reply;
BEGIN
    PERFORM endpoint_replay_ask(place, 10);
    again := ARRAY(
        SELECT d.id FROM delivery d
        WHERE d.organisation_id = place.organisation_id AND d.endpoint_id = place.id AND d.state IN ('dead', 'cancelled')
          AND d.state = ANY (wanted_states) AND d.created_at >= since AND d.kind <> 'endpoint.verify'
          AND (wanted_kinds IS NULL OR d.kind = ANY (wanted_kinds))
        ORDER BY d.version LIMIT most FOR UPDATE);
    IF 'missed' = ANY (wanted_states) AND cardinality(again) < most THEN
        made := delivery_make(place, ARRAY(SELECT * FROM endpoint_missed_events(place, since, wanted_kinds, most - cardinality(again))));
    END IF;
    answer.body := jsonb_build_object('more', cardinality(again) + cardinality(made) >= most)::text;
    last_at := deliveries_again(place, ARRAY(SELECT d.id FROM delivery d WHERE d.id = ANY (again || made) ORDER BY d.version));
    PERFORM audit_append('endpoint.replayed', 'endpoint', place.id::text, '{}', jsonb_build_object('since', delivery_time(since),
        'kinds', to_jsonb(wanted_kinds), 'states', to_jsonb(wanted_states), 'again', cardinality(again), 'made', cardinality(made)));
    answer.status := 202;
    answer.body := (answer.body::jsonb || jsonb_build_object('again', cardinality(again), 'made', cardinality(made),
        'last_at', delivery_time(last_at)))::text;
    answer.location := '/v1/deliveries';
    answer.replayed := false;
    RETURN answer;
END $$;

CREATE FUNCTION delivery_replay(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    item delivery;
    place endpoint;
    answer api_reply;
BEGIN
    SELECT * INTO item FROM delivery d WHERE d.id = wanted AND d.organisation_id = app_tenant();
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM delivery_past d WHERE d.id = wanted AND d.organisation_id = app_tenant()) THEN
            PERFORM raise_problem('EB409', 'state-conflict', 'Hændelsen er for gammel til at blive sendt igen; hent oplysningerne over API''et.');
        END IF;
        PERFORM raise_problem('EB404', 'not-found', 'Leveringen findes ikke.');
    END IF;
    -- What is under way is not waited for: its end takes the two in the other order.
    IF item.state IN ('dead', 'cancelled') THEN
        place := endpoint_own(item.endpoint_id, 0, true);
        SELECT * INTO STRICT item FROM delivery d WHERE d.id = wanted FOR UPDATE;
    END IF;
    IF item.state NOT IN ('dead', 'cancelled') OR item.kind = 'endpoint.verify' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kun en levering, der er opgivet eller annulleret, kan sendes igen.');
    END IF;
    PERFORM endpoint_replay_ask(place, 1);
    PERFORM deliveries_again(place, ARRAY[item.id]);
    SELECT * INTO STRICT item FROM delivery d WHERE d.id = wanted;
    PERFORM audit_append('delivery.replayed', 'delivery', item.id::text, '{}',
        jsonb_build_object('endpoint_id', place.id, 'kind', item.kind));
    answer.status := 202;
    answer.body := delivery_document(item)::text;
    answer.location := '/v1/deliveries/' || item.id;
    answer.replayed := false;
    RETURN answer;
END $$;

-- What an endpoint has missed that is disabled and about to be active again, as a member of the answer: for its owner to ask for.
CREATE FUNCTION endpoint_missed(place endpoint) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE
    most CONSTANT int := 5000;   -- counted so far and no further
    since timestamptz := coalesce(place.disabled_at, place.created_at);
BEGIN
    IF place.state <> 'disabled' THEN
        RETURN '{}';
    END IF;
    RETURN jsonb_build_object('missed', jsonb_build_object('since', delivery_time(since),
        'count', (SELECT count(*) FROM endpoint_missed_events(place, since, NULL, most)),
        'dead', (SELECT count(*) FROM (SELECT FROM delivery d WHERE d.organisation_id = place.organisation_id
                   AND d.endpoint_id = place.id AND d.state = 'dead' AND d.kind <> 'endpoint.verify' LIMIT most) AS given_up)));
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- What is shown

-- Of a line (one event of an order after another) the head that has failed holds up those behind it.
CREATE FUNCTION delivery_blocked_by(item delivery) RETURNS uuid LANGUAGE sql STABLE
AS $$
    SELECT p.id FROM delivery p
    WHERE item.line IS NOT NULL AND item.state = 'waiting' AND p.endpoint_id = item.endpoint_id AND p.line = item.line
      AND p.state IN ('waiting', 'leased') AND p.version < item.version
    ORDER BY p.version LIMIT 1
$$;

-- Lines whose first event has been tried and has not come through, while others wait behind it.
CREATE FUNCTION endpoint_lines_blocked(place endpoint) RETURNS bigint LANGUAGE sql STABLE
AS $$
    SELECT count(*) FROM (SELECT FROM delivery d
                          WHERE place.fifo AND d.endpoint_id = place.id AND d.line IS NOT NULL AND d.state IN ('waiting', 'leased')
                          GROUP BY d.line
                          HAVING count(*) > 1 AND (array_agg(d.attempts > 0 AND d.state = 'waiting' ORDER BY d.version))[1]) AS line
$$;

CREATE FUNCTION endpoint_health(place endpoint) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('breaker', jsonb_build_object('state', place.breaker, 'until', delivery_time(place.breaker_until),
            'trips', place.breaker_trips),
        'failing_since', delivery_time(place.failing_since), 'failing_how', place.failed_how,
        'lines_blocked', endpoint_lines_blocked(place))
$$;

DO $$
BEGIN
    PERFORM function_reword('endpoint_document(endpoint)', '|| endpoint_signing(place)', '|| endpoint_signing(place) || endpoint_health(place)');
    PERFORM function_reword('delivery_document(delivery)', '''finished_at'', delivery_time(item.finished_at))',
        '''finished_at'', delivery_time(item.finished_at), ''blocked_by'', delivery_blocked_by(item))');
END $$;

CREATE FUNCTION delivery_past_document(item delivery_past) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', item.id, 'webhook_id', 'msg_' || item.id, 'endpoint_id', item.endpoint_id,
        'event_id', item.outbox_id, 'kind', item.kind, 'order_id', item.order_id, 'shortlist_id', item.shortlist_id,
        'entry_id', item.entry_id, 'release_id', item.release_id, 'state', item.state, 'reason', item.reason,
        'attempts', item.attempts, 'next_at', NULL, 'created_at', delivery_time(item.created_at),
        'finished_at', delivery_time(item.finished_at), 'blocked_by', NULL)
$$;

CREATE OR REPLACE FUNCTION delivery_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    item delivery;
    old_item delivery_past;
    answer api_reply;
BEGIN
    SELECT * INTO item FROM delivery d WHERE d.id = wanted AND d.organisation_id = app_tenant();
    IF FOUND THEN
        answer.body := (delivery_document(item) || jsonb_build_object('attempt_log', (
            SELECT coalesce(jsonb_agg(attempt_document(a) ORDER BY a.number), '[]')
            FROM delivery_attempt a WHERE a.delivery_id = item.id)))::text;
    ELSE
        SELECT * INTO old_item FROM delivery_past d WHERE d.id = wanted AND d.organisation_id = app_tenant();
        IF NOT FOUND THEN
            PERFORM raise_problem('EB404', 'not-found', 'Leveringen findes ikke.');
        END IF;
        answer.body := (delivery_past_document(old_item) || jsonb_build_object('attempt_log', old_item.attempt_log))::text;
    END IF;
    answer.status := 200;
    RETURN answer;
END $$;

-- Ids of before 0029 are chance: for the order of a list they are given the time of their row.
CREATE FUNCTION delivery_place(id uuid, created_at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN event_is_timed(id) THEN id
           ELSE encode(overlay(uuid_send(id) PLACING substring(uuid_send(event_floor(created_at)) FROM 1 FOR 6) FROM 1 FOR 6), 'hex')::uuid END
$$;

-- The caller's deliveries, newest first, from `after` on (NULL: the newest): those there are and what is remembered of those that were.
-- Each with its place in the list.
CREATE FUNCTION delivery_list(wanted_state text, wanted_kind text, wanted_endpoint uuid, since timestamptz, after uuid, most int)
    RETURNS TABLE (document text, place uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    top uuid := least(coalesce(after, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), event_floor(now() + interval '1 day'));
    bottom uuid := event_floor(greatest(since, timestamptz 'epoch'));
    -- The states in words of their own, so that the index of what was given up can be seen to hold them.
    states text := CASE wanted_state WHEN 'dead' THEN 'd.state = ''dead''' WHEN 'cancelled' THEN 'd.state = ''cancelled'''
                        ELSE '($1 IS NULL OR d.state = $1)' END;
    filters text := format('d.organisation_id = app_tenant() AND %s AND ($2 IS NULL OR d.kind = $2) AND ($3 IS NULL OR d.endpoint_id = $3)'
                           ' AND ($4 IS NULL OR d.created_at >= $4)', states);
    timed text := ' AND d.id < $5 AND d.id >= $6 AND event_is_timed(d.id) ORDER BY d.id DESC LIMIT $7';
    chance text := ' AND NOT event_is_timed(d.id) AND delivery_place(d.id, d.created_at) < $5 ORDER BY delivery_place(d.id, d.created_at) DESC LIMIT $7';
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT coalesce(now_item.document, past_item.document)::text, l.place
        FROM (SELECT * FROM ((SELECT d.id, d.id AS place, true AS present FROM delivery d WHERE %1$s %2$s)
              UNION ALL (SELECT d.id, delivery_place(d.id, d.created_at), true FROM delivery_default d WHERE %1$s %3$s)
              UNION ALL (SELECT d.id, d.id, false FROM delivery_past d WHERE %1$s %2$s)
              UNION ALL (SELECT d.id, delivery_place(d.id, d.created_at), false FROM delivery_past_default d WHERE %1$s %3$s)) AS every
              ORDER BY every.place DESC LIMIT $7) AS l
        LEFT JOIN LATERAL (SELECT delivery_document(d) AS document FROM delivery d WHERE l.present AND d.id = l.id) AS now_item ON true
        LEFT JOIN LATERAL (SELECT delivery_past_document(d) AS document FROM delivery_past d WHERE NOT l.present AND d.id = l.id) AS past_item ON true
        ORDER BY l.place DESC$query$, filters, timed, chance)
    USING wanted_state, wanted_kind, wanted_endpoint, since, top, bottom, most;
END $$;

GRANT EXECUTE ON FUNCTION delivery_list(text, text, uuid, timestamptz, uuid, int), delivery_past_document(delivery_past),
    delivery_blocked_by(delivery), endpoint_lines_blocked(endpoint), endpoint_health(endpoint),
    endpoint_replay(uuid, timestamptz, text[], text[]), delivery_replay(uuid) TO emnebank_front;

RESET ROLE;

-- delivery_gauges sees since when other roles' transactions run. Where whoever migrates may not grant that, the gauge stays 0.
DO $$
BEGIN
    GRANT pg_read_all_stats TO emnebank_owner;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'emnebank_owner is not granted pg_read_all_stats: the age of the oldest snapshot is not measured';
END $$;
