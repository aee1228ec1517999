-- The world of the stress (stress.c) and the journals by which it is judged: each is written in the transaction of what it tells of, so
-- that it says what was committed and nothing else. Run as superuser after tests/life/town.sql and races.sql.
SET search_path TO emnebank, public;

-- What is made belongs to the day that the test has come to: `back` days ago. Days that are over can leave while the test runs.
CREATE TABLE life.calendar AS SELECT 3 AS back;
CREATE FUNCTION life.now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
AS $$ SELECT now() - make_interval(days => (SELECT c.back FROM life.calendar c)) $$;
CREATE FUNCTION life.today() RETURNS date LANGUAGE sql STABLE AS $$ SELECT (life.now() AT TIME ZONE 'UTC')::date $$;
ALTER TABLE outbox ALTER id SET DEFAULT event_id(life.now()), ALTER created_at SET DEFAULT life.now();
ALTER TABLE delivery ALTER id SET DEFAULT event_id(life.now()), ALTER created_at SET DEFAULT life.now();
ALTER TABLE change ALTER created_at SET DEFAULT life.now();
SELECT outbox_days(life.today(), 0, 100);

-- The endpoints of the employers that get CVs, and one of each home and of the team; every other one takes its events in a line.
UPDATE endpoint SET proven_at = now(), approved_at = now();
INSERT INTO endpoint (organisation_id, state, url, kinds, fifo, proven_at, approved_at)
SELECT o.id, 'active', 'https://modtager.example/krog', '{entry.changed,order.changed,shortlist.proposed}',
       row_number() OVER (ORDER BY o.id) % 2 = 0, now(), now()
FROM organisation o WHERE o.kind <> 'employer';

-- ---- journals ----

CREATE TABLE life.told (organisation_id uuid, outbox_id uuid, xid xid8, id bigint);
CREATE INDEX ON life.told (outbox_id);
CREATE TABLE life.made (id uuid PRIMARY KEY, outbox_id uuid, endpoint_id uuid, kind text, UNIQUE (outbox_id, endpoint_id));
CREATE FUNCTION life.tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$ BEGIN INSERT INTO life.told VALUES (NEW.organisation_id, NEW.outbox_id, NEW.xid, NEW.id); RETURN NULL; END $$;
CREATE FUNCTION life.make() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$ BEGIN INSERT INTO life.made VALUES (NEW.id, NEW.outbox_id, NEW.endpoint_id, NEW.kind); RETURN NULL; END $$;
INSERT INTO life.told SELECT organisation_id, outbox_id, xid, id FROM change;
INSERT INTO life.made SELECT id, outbox_id, endpoint_id, kind FROM delivery;
CREATE TRIGGER life_told AFTER INSERT ON change FOR EACH ROW EXECUTE FUNCTION life.tell();
CREATE TRIGGER life_made AFTER INSERT ON delivery FOR EACH ROW EXECUTE FUNCTION life.make();

-- begun: before anything was looked at; at: before the commit. ends_at: until when it has it.
CREATE TABLE life.claimed (delivery_id uuid, token uuid, attempt int, kind text, endpoint_id uuid, begun timestamptz, at timestamptz,
                           ends_at timestamptz, verdict text);
CREATE INDEX ON life.claimed (delivery_id);
CREATE UNIQUE INDEX ON life.claimed (token);
CREATE INDEX ON life.claimed (at);
CREATE INDEX ON life.claimed (endpoint_id, at);
CREATE TABLE life.ended (delivery_id uuid, token uuid PRIMARY KEY, outcome text, at timestamptz);
-- From after the commit of what shut it to before the opening: nothing may be claimed that begins and ends in between.
CREATE TABLE life.shut (what text, id uuid, since timestamptz, until timestamptz);
CREATE TABLE life.reader (organisation_id uuid PRIMARY KEY, place text NOT NULL DEFAULT '');
INSERT INTO life.reader SELECT o.id FROM organisation o WHERE o.kind <> 'employer';
INSERT INTO life.reader SELECT life.organisation('e' || lpad(n::text, 4, '0')) FROM generate_series(1, 6) AS n;
CREATE TABLE life.pulled (organisation_id uuid, outbox_id uuid);
CREATE TABLE life.expired (organisation_id uuid, xid xid8, id bigint);  -- where somebody had to begin anew
CREATE TABLE life.happened (what text PRIMARY KEY, times bigint NOT NULL);
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA life TO emnebank_front, emnebank_deliver;

CREATE FUNCTION life.note(what text) RETURNS void LANGUAGE sql SECURITY DEFINER
AS $$ INSERT INTO life.happened VALUES ($1, 1) ON CONFLICT (what) DO UPDATE SET times = happened.times + 1 $$;

-- ---- acts; each is run as the role that does it in the daemon ----

CREATE FUNCTION life.claim(most int, lease interval) RETURNS bigint LANGUAGE sql
AS $$
    WITH c AS MATERIALIZED (SELECT * FROM delivery_claim(most, 3, 10, lease) WHERE verdict <> 'stopped'), noted AS (
        INSERT INTO life.claimed
        SELECT c.delivery_id, c.token, c.attempt, c.kind, c.endpoint_id, now(), clock_timestamp(), now() + lease, c.verdict FROM c)
    SELECT count(*) FROM c
$$;

-- What is still under way, and now and then what is not any more: that is to be refused. A token is one sender's: what is ended
-- together is of one in so many (NULL: any, as a sender that asks again does not know whether it was heard).
CREATE FUNCTION life.under_way(most int, stale boolean, sender int, senders int) RETURNS SETOF life.claimed LANGUAGE sql VOLATILE
AS $$
    SELECT c.* FROM (SELECT * FROM life.claimed ORDER BY at DESC LIMIT 400) AS c
    WHERE c.token IS NOT NULL AND (sender IS NULL OR abs(hashtext(c.token::text)) % senders = sender) AND (stale OR NOT EXISTS (SELECT FROM life.ended e WHERE e.token = c.token))
    ORDER BY random() LIMIT most
$$;
CREATE FUNCTION life.finish(outcome text, class text, status int, stale boolean) RETURNS bigint LANGUAGE sql
AS $$
    WITH f AS MATERIALIZED (
        SELECT u.delivery_id, u.token, delivery_finish(u.delivery_id, u.token, outcome, CASE WHEN outcome <> 'delivered' THEN 'stress' END, 0, 0,
            class, status, 2, '', repeat('0', 64)) AS ok
        FROM life.under_way(1, stale, NULL, NULL) AS u), noted AS (
        INSERT INTO life.ended SELECT f.delivery_id, f.token, outcome, clock_timestamp() FROM f WHERE f.ok)
    SELECT count(*) FROM f WHERE NOT f.ok
$$;
CREATE FUNCTION life.finish_together(most int, stale boolean, sender int, senders int) RETURNS bigint LANGUAGE sql
AS $$
    WITH u AS MATERIALIZED (
        SELECT array_agg(t.delivery_id) AS ids, array_agg(t.token) AS tokens, count(*)::int AS n FROM life.under_way(most, stale, sender, senders) AS t
    ), f AS MATERIALIZED (
        SELECT u.ids, u.tokens, delivery_finish_delivered(u.ids, u.tokens, array_fill('ok'::text, ARRAY[n]), array_fill(200, ARRAY[n]),
            array_fill(2, ARRAY[n]), array_fill(''::text, ARRAY[n]), array_fill(1::bigint, ARRAY[n]), array_fill(''::text, ARRAY[n])) AS ok
        FROM u WHERE u.n > 0
    ), each AS MATERIALIZED (SELECT t.* FROM f, unnest(f.ids, f.tokens, f.ok) AS t (id, token, ok)), noted AS (
        INSERT INTO life.ended SELECT e.id, e.token, 'delivered', clock_timestamp() FROM each e WHERE e.ok)
    SELECT count(*) FROM each WHERE NOT ok
$$;

-- Who begins, or has to begin anew, begins above what has been dropped by then.
CREATE FUNCTION life.begins() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, public
AS $$
    INSERT INTO life.expired SELECT f.organisation_id, f.xid, f.id FROM change_floor f WHERE f.organisation_id = app_tenant()
$$;
-- A page, noted with the place that it leads to; then its CVs, as the daemon does when they are rendered.
CREATE FUNCTION life.pull() RETURNS uuid[] LANGUAGE plpgsql
AS $$
DECLARE
    item record;
    cvs uuid[] := '{}';
    anew boolean := (SELECT r.place = '' FROM life.reader r WHERE r.organisation_id = app_tenant());
BEGIN
    FOR item IN SELECT p.* FROM life.reader r, events_page(r.place, 7) p WHERE r.organisation_id = app_tenant() LOOP
        IF item.event_id IS NULL THEN
            UPDATE life.reader r SET place = item.place WHERE r.organisation_id = app_tenant();
            CONTINUE;
        END IF;
        INSERT INTO life.pulled VALUES (app_tenant(), item.event_id);
        IF item.wrapped_key IS NOT NULL OR item.kind = 'cv.recalled' THEN
            cvs := cvs || item.event_id;
        END IF;
    END LOOP;
    IF anew THEN
        PERFORM life.begins();
    END IF;
    RETURN cvs;
END $$;
CREATE FUNCTION life.pull_anew(tenant uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, public
AS $$
    UPDATE life.reader r SET place = '' WHERE r.organisation_id = tenant;
$$;

-- An order's event for a home and the team; the transactions of producers overlap, and end in another order than they began.
CREATE FUNCTION life.produce(n int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, public
AS $$
BEGIN
    PERFORM outbox_put((ARRAY['order.changed', 'entry.changed'])[1 + n % 2], o.id, j.id, event_payload => jsonb_build_object('n', n))
    FROM (SELECT id FROM job_order ORDER BY id OFFSET n % 5 LIMIT 1) AS j, organisation o
    WHERE o.kind = 'team' OR o.municipality_code IN (SELECT m.code FROM municipality m ORDER BY m.code OFFSET n % 8 LIMIT 2) ORDER BY o.id;
END $$;
CREATE FUNCTION life.some_endpoint(owners text[]) RETURNS TABLE (endpoint uuid, organisation uuid, cvr text) LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = emnebank, public
AS $$
    SELECT e.id, e.organisation_id, endpoint_owner_cvr(e) FROM endpoint e JOIN organisation o ON o.id = e.organisation_id
    WHERE e.organisation_id IN (SELECT r.organisation_id FROM life.reader r) AND o.kind = ANY (owners) ORDER BY random() LIMIT 1
$$;
CREATE FUNCTION life.some_given_up(place uuid) RETURNS uuid LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = emnebank, public
AS $$
    SELECT d.id FROM delivery d WHERE d.endpoint_id = place AND d.state IN ('dead', 'cancelled') AND d.kind <> 'endpoint.verify'
    ORDER BY random() LIMIT 1
$$;

-- ---- between rounds, when nobody acts: what only time would do ----

CREATE FUNCTION life.hurry() RETURNS void LANGUAGE sql SET search_path = emnebank, public
AS $$
    UPDATE delivery SET next_at = now() WHERE state = 'waiting' AND next_at > now();
    UPDATE delivery SET lease_until = now() WHERE state = 'leased' AND lease_until > now() AND abs(hashtext(id::text)) % 3 = 0;
    UPDATE life.claimed c SET ends_at = now() FROM delivery d
    WHERE d.lease_token = c.token AND d.lease_until = now();
    UPDATE endpoint SET breaker_until = CASE WHEN breaker = 'open' THEN now() END, held_until = NULL, replay_asked = 0, replay_until = NULL
    WHERE breaker <> 'closed' OR held_until IS NOT NULL OR replay_asked > 0;
    UPDATE event_put_off SET next_at = now();
    UPDATE change SET created_at = created_at - interval '8 days' WHERE again AND created_at > now() - interval '8 days';
$$;
CREATE FUNCTION life.open_everything() RETURNS void LANGUAGE sql SET search_path = emnebank, public
AS $$
    UPDATE endpoint SET state = 'active', disabled_reason = NULL, proven_at = now(), approved_at = now() WHERE state <> 'active';
    UPDATE life.shut SET until = clock_timestamp() WHERE until IS NULL;
$$;
CREATE FUNCTION life.open_deliveries() RETURNS bigint LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$ SELECT count(*) FROM delivery WHERE state IN ('waiting', 'leased') $$;

-- One by one, as hour after hour would; how many.
CREATE FUNCTION life.leave_days() RETURNS bigint LANGUAGE sql SET search_path = emnebank, public
AS $$ SELECT sum((outbox_days((now() AT TIME ZONE 'UTC')::date, 1, 0, 13)).dropped) FROM generate_series(1, 5) $$;

-- ---- what must be true at the end: a rule, and what breaks it ----

CREATE VIEW life.every_delivery AS
    SELECT id, outbox_id, endpoint_id, kind, state, attempts FROM delivery
    UNION ALL SELECT id, outbox_id, endpoint_id, kind, state, attempts FROM delivery_past;

CREATE FUNCTION life.stress_faults(lease interval) RETURNS TABLE (rule text, detail text) LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    SELECT 'nothing is lost', m.id::text FROM life.made m WHERE NOT EXISTS (SELECT FROM life.every_delivery d WHERE d.id = m.id)
    UNION ALL
    SELECT 'no id twice', d.id::text FROM life.every_delivery d GROUP BY d.id HAVING count(*) > 1
    UNION ALL
    SELECT 'an event has one webhook-id for each endpoint', d.outbox_id || ' ' || d.endpoint_id FROM life.every_delivery d
    GROUP BY d.outbox_id, d.endpoint_id HAVING count(*) > 1
    UNION ALL
    SELECT 'nothing that nobody made', d.id::text FROM life.every_delivery d WHERE NOT EXISTS (SELECT FROM life.made m WHERE m.id = d.id)
    UNION ALL
    SELECT 'no open delivery in a dropped day', d.id || ' ' || d.state FROM delivery_past d WHERE d.state IN ('waiting', 'leased')
    UNION ALL
    SELECT 'all is over', d.id || ' ' || d.state FROM delivery d WHERE d.state IN ('waiting', 'leased')
    UNION ALL
    SELECT 'delivered is what a sender said, once', d.id || ' ' || d.state || ' ' || count(e.token) FROM life.every_delivery d
    LEFT JOIN life.ended e ON e.delivery_id = d.id AND e.outcome = 'delivered'
    GROUP BY d.id, d.state HAVING count(e.token) <> CASE WHEN d.state = 'delivered' THEN 1 ELSE 0 END
    UNION ALL
    SELECT 'no delivery in two leases', a.delivery_id || ' at ' || b.at
    FROM (SELECT c.*, lead(c.token) OVER w AS next_token FROM life.claimed c WHERE c.verdict = 'send'
          WINDOW w AS (PARTITION BY c.delivery_id ORDER BY c.at)) AS a
    JOIN life.claimed b ON b.token = a.next_token LEFT JOIN life.ended e ON e.token = a.token
    WHERE b.at < coalesce(e.at, a.ends_at)
    UNION ALL
    SELECT 'what has ended well is not claimed again', c.delivery_id::text FROM life.claimed c JOIN life.ended e
    ON e.delivery_id = c.delivery_id AND e.outcome = 'delivered' WHERE c.at > e.at
    UNION ALL
    SELECT 'three under way to one endpoint, no more', b.endpoint_id || ' at ' || b.at FROM life.claimed b
    WHERE b.verdict = 'send' AND (SELECT count(*) FROM life.claimed a LEFT JOIN life.ended e ON e.token = a.token
           WHERE a.endpoint_id = b.endpoint_id AND a.verdict = 'send' AND a.at <= b.at AND a.ends_at > b.at
             AND coalesce(e.at, 'infinity') > b.at) > 3
    UNION ALL
    SELECT 'ten attempts from the foot of the ladder', c.delivery_id || ' ' || c.attempt FROM life.claimed c WHERE c.attempt > 10
    UNION ALL
    SELECT 'ten attempts unless it was asked for again', d.id || ' ' || d.attempts FROM delivery d
    WHERE d.attempts - d.attempts_before > 10 OR d.attempts > 10 AND d.attempts_before = 0
    UNION ALL
    SELECT 'attempts and their log agree', d.id || ' ' || d.attempts FROM delivery d
    WHERE d.attempts <> (SELECT count(*) FROM delivery_attempt a WHERE a.delivery_id = d.id AND a.finished_at IS NOT NULL)
    UNION ALL
    SELECT 'a CV that was taken back is not claimed after that', c.delivery_id || ' at ' || c.begun
    FROM life.shut s JOIN release r ON r.entry_id = s.id JOIN release_event v ON v.release_id = r.id AND v.kind = 'cv.released'
    JOIN life.made m ON m.outbox_id = v.outbox_id JOIN life.claimed c ON c.delivery_id = m.id AND c.verdict = 'send'
    WHERE s.what = 'entry' AND c.begun > s.since
    UNION ALL
    SELECT 'nothing is claimed while pushes are stopped', c.kind || ' at ' || c.begun FROM life.shut s
    JOIN life.claimed c ON c.begun > s.since AND c.at < s.until
    WHERE s.what = 'push' AND c.kind <> 'cv.recalled' AND c.verdict = 'send'
    UNION ALL
    SELECT 'nothing is claimed for an endpoint that is disabled', c.delivery_id || ' at ' || c.begun FROM life.shut s
    JOIN life.claimed c ON c.endpoint_id = s.id AND c.begun > s.since AND c.at < s.until
    WHERE s.what = 'endpoint' AND c.kind <> 'endpoint.verify' AND c.verdict = 'send'
    UNION ALL
    SELECT 'who had a CV is asked for it', r.id::text FROM release r JOIN release_event v ON v.release_id = r.id AND v.kind = 'cv.released'
    JOIN life.made m ON m.outbox_id = v.outbox_id JOIN life.ended e ON e.delivery_id = m.id AND e.outcome = 'delivered'
    WHERE r.revoked_at IS NOT NULL AND NOT EXISTS (SELECT FROM release_event w JOIN life.made x ON x.outbox_id = w.outbox_id
        WHERE w.release_id = r.id AND w.kind = 'cv.recalled' AND x.endpoint_id = m.endpoint_id)
    UNION ALL
    SELECT 'a cursor skips nothing', concat_ws(' ', t.outbox_id, t.xid, t.id, 'of', t.organisation_id, 'which is at', r.place, 'and is told of',
        (SELECT concat_ws(':', f.xid, f.id) FROM change_floor f WHERE f.organisation_id = t.organisation_id)) FROM life.told t JOIN life.reader r USING (organisation_id)
    WHERE NOT EXISTS (SELECT FROM life.pulled p WHERE p.organisation_id = t.organisation_id AND p.outbox_id = t.outbox_id)
      AND NOT EXISTS (SELECT FROM life.expired x WHERE x.organisation_id = t.organisation_id AND (x.xid, x.id) >= (t.xid, t.id))
    UNION ALL
    SELECT 'the feed is told once of what it has', p.organisation_id || ' ' || p.outbox_id FROM life.pulled p
    WHERE NOT EXISTS (SELECT FROM life.expired x WHERE x.organisation_id = p.organisation_id)
    GROUP BY p.organisation_id, p.outbox_id HAVING count(*) > (SELECT count(*) FROM life.told t WHERE t.outbox_id = p.outbox_id
        AND t.organisation_id = p.organisation_id)
    UNION ALL
    SELECT 'it happened: ' || n.what, 'never' FROM unnest(ARRAY['a day left', 'a day was opened', 'refused by its token', 'a lease ran out',
        'sent again', 'pushes stopped', 'endpoint disabled', 'taken back', 'a CV was claimed', 'a CV was recalled',
        'a day that nobody had made']) AS n (what)
    WHERE NOT EXISTS (SELECT FROM life.happened h WHERE h.what = n.what)
$$;

-- What is seen in the tables alone, for the last rule.
CREATE FUNCTION life.look_back() RETURNS void LANGUAGE sql SET search_path = emnebank, public
AS $$
    SELECT life.note('a lease ran out') FROM delivery_attempt a WHERE a.class = 'lost' LIMIT 1;
    SELECT life.note('a lease ran out') FROM delivery_past d WHERE d.attempt_log::text LIKE '%"lost"%' LIMIT 1;
    SELECT life.note('a CV was claimed') FROM life.claimed c WHERE c.kind = 'cv.released' LIMIT 1;
    SELECT life.note('a CV was recalled') FROM life.claimed c WHERE c.kind = 'cv.recalled' LIMIT 1;
$$;
