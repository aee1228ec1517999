-- The outbox by days, and a sender's claim that no dead row slows (services/deliver): what follows a promise of delivery for years.
--
-- Events, deliveries, attempts and the feed are partitioned by the UTC day of their event, which stands in its id (UUIDv7, RFC 9562).
-- Nothing is deleted row by row: a day in which nothing is open any more leaves by DROP, and what is to be kept of it longer goes to
-- delivery_past and release_reached first.
--
-- What a claim looks at is found without walking over rows that are done, even while somebody holds an old snapshot and nothing can
-- be vacuumed: fresh deliveries stand in the order of their transactions and each endpoint has a mark below which none is left
-- (fresh_from); whether an endpoint has any to be tried again is written down (again); leases that ran out are looked for by
-- delivery_sweep, every few seconds and not at each claim.
--
-- Lock order as in 0001 and 0010: endpoint, delivery, release, consent, candidate, outbox, audit_head; endpoint_mark after endpoint.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Ids that hold their time

-- UUIDv7: 48 bits of milliseconds, then chance. What one transaction makes has one time, so an event, its deliveries and its line in
-- the feed are of the same day.
CREATE FUNCTION event_id(at timestamptz DEFAULT now()) RETURNS uuid LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
END $$;

-- The least id of a moment: whatever was made before is below it.
CREATE FUNCTION event_floor(at timestamptz) RETURNS uuid LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
END $$;

CREATE FUNCTION event_day(day date) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT event_floor(day::timestamp AT TIME ZONE 'UTC') $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Endpoints: what the sender must know of them. Endpoints that were there before stay as they are.

ALTER TABLE endpoint DROP CONSTRAINT endpoint_state_check;
ALTER TABLE endpoint
    ADD CONSTRAINT endpoint_state_check CHECK (state IN
        ('unproven',               -- made, or its address has changed; is asked to prove that it expects us
         'proven',                 -- has answered the challenge; waits for a named person of the team
         'active', 'disabled')),
    ADD COLUMN mode text NOT NULL DEFAULT 'full' CHECK (mode IN ('full', 'thin')),
    ADD COLUMN fifo boolean NOT NULL DEFAULT false,           -- events of one order one after another
    ADD COLUMN concurrency int CHECK (concurrency BETWEEN 1 AND 32),  -- most under way; NULL: the sender's own setting
    ADD COLUMN rate int CHECK (rate BETWEEN 1 AND 1000),      -- most begun in a second, on all machines together; NULL: any
    ADD COLUMN breaker text NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'half_open')),
    ADD COLUMN breaker_until timestamptz,                     -- while open: nothing is tried before
    ADD COLUMN breaker_failures int NOT NULL DEFAULT 0,       -- one after another
    ADD COLUMN breaker_trips int NOT NULL DEFAULT 0,          -- openings one after another
    ADD COLUMN failing_since timestamptz,                     -- the first failure since the last success
    ADD COLUMN failed_at timestamptz,                         -- the last one
    ADD COLUMN proven_at timestamptz,
    ADD COLUMN approved_at timestamptz,
    ADD COLUMN approved_by text,                              -- the named person of the team
    ADD COLUMN cvr char(8) CHECK (cvr ~ '^[0-9]{8}$');        -- whose it is, as that person found

-- Secrets that sign, sealed under the keyring's `server` key with the context of their endpoint. Several at a time while one follows
-- another: all sign until retires_at.
CREATE TABLE endpoint_secret (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    endpoint_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    scheme text NOT NULL CHECK (scheme IN ('v1', 'v1a')),     -- HMAC-SHA256 with 32 bytes; Ed25519 from a seed of 32 bytes
    sealed bytea,                  -- NULL once it has retired
    public_key bytea CHECK (length(public_key) = 32),         -- of v1a
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retires_at timestamptz,        -- NULL: in use
    FOREIGN KEY (endpoint_id, organisation_id) REFERENCES endpoint (id, organisation_id) ON DELETE CASCADE,
    CHECK ((scheme = 'v1a') = (public_key IS NOT NULL))
);
CREATE INDEX endpoint_secret_of ON endpoint_secret (endpoint_id, created_at DESC);
INSERT INTO endpoint_secret (endpoint_id, organisation_id, scheme, sealed, created_at)
SELECT e.id, e.organisation_id, 'v1', e.secret, e.created_at FROM endpoint e;
ALTER TABLE endpoint DROP COLUMN secret;

-- What we show when a receiver asks who calls (mTLS), and what it must show us. Sealed like a secret: PEM, chain and key.
CREATE TABLE endpoint_identity (
    endpoint_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    sealed bytea,                  -- NULL: no certificate, a pin alone
    subject text,
    not_after timestamptz,
    pin text CHECK (pin ~ '^sha256//[A-Za-z0-9+/]{43}=$'),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (endpoint_id, organisation_id) REFERENCES endpoint (id, organisation_id) ON DELETE CASCADE
);

-- The sender's own notes on an endpoint.
CREATE TABLE endpoint_mark (
    endpoint_id uuid PRIMARY KEY REFERENCES endpoint ON DELETE CASCADE,
    fresh_from xid8 NOT NULL DEFAULT '0',   -- no fresh delivery of an earlier transaction is left, nor can come
    again boolean NOT NULL DEFAULT false,   -- some wait that are not fresh; put right by every sweep
    tokens double precision NOT NULL DEFAULT 0,                -- of `rate`
    filled_at timestamptz NOT NULL DEFAULT '-infinity',
    moved_at timestamptz NOT NULL DEFAULT '-infinity'          -- when fresh_from was last looked at
) WITH (fillfactor = 50);
INSERT INTO endpoint_mark (endpoint_id, again) SELECT e.id, true FROM endpoint e;

CREATE FUNCTION endpoint_marked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO endpoint_mark (endpoint_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER endpoint_marked AFTER INSERT ON endpoint FOR EACH ROW EXECUTE FUNCTION endpoint_marked();

-- ---------------------------------------------------------------------------------------------------------------
-- What outlives a day

-- Each CV is an event once, and its recall once.
CREATE TABLE release_event (
    release_id uuid NOT NULL REFERENCES release,
    kind text NOT NULL CHECK (kind IN ('cv.released', 'cv.recalled')),
    outbox_id uuid NOT NULL,
    PRIMARY KEY (release_id, kind)
);
INSERT INTO release_event SELECT x.release_id, x.kind, x.id FROM outbox x WHERE x.release_id IS NOT NULL;

-- Who has a CV, or may have it, beside what the deliveries say that are still there: read by the employer itself, or in a day that has
-- been dropped. A recall asks it.
CREATE TABLE release_reached (
    release_id uuid NOT NULL REFERENCES release,
    how text NOT NULL CHECK (how IN ('webhook', 'pull', 'fetch', 'pdf')),
    place uuid NOT NULL,           -- the endpoint, or the key that read it
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    body_sha256 text,              -- of what it was given
    certain boolean NOT NULL,      -- false: an attempt ended without an answer
    PRIMARY KEY (release_id, how, place)
);

-- Deliveries of days that have been dropped, by months.
CREATE TABLE delivery_past (
    id uuid NOT NULL,
    outbox_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    kind text NOT NULL,
    order_id uuid, shortlist_id uuid, entry_id uuid, release_id uuid,
    state text NOT NULL,
    reason text,
    attempts int NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    attempt_log jsonb NOT NULL,    -- as GET /v1/deliveries/{id} shows it
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX delivery_past_list ON delivery_past (organisation_id, id DESC);

-- ---------------------------------------------------------------------------------------------------------------
-- The four tables, anew. What was there becomes the default partition of each; it leaves like every day.

CREATE SEQUENCE event_version;

ALTER TABLE outbox RENAME TO outbox_default;
ALTER TABLE delivery RENAME TO delivery_default;
ALTER TABLE delivery_attempt RENAME TO delivery_attempt_default;
ALTER TABLE change RENAME TO change_default;
ALTER SEQUENCE change_id_seq RENAME TO change_default_id_seq;

DROP INDEX outbox_cv_once, outbox_recall, delivery_due, delivery_of_endpoint, delivery_list;
DROP TRIGGER outbox_check ON outbox_default;
ALTER TABLE outbox_default
    ADD COLUMN version bigint NOT NULL DEFAULT nextval('event_version'), -- grows with each event of one subject (B11)
    DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN
        ('shortlist.proposed', 'entry.changed', 'order.changed', 'proposal.made', 'lead.assigned', 'cv.released', 'cv.recalled',
         'endpoint.test', 'endpoint.verify', 'endpoint.failing', 'endpoint.disabled', 'order.warning', 'order.climbed', 'order.short',
         'candidate.expiring', 'push.stopped')),
    ALTER id SET DEFAULT event_id();
ALTER TABLE delivery_default
    ADD COLUMN kind text NOT NULL DEFAULT '',
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    ADD COLUMN line uuid,              -- the order, where the endpoint takes one event of it after another
    ADD COLUMN fresh boolean NOT NULL DEFAULT false,
    ADD COLUMN xid xid8 NOT NULL DEFAULT '0',
    DROP CONSTRAINT delivery_outbox_id_endpoint_id_key;
ALTER TABLE delivery_default
    ALTER id SET DEFAULT event_id(), ALTER fresh SET DEFAULT true, ALTER kind DROP DEFAULT, ALTER version DROP DEFAULT,
    ALTER xid SET DEFAULT pg_current_xact_id();
UPDATE delivery_default d SET kind = x.kind, version = x.version FROM outbox_default x WHERE x.id = d.outbox_id;
ALTER TABLE delivery_attempt_default ADD COLUMN duration_us bigint, ADD COLUMN signed_by text;
ALTER TABLE change_default DROP CONSTRAINT change_pkey, ADD PRIMARY KEY (organisation_id, xid, id, outbox_id),
    ALTER id DROP IDENTITY, ALTER id SET DEFAULT 0;

CREATE TABLE outbox (LIKE outbox_default INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE delivery (LIKE delivery_default INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE delivery_attempt (LIKE delivery_attempt_default INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (delivery_id, number))
    PARTITION BY RANGE (delivery_id);
CREATE TABLE change (LIKE change_default INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (organisation_id, xid, id, outbox_id))
    PARTITION BY RANGE (outbox_id);

CREATE SEQUENCE change_id_seq;
SELECT setval('change_id_seq', coalesce((SELECT max(id) FROM change_default), 0) + 1);
ALTER TABLE change ALTER id SET DEFAULT nextval('change_id_seq');
ALTER TABLE change_default ALTER id SET DEFAULT nextval('change_id_seq');

ALTER TABLE outbox
    ADD FOREIGN KEY (organisation_id) REFERENCES organisation, ADD FOREIGN KEY (order_id) REFERENCES job_order,
    ADD FOREIGN KEY (shortlist_id) REFERENCES shortlist, ADD FOREIGN KEY (entry_id) REFERENCES shortlist_entry,
    ADD FOREIGN KEY (release_id) REFERENCES release;
ALTER TABLE delivery ADD FOREIGN KEY (endpoint_id, organisation_id) REFERENCES endpoint (id, organisation_id);

CREATE INDEX outbox_release ON outbox (release_id) WHERE release_id IS NOT NULL;
CREATE INDEX delivery_event ON delivery (outbox_id);
CREATE INDEX delivery_fresh ON delivery (endpoint_id, xid, id) WHERE fresh AND state = 'waiting';
CREATE INDEX delivery_again ON delivery (endpoint_id, next_at, id) WHERE NOT fresh AND state = 'waiting';
CREATE INDEX delivery_leased ON delivery (lease_until, endpoint_id) WHERE state = 'leased';
CREATE INDEX delivery_line ON delivery (endpoint_id, line, version) WHERE line IS NOT NULL AND state IN ('waiting', 'leased');
CREATE INDEX delivery_list ON delivery (organisation_id, id DESC);
-- The default partition alone is emptied row by row, and each event that goes is looked for here.
CREATE INDEX change_default_event ON change_default (outbox_id, organisation_id);
CREATE INDEX delivery_default_event ON delivery_default (outbox_id, organisation_id);

CREATE TRIGGER outbox_check BEFORE INSERT OR UPDATE ON outbox FOR EACH ROW
    WHEN (NEW.release_id IS NOT NULL) EXECUTE FUNCTION outbox_check();
DO $$
BEGIN
    -- What an index of one table said: a CV is an event once, and its recall once.
    PERFORM function_reword('outbox_check()', E'    END IF;\n    RETURN NEW;\nEND', $words$    END IF;
    INSERT INTO release_event (release_id, kind, outbox_id) VALUES (NEW.release_id, NEW.kind, NEW.id);
    RETURN NEW;
END$words$);
END $$;

ALTER TABLE outbox ATTACH PARTITION outbox_default DEFAULT;
ALTER TABLE delivery ATTACH PARTITION delivery_default DEFAULT;
ALTER TABLE delivery_attempt ATTACH PARTITION delivery_attempt_default DEFAULT;
ALTER TABLE change ATTACH PARTITION change_default DEFAULT;

-- Nobody goes to a partition but through its table; nothing is claimed of a partition by itself.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['outbox', 'delivery', 'delivery_attempt', 'change', 'endpoint_secret', 'endpoint_identity',
                                'endpoint_mark', 'release_event', 'release_reached', 'delivery_past'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['outbox', 'delivery', 'delivery_attempt', 'change', 'delivery_past'] LOOP
        EXECUTE format('CREATE POLICY receiver ON %I FOR SELECT TO emnebank_front USING (organisation_id = app_tenant())', name);
        EXECUTE format('GRANT SELECT ON %I TO emnebank_front', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['outbox', 'delivery', 'delivery_attempt', 'change'] LOOP
        EXECUTE format('REVOKE ALL ON %I FROM emnebank_front', name || '_default');
        EXECUTE format('DROP POLICY receiver ON %I', name || '_default');
    END LOOP;
END $$;

-- Functions of a row of these tables know the row of the table that was.
DO $$
DECLARE
    old_function regprocedure;
    body text;
BEGIN
    FOREACH old_function IN ARRAY ARRAY['delivery_put_off(delivery_default, outbox_default, text)'::regprocedure,
        'delivery_hindrance(outbox_default)', 'event_data(outbox_default)', 'event_shortlist(outbox_default)',
        'delivery_document(delivery_default)'] LOOP
        body := regexp_replace(pg_get_functiondef(old_function), '\m(outbox|delivery)_default\M', '\1', 'g');
        EXECUTE format('DROP FUNCTION %s', old_function);
        EXECUTE body;
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION delivery_document(delivery) TO emnebank_front;

-- ---------------------------------------------------------------------------------------------------------------
-- Days

CREATE TYPE outbox_days_done AS (made int, dropped int, kept int);

-- One day's partition of one table, made whole before it is attached, since attaching asks for less than making it in place does.
CREATE FUNCTION outbox_partition(parent text, suffix text, from_id uuid, to_id uuid) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE name text := parent || '_' || suffix;
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name, parent);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
    IF parent = 'delivery' THEN
        EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (outbox_id) REFERENCES %I', name, 'outbox_' || suffix);
        EXECUTE format('ALTER TABLE %I SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)', name);
    ELSIF parent = 'change' THEN
        EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (outbox_id) REFERENCES %I', name, 'outbox_' || suffix);
    ELSIF parent = 'delivery_attempt' THEN
        EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (delivery_id) REFERENCES %I', name, 'delivery_' || suffix);
        EXECUTE format('ALTER TABLE %I SET (fillfactor = 70)', name);
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, from_id, to_id);
END $$;

-- As GET /v1/deliveries/{id} shows them.
CREATE FUNCTION attempt_document(shown delivery_attempt) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('number', shown.number, 'started_at', delivery_time(shown.started_at),
        'finished_at', delivery_time(shown.finished_at), 'class', shown.class, 'status', shown.status, 'bytes', shown.bytes,
        'excerpt', shown.excerpt, 'duration_us', shown.duration_us, 'signed_by', shown.signed_by)
$$;
GRANT EXECUTE ON FUNCTION attempt_document(delivery_attempt) TO emnebank_front;

-- What is kept longer than a day's partition: of every delivery what its receiver can read of it, of every CV who may have it.
-- The deliveries with from_id <= id < to_id and created before `before`.
CREATE FUNCTION outbox_remember(from_id uuid, to_id uuid, before timestamptz) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO delivery_past
    SELECT d.id, d.outbox_id, d.endpoint_id, d.organisation_id, d.kind, x.order_id, x.shortlist_id, x.entry_id, x.release_id,
           d.state, d.reason, d.attempts, d.created_at, d.finished_at,
           (SELECT coalesce(jsonb_agg(attempt_document(a) ORDER BY a.number), '[]') FROM delivery_attempt a
            WHERE a.delivery_id = d.id AND a.delivery_id >= from_id AND a.delivery_id < to_id)
    FROM delivery d JOIN outbox x ON x.id = d.outbox_id AND x.id >= from_id AND x.id < to_id
    WHERE d.id >= from_id AND d.id < to_id AND d.created_at < before
    ON CONFLICT DO NOTHING;
    INSERT INTO release_reached (release_id, how, place, at, certain)
    SELECT x.release_id, 'webhook', d.endpoint_id, coalesce(d.finished_at, d.created_at), d.state = 'delivered'
    FROM delivery d JOIN outbox x ON x.id = d.outbox_id AND x.id >= from_id AND x.id < to_id
    WHERE d.id >= from_id AND d.id < to_id AND d.created_at < before AND d.kind = 'cv.released'
      AND (d.state = 'delivered' OR EXISTS (SELECT FROM delivery_attempt t WHERE t.delivery_id = d.id
             AND coalesce(t.class, '') NOT IN ('dns', 'connect', 'tls', 'refused_by_policy')))
    ON CONFLICT DO NOTHING;
END $$;

-- Whether a day may go: nothing of it is open. What waits for an endpoint that is disabled since then will not be sent any more: it
-- ends here, and can be read as such.
CREATE FUNCTION outbox_day_over(from_id uuid, to_id uuid, before timestamptz) RETURNS boolean LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE delivery d SET state = 'dead', reason = 'endpoint_disabled', finished_at = clock_timestamp()
    FROM endpoint e
    WHERE e.id = d.endpoint_id AND e.state = 'disabled' AND e.changed_at < before AND d.state = 'waiting'
      AND d.id >= from_id AND d.id < to_id AND d.created_at < before;
    SET CONSTRAINTS ALL IMMEDIATE; -- what a trigger still has to say of these rows holds them until the commit, and nothing can be dropped
    RETURN NOT EXISTS (SELECT FROM delivery d WHERE d.id >= from_id AND d.id < to_id AND d.created_at < before
                         AND d.state IN ('waiting', 'leased'));
END $$;

CREATE FUNCTION outbox_month(day date) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    month date := date_trunc('month', day)::date;
    suffix text := to_char(day, 'YYYYMM');
BEGIN
    -- Ids of before there were days are chance, and of some hundred thousand one or two are of any month: then it has no partition of its own.
    IF to_regclass('emnebank.delivery_past_' || suffix) IS NULL AND NOT EXISTS (SELECT FROM delivery_past_default d
           WHERE d.id >= event_day(month) AND d.id < event_day((month + interval '1 month')::date)) THEN
        PERFORM outbox_partition('delivery_past', suffix, event_day(month), event_day((month + interval '1 month')::date));
    END IF;
END $$;

-- Whether a day can have partitions: nothing of it stands in a default one (it came before they were made, or its id is chance).
CREATE FUNCTION outbox_day_free(day date) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
DECLARE
    from_id uuid := event_day(day);
    to_id uuid := event_day(day + 1);
BEGIN
    RETURN NOT EXISTS (SELECT FROM outbox_default x WHERE x.id >= from_id AND x.id < to_id)
       AND NOT EXISTS (SELECT FROM delivery_default d WHERE d.id >= from_id AND d.id < to_id)
       AND NOT EXISTS (SELECT FROM delivery_attempt_default a WHERE a.delivery_id >= from_id AND a.delivery_id < to_id)
       AND NOT EXISTS (SELECT FROM change_default c WHERE c.outbox_id >= from_id AND c.outbox_id < to_id);
END $$;

-- Makes the partitions of the days from `today` on, `ahead` of them, and drops the oldest of those that are more than `keep` days old
-- and over: one, since nobody can claim from its DROP to the commit. Months of delivery_past go after `months`. Runs under a lock of its
-- own; waits for nobody longer than half a second and goes on the next time, so it is called every hour or so. An event of a day without
-- a partition is in the default one, and loses nothing.
CREATE FUNCTION outbox_days(today date, ahead int DEFAULT 2, keep int DEFAULT 14, months int DEFAULT 13) RETURNS outbox_days_done
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET lock_timeout = '500ms'
AS $$
DECLARE
    done outbox_days_done := (0, 0, 0);
    day date;
    leaving date;
    name text;
    suffix text;
    before timestamptz := (today - keep)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('emnebank.outbox_days')) THEN
        RETURN done;
    END IF;
    -- What takes its time comes before what others wait for.
    FOR name IN SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
                WHERE i.inhparent = 'emnebank.outbox'::regclass AND c.relname ~ '^outbox_[0-9]{8}$' ORDER BY 1 LOOP
        day := to_date(right(name, 8), 'YYYYMMDD');
        EXIT WHEN day >= today - keep;
        IF outbox_day_over(event_day(day), event_day(day + 1), 'infinity') THEN
            leaving := day;
            PERFORM outbox_month(day);
            PERFORM outbox_remember(event_day(day), event_day(day + 1), 'infinity');
            EXIT;
        END IF;
        done.kept := done.kept + 1;
    END LOOP;
    PERFORM outbox_default_leave(before);
    DELETE FROM delivery_past_default d WHERE d.created_at < date_trunc('month', today) - make_interval(months => months);
    FOR name IN SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
                WHERE i.inhparent = 'emnebank.delivery_past'::regclass AND c.relname ~ '_[0-9]{6}$'
                  AND to_date(right(c.relname, 6), 'YYYYMM') < date_trunc('month', today) - make_interval(months => months) LOOP
        EXECUTE format('DROP TABLE %I', name);
    END LOOP;
    FOR day IN SELECT today + n FROM generate_series(0, ahead) AS n LOOP
        suffix := to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('emnebank.outbox_' || suffix) IS NOT NULL OR NOT outbox_day_free(day);
        FOREACH name IN ARRAY ARRAY['outbox', 'delivery', 'delivery_attempt', 'change'] LOOP
            PERFORM outbox_partition(name, suffix, event_day(day), event_day(day + 1));
        END LOOP;
        PERFORM outbox_month(day);
        done.made := done.made + 1;
    END LOOP;
    IF leaving IS NOT NULL THEN
        LOCK TABLE ONLY delivery_attempt, ONLY change, ONLY delivery, ONLY outbox IN ACCESS EXCLUSIVE MODE;
        -- Nothing of it can be opened any more; something may have been since it was looked at.
        IF NOT outbox_day_over(event_day(leaving), event_day(leaving + 1), 'infinity') THEN
            RAISE EXCEPTION 'a delivery of % was opened again', leaving USING ERRCODE = 'lock_not_available';
        END IF;
        suffix := to_char(leaving, 'YYYYMMDD');
        EXECUTE format('DROP TABLE %I, %I, %I, %I', 'delivery_attempt_' || suffix, 'change_' || suffix, 'delivery_' || suffix,
                       'outbox_' || suffix);
        done.dropped := 1;
    END IF;
    RETURN done;
END $$;

-- What stands in the default partitions leaves, too, once it is old and over: that was there before there were days, or came on a day
-- that nobody had made.
CREATE FUNCTION outbox_default_leave(before timestamptz) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    nothing uuid := '00000000-0000-0000-0000-000000000000';
    all_ids uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
BEGIN
    IF NOT EXISTS (SELECT FROM outbox_default x WHERE x.created_at < before)
       OR NOT outbox_day_over(nothing, all_ids, before) THEN
        RETURN;
    END IF;
    PERFORM outbox_remember(nothing, all_ids, before);
    DELETE FROM delivery_attempt_default a USING delivery_default d WHERE a.delivery_id = d.id AND d.created_at < before;
    DELETE FROM delivery_default d WHERE d.created_at < before;
    DELETE FROM change_default c USING outbox_default x WHERE x.id = c.outbox_id AND x.created_at < before;
    DELETE FROM outbox_default x WHERE x.created_at < before
        AND NOT EXISTS (SELECT FROM delivery_default d WHERE d.outbox_id = x.id);
END $$;

CREATE TABLE delivery_past_default PARTITION OF delivery_past DEFAULT;
ALTER TABLE delivery_past_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_past_default FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON delivery_past_default TO emnebank_owner USING (true) WITH CHECK (true);
-- Nothing leaves yet: the feed's floor (0034) is to know of it.
SELECT outbox_days((now() AT TIME ZONE 'UTC')::date, keep => 36500);
GRANT EXECUTE ON FUNCTION outbox_days(date, int, int, int) TO emnebank_deliver;

-- ---------------------------------------------------------------------------------------------------------------
-- Events are told as before, with what a delivery now says of itself

DO $$
DECLARE
    old_list text := 'INSERT INTO delivery (outbox_id, endpoint_id, organisation_id)';
    new_list text := 'INSERT INTO delivery (outbox_id, endpoint_id, organisation_id, kind, version, line)';
    teller record;
BEGIN
    FOR teller IN
        SELECT * FROM (VALUES
            ('shortlist_tell(job_order, uuid, uuid[])'::regprocedure, 'shortlist.proposed', 'wanted.id'),
            ('order_entries_tell(uuid[])', 'entry.changed', 'event.order_id')) AS t (name, kind, line)
    LOOP
        PERFORM function_reword(teller.name, old_list, new_list);
        PERFORM function_reword(teller.name, 'SELECT event.id, e.id, event.organisation_id' || E'\n',
            format(E'SELECT event.id, e.id, event.organisation_id, %L, event.version, CASE WHEN e.fifo THEN %s END\n',
                   teller.kind, teller.line));
        PERFORM function_reword(teller.name, 'RETURNING id, organisation_id', 'RETURNING id, organisation_id, order_id, version');
    END LOOP;
    PERFORM function_reword('outbox_put(text, uuid, uuid, uuid, uuid, uuid, jsonb)', 'DECLARE event uuid;',
        E'DECLARE\n    event uuid;\n    event_version bigint;');
    PERFORM function_reword('outbox_put(text, uuid, uuid, uuid, uuid, uuid, jsonb)', old_list, new_list);
    PERFORM function_reword('outbox_put(text, uuid, uuid, uuid, uuid, uuid, jsonb)', 'SELECT event, e.id, receiver FROM',
        'SELECT event, e.id, receiver, event_kind, event_version, CASE WHEN e.fifo THEN event_order END FROM');
    PERFORM function_reword('outbox_put(text, uuid, uuid, uuid, uuid, uuid, jsonb)', 'RETURNING id INTO event',
        'RETURNING id, version INTO event, event_version');
    PERFORM function_reword('endpoint_test(uuid)', 'event uuid;', E'event uuid;\n    event_version bigint;');
    PERFORM function_reword('endpoint_test(uuid)', old_list, 'INSERT INTO delivery (outbox_id, endpoint_id, organisation_id, kind, version)');
    PERFORM function_reword('endpoint_test(uuid)', 'VALUES (event, place.id, place.organisation_id)',
        'VALUES (event, place.id, place.organisation_id, ''endpoint.test'', event_version)');
    PERFORM function_reword('endpoint_test(uuid)', 'RETURNING id INTO event', 'RETURNING id, version INTO event, event_version');
    PERFORM function_reword('delivery_read(uuid)', $words$jsonb_build_object('number', a.number, 'started_at', delivery_time(a.started_at),
                'finished_at', delivery_time(a.finished_at), 'class', a.class, 'status', a.status, 'bytes', a.bytes,
                'excerpt', a.excerpt)$words$, 'attempt_document(a)');
    -- A CV that the employer has read itself, or got on a day that is gone.
    PERFORM function_reword('release_revoke(uuid, text)', '    IF NOT EXISTS (SELECT FROM delivery d JOIN',
        E'    IF NOT EXISTS (SELECT FROM release_reached h WHERE h.release_id = gone.id) AND NOT EXISTS (SELECT FROM delivery d JOIN');
    PERFORM function_reword('release_left(uuid)', 'SELECT EXISTS (SELECT FROM outbox x',
        E'SELECT EXISTS (SELECT FROM release_reached h WHERE h.release_id = wanted AND h.certain) OR EXISTS (SELECT FROM outbox x');
    PERFORM function_reword('release_sent_at(release)', 'order_time(min(d.finished_at))', $words$order_time(least(min(d.finished_at),
                   (SELECT min(h.at) FROM release_reached h WHERE h.release_id = given.id AND h.certain
                      AND (given.home_id = app_tenant() OR app_kind() = 'team'))))$words$);
    PERFORM function_reword('citizen_releases(uuid)', $words$SELECT min(d.finished_at) FILTER (WHERE x.kind = 'cv.released' AND d.state = 'delivered') AS delivered_at,$words$,
        $words$SELECT least(min(d.finished_at) FILTER (WHERE x.kind = 'cv.released' AND d.state = 'delivered'),
                     (SELECT min(h.at) FROM release_reached h WHERE h.release_id = r.id AND h.certain)) AS delivered_at,$words$);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Claims

-- Some of an endpoint's deliveries wait that are not fresh.
CREATE FUNCTION endpoint_again(place uuid) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE endpoint_mark m SET again = true WHERE m.endpoint_id = place AND NOT m.again;
END $$;

-- The day before yesterday's fresh deliveries count among those that are tried again: so a claim looks for fresh ones in few days.
CREATE FUNCTION fresh_since() RETURNS uuid LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN event_day((now() AT TIME ZONE 'UTC')::date - 1); END $$;
CREATE FUNCTION fresh_until() RETURNS uuid LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN event_day((now() AT TIME ZONE 'UTC')::date + 2); END $$;

-- Every few seconds: leases that ran out are due again (their attempt is lost; what it sent, nobody knows); marks are put right.
CREATE FUNCTION delivery_sweep() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    lost uuid[];
    places uuid[];
    since uuid := fresh_since();
    until uuid := fresh_until();
BEGIN
    lost := ARRAY(SELECT d.id FROM delivery d WHERE d.state = 'leased' AND d.lease_until <= now() FOR UPDATE SKIP LOCKED);
    IF lost <> '{}' THEN
        UPDATE delivery_attempt a SET class = 'lost', finished_at = clock_timestamp()
        WHERE a.delivery_id = ANY (lost) AND a.finished_at IS NULL;
        UPDATE delivery d SET state = 'waiting', lease_until = NULL, lease_token = NULL, reason = 'lease_lost', next_at = now()
        WHERE d.id = ANY (lost);
    END IF;
    UPDATE delivery d SET fresh = false
    WHERE d.id = ANY (ARRAY(SELECT o.id FROM delivery o WHERE o.fresh AND o.state = 'waiting' AND (o.id < since OR o.id >= until) LIMIT 10000
                            FOR UPDATE SKIP LOCKED));
    -- Whoever holds a mark is at that endpoint; the next sweep looks at it.
    places := ARRAY(SELECT m.endpoint_id FROM endpoint_mark m FOR UPDATE SKIP LOCKED);
    UPDATE endpoint_mark m SET again = NOT m.again
    WHERE m.endpoint_id = ANY (places)
      AND m.again <> EXISTS (SELECT FROM delivery d WHERE d.endpoint_id = m.endpoint_id AND NOT d.fresh AND d.state = 'waiting');
    UPDATE endpoint_mark m SET moved_at = now(), fresh_from = greatest(m.fresh_from, least(pg_snapshot_xmin(pg_current_snapshot()),
        (SELECT d.xid FROM delivery d WHERE d.endpoint_id = m.endpoint_id AND d.fresh AND d.state = 'waiting'
           AND d.xid >= m.fresh_from AND d.id >= since AND d.id < until ORDER BY d.xid LIMIT 1)))
    WHERE m.endpoint_id = ANY (places) AND m.moved_at < now() - interval '1 minute';
END $$;
GRANT EXECUTE ON FUNCTION delivery_sweep() TO emnebank_deliver;

-- How many more may be under way to an endpoint: its own number or the sender's; while a breaker that was open tries again, one.
CREATE FUNCTION endpoint_room(place endpoint, mark endpoint_mark, under_way bigint, per_endpoint int) RETURNS int LANGUAGE plpgsql STABLE
AS $$
DECLARE room int := greatest(0, CASE WHEN place.breaker = 'closed' THEN coalesce(place.concurrency, per_endpoint) ELSE 1 END - under_way);
BEGIN
    IF place.rate IS NULL OR room = 0 THEN
        RETURN room;
    END IF;
    RETURN least(room, floor(endpoint_tokens(place.rate, mark)));
END $$;

-- A bucket that holds a second's worth; full while nothing has been taken out of it.
CREATE FUNCTION endpoint_tokens(rate int, mark endpoint_mark) RETURNS double precision LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN isfinite(mark.filled_at)
           THEN least(rate, mark.tokens + rate * least(greatest(extract(epoch FROM now() - mark.filled_at), 0), 1)) ELSE rate END
$$;

DROP FUNCTION delivery_claim(int, int, int, interval);
DROP FUNCTION delivery_under_way(uuid);

-- Claims what is due: at most `most`, per endpoint as many as endpoint_room says. Verdicts: 'send' comes with all that rendering and
-- signing need (secrets and signing_keys: all that are live, newest first, one after another, each sealed by itself); 'cancelled' and 'dead' are told so that they are logged; 'stopped' (no delivery) says that pushes are stopped.
-- Cost: two index look-ups for each endpoint in use, whatever has been delivered and whatever waits.
CREATE FUNCTION delivery_claim(most int, per_endpoint int, attempt_cap int, lease interval)
    RETURNS TABLE (delivery_id uuid, verdict text, why text, token uuid, attempt int, kind text, event_at timestamptz, version bigint,
                   endpoint_id uuid, url text, mode text, secrets bytea, signing_keys bytea, signed_by text, identity bytea, identity_at timestamptz, pin text, data text, municipality text, external_ref text,
                   wrapped_key bytea, name bytea, phone bytea, email bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
    SET enable_bitmapscan = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    since uuid := fresh_since();
    until uuid := fresh_until();
    places uuid[];
    taken uuid[];
    halted boolean;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('emnebank.push'));
    halted := (SELECT p.stopped FROM push_stop p WHERE p.one);
    IF halted THEN
        verdict := 'stopped';
        RETURN NEXT;
    END IF;
    places := ARRAY(
        WITH busy AS MATERIALIZED (
            SELECT d.endpoint_id, count(*) AS under_way FROM delivery d WHERE d.state = 'leased' AND d.lease_until > now() GROUP BY 1)
        SELECT e.id
        FROM endpoint e
        JOIN endpoint_mark m ON m.endpoint_id = e.id
        LEFT JOIN busy ON busy.endpoint_id = e.id
        CROSS JOIN LATERAL (
            SELECT min(due.next_at) AS next_at
            FROM (SELECT f.next_at FROM (
                      SELECT d.next_at FROM delivery d
                      WHERE d.endpoint_id = e.id AND d.fresh AND d.state = 'waiting' AND d.xid >= m.fresh_from AND d.id >= since AND d.id < until
                        AND d.next_at <= now() AND (e.state = 'active' OR d.kind = 'endpoint.verify')
                        AND (NOT halted OR d.kind = 'cv.recalled')
                      ORDER BY d.xid, d.id LIMIT 1) AS f
                  UNION ALL
                  SELECT a.next_at FROM (
                      SELECT d.next_at FROM delivery d
                      WHERE m.again AND d.endpoint_id = e.id AND NOT d.fresh AND d.state = 'waiting' AND d.next_at <= now()
                        AND (e.state = 'active' OR d.kind = 'endpoint.verify') AND (NOT halted OR d.kind = 'cv.recalled')
                      ORDER BY d.next_at LIMIT 1) AS a) AS due) AS first
        WHERE e.state <> 'disabled' AND (e.held_until IS NULL OR e.held_until <= now())
          AND (e.breaker_until IS NULL OR e.breaker_until <= now())
          AND first.next_at IS NOT NULL AND endpoint_room(e, m, coalesce(busy.under_way, 0), per_endpoint) > 0
        ORDER BY first.next_at
        LIMIT most
        FOR NO KEY UPDATE OF e SKIP LOCKED);
    IF places = '{}' THEN
        RETURN;
    END IF;
    -- A statement of its own: under the endpoints' locks, and as of now. Of a line only the first.
    taken := ARRAY(
        WITH busy AS MATERIALIZED (
            SELECT d.endpoint_id, count(*) AS under_way FROM delivery d WHERE d.state = 'leased' AND d.lease_until > now() GROUP BY 1),
        place AS MATERIALIZED (
            SELECT p.number, e.id, e.state, m.fresh_from, m.again,
                   endpoint_room(e, m, coalesce(busy.under_way, 0), per_endpoint) AS room
            FROM unnest(places) WITH ORDINALITY AS p (id, number) JOIN endpoint e ON e.id = p.id
            JOIN endpoint_mark m ON m.endpoint_id = e.id LEFT JOIN busy ON busy.endpoint_id = e.id)
        SELECT item.id
        FROM place
        CROSS JOIN LATERAL (
            SELECT both_kinds.* FROM (
                SELECT f.* FROM (
                    SELECT d.id, d.next_at FROM delivery d
                    WHERE d.endpoint_id = place.id AND d.fresh AND d.state = 'waiting' AND d.xid >= place.fresh_from AND d.id >= since AND d.id < until
                      AND d.next_at <= now() AND (place.state = 'active' OR d.kind = 'endpoint.verify')
                      AND (NOT halted OR d.kind = 'cv.recalled')
                      AND (d.line IS NULL OR NOT EXISTS (SELECT FROM delivery p WHERE p.endpoint_id = d.endpoint_id AND p.line = d.line
                                                           AND p.state IN ('waiting', 'leased') AND p.version < d.version))
                    ORDER BY d.xid, d.id LIMIT place.room
                    FOR UPDATE SKIP LOCKED) AS f
                UNION ALL
                SELECT a.* FROM (
                    SELECT d.id, d.next_at FROM delivery d
                    WHERE place.again AND d.endpoint_id = place.id AND NOT d.fresh AND d.state = 'waiting' AND d.next_at <= now()
                      AND (place.state = 'active' OR d.kind = 'endpoint.verify') AND (NOT halted OR d.kind = 'cv.recalled')
                      AND (d.line IS NULL OR NOT EXISTS (SELECT FROM delivery p WHERE p.endpoint_id = d.endpoint_id AND p.line = d.line
                                                           AND p.state IN ('waiting', 'leased') AND p.version < d.version))
                    ORDER BY d.next_at, d.id LIMIT place.room
                    FOR UPDATE SKIP LOCKED) AS a) AS both_kinds
            ORDER BY both_kinds.next_at, both_kinds.id
            LIMIT place.room) AS item
        ORDER BY place.number, item.next_at, item.id
        LIMIT most);
    IF taken = '{}' THEN
        RETURN;
    END IF;
    PERFORM endpoint_claimed(places, taken);
    RETURN QUERY
    WITH held AS MATERIALIZED (
        SELECT d.id, d.endpoint_id, d.organisation_id, d.attempts, b.kind, b.created_at, b AS event,
               CASE WHEN b.kind = 'cv.released' THEN delivery_put_off(d, b, delivery_hindrance(b)) END AS hindrance
        FROM unnest(taken) AS t (id) JOIN delivery d ON d.id = t.id
        JOIN outbox b ON b.id = d.outbox_id
    ), item AS MATERIALIZED (
        SELECT h.*,
               CASE WHEN h.hindrance IS NOT NULL THEN 'cancelled' WHEN h.attempts >= attempt_cap THEN 'dead' ELSE 'send' END AS verdict,
               coalesce(h.hindrance, CASE WHEN h.attempts >= attempt_cap THEN 'exhausted' END) AS why
        FROM held h WHERE h.hindrance IS DISTINCT FROM 'locked'
    ), ended AS (
        UPDATE delivery d SET state = i.verdict, reason = i.why, lease_until = NULL, lease_token = NULL, fresh = false,
            finished_at = clock_timestamp()
        FROM item i WHERE i.verdict <> 'send' AND d.id = i.id
    ), leased AS (
        UPDATE delivery d SET state = 'leased', attempts = d.attempts + 1, lease_token = gen_random_uuid(), fresh = false,
            lease_until = clock_timestamp() + lease, next_at = clock_timestamp() + lease
        FROM item i WHERE i.verdict = 'send' AND d.id = i.id
        RETURNING d.id, d.organisation_id, d.lease_token, d.attempts
    ), tried AS (
        INSERT INTO delivery_attempt (delivery_id, number, organisation_id)
        SELECT l.id, l.attempts, l.organisation_id FROM leased l
    ), list AS MATERIALIZED (
        SELECT told.id, event_order(told.order_id)::text AS job_order
        FROM (SELECT DISTINCT (i.event).shortlist_id AS id, (i.event).order_id FROM item i
              WHERE i.kind = 'shortlist.proposed' AND i.verdict = 'send') AS told
    ), own AS MATERIALIZED (
        SELECT s.shortlist_id, s.organisation_id,
               json_agg(json_build_object('id', s.id, 'candidate_id', s.candidate_id, 'external_ref', c.external_ref,
                   'rank', s.rank, 'score', s.score, 'state', s.state, 'explanation_da', s.explanation_da) ORDER BY s.rank) AS entries
        FROM list JOIN shortlist_entry s ON s.shortlist_id = list.id AND s.state <> 'reserve' AND NOT s.outside_ranking
        JOIN candidate c ON c.id = s.candidate_id
        GROUP BY s.shortlist_id, s.organisation_id
    ), signer AS MATERIALIZED (
        SELECT s.endpoint_id, string_agg(s.sealed, '' ORDER BY s.created_at DESC) FILTER (WHERE s.scheme = 'v1') AS v1,
               string_agg(s.sealed, '' ORDER BY s.created_at DESC) FILTER (WHERE s.scheme = 'v1a') AS v1a,
               string_agg(s.id::text, ',' ORDER BY s.created_at DESC) AS ids
        FROM (SELECT DISTINCT i.endpoint_id FROM item i WHERE i.verdict = 'send') AS used
        JOIN endpoint_secret s ON s.endpoint_id = used.endpoint_id AND s.sealed IS NOT NULL
             AND (s.retires_at IS NULL OR s.retires_at > now())
        GROUP BY s.endpoint_id
    )
    SELECT i.id, i.verdict, i.why, l.lease_token, coalesce(l.attempts, i.attempts), i.kind, i.created_at, (i.event).version, i.endpoint_id,
           e.url, e.mode, signer.v1, signer.v1a, signer.ids,
           shown.sealed, shown.changed_at, shown.pin,
           CASE WHEN l.id IS NULL THEN NULL
                WHEN list.id IS NULL OR receiver.kind = 'team' THEN event_data(i.event)::text
                ELSE concat('{"order":', list.job_order, ',"shortlist_id":"', list.id, '","entries":',
                            coalesce(own.entries, '[]'), '}') END,
           home.municipality_code::text, c.external_ref, p.wrapped_key, p.name, p.phone, p.email
    FROM item i
    LEFT JOIN leased l ON l.id = i.id
    LEFT JOIN endpoint e ON e.id = i.endpoint_id AND l.id IS NOT NULL
    LEFT JOIN signer ON signer.endpoint_id = e.id
    LEFT JOIN endpoint_identity shown ON shown.endpoint_id = e.id
    LEFT JOIN list ON i.kind = 'shortlist.proposed' AND list.id = (i.event).shortlist_id
    LEFT JOIN organisation receiver ON receiver.id = i.organisation_id AND list.id IS NOT NULL
    LEFT JOIN own ON own.shortlist_id = list.id AND own.organisation_id = i.organisation_id
    LEFT JOIN release r ON r.id = (i.event).release_id AND i.kind = 'cv.released' AND l.id IS NOT NULL
    LEFT JOIN candidate c ON c.id = r.candidate_id
    LEFT JOIN candidate_person p ON p.candidate_id = c.id
    LEFT JOIN organisation home ON home.id = r.home_id;
END $$;

-- What a claim notes of its endpoints, which it holds: marks once a second, tokens where there is a rate, a breaker that tries again.
CREATE FUNCTION endpoint_claimed(places uuid[], taken uuid[]) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
    since uuid := fresh_since();
    until uuid := fresh_until();
    moving boolean;
    counted boolean;
    trying boolean;
BEGIN
    SELECT bool_or(m.moved_at < now() - interval '1 second'), bool_or(e.rate IS NOT NULL), bool_or(e.breaker = 'open')
    INTO moving, counted, trying
    FROM endpoint e JOIN endpoint_mark m ON m.endpoint_id = e.id WHERE e.id = ANY (places);
    IF moving THEN
        UPDATE endpoint_mark m SET moved_at = now(), fresh_from = greatest(m.fresh_from, least(pg_snapshot_xmin(pg_current_snapshot()),
            (SELECT d.xid FROM delivery d WHERE d.endpoint_id = m.endpoint_id AND d.fresh AND d.state = 'waiting'
               AND d.xid >= m.fresh_from AND d.id >= since AND d.id < until ORDER BY d.xid LIMIT 1)))
        WHERE m.endpoint_id = ANY (places) AND m.moved_at < now() - interval '1 second';
    END IF;
    IF counted THEN
        UPDATE endpoint_mark m SET filled_at = now(), tokens = endpoint_tokens(e.rate, m)
            - (SELECT count(*) FROM unnest(taken) AS t (id) JOIN delivery d ON d.id = t.id WHERE d.endpoint_id = e.id)
        FROM endpoint e WHERE e.id = m.endpoint_id AND e.rate IS NOT NULL AND e.id = ANY (places);
    END IF;
    IF trying THEN
        UPDATE endpoint e SET breaker = 'half_open', breaker_until = NULL WHERE e.id = ANY (places) AND e.breaker = 'open';
    END IF;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Ends of attempts

-- An attempt came through, or did not. What follows for the endpoint is in 0032.
CREATE FUNCTION endpoint_succeeded(place uuid) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE endpoint e SET breaker = 'closed', breaker_until = NULL, breaker_failures = 0, breaker_trips = 0, failing_since = NULL,
        failed_at = NULL
    WHERE e.id = place AND (e.failing_since IS NOT NULL OR e.breaker <> 'closed');
END $$;

CREATE FUNCTION endpoint_failed(place uuid, failure_class text, failure_status int) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE endpoint e SET failing_since = coalesce(e.failing_since, now()), failed_at = now(),
        breaker_failures = e.breaker_failures + 1
    WHERE e.id = place;
END $$;

DROP FUNCTION delivery_finish(uuid, uuid, text, text, bigint, bigint, text, int, int, text, text);

-- Ends an attempt. False, and nothing is changed, when the token is not that of the delivery's present lease (C2).
-- outcome: 'delivered', 'retry' (in wait_us microseconds), 'dead', 'gone' (dead, and the endpoint is disabled), 'held' (given back:
-- nothing of it left the house, so there was no attempt). hold_us > 0 holds the endpoint. digest: SHA-256 (hex) of the body that was
-- sent; answer_digest: of the answer's, as far as it was read. signers: the ids of the secrets that signed.
CREATE FUNCTION delivery_finish(wanted uuid, claim_token uuid, outcome text, outcome_why text, wait_us bigint, hold_us bigint,
                                attempt_class text, attempt_status int, attempt_bytes int, attempt_excerpt text, digest text,
                                duration bigint DEFAULT NULL, signers text DEFAULT NULL, answer_digest text DEFAULT NULL)
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
AS $$
DECLARE item delivery;
BEGIN
    SELECT * INTO item FROM delivery d WHERE d.id = wanted FOR UPDATE;
    IF NOT FOUND OR item.state <> 'leased' OR item.lease_token IS DISTINCT FROM claim_token THEN
        RETURN false;
    END IF;
    IF outcome = 'held' THEN
        DELETE FROM delivery_attempt a WHERE a.delivery_id = wanted AND a.number = item.attempts;
        UPDATE delivery d SET state = 'waiting', attempts = d.attempts - 1, lease_until = NULL, lease_token = NULL,
            next_at = clock_timestamp()
        WHERE d.id = wanted;
        PERFORM endpoint_again(item.endpoint_id);
        RETURN true;
    END IF;
    UPDATE delivery_attempt a SET finished_at = clock_timestamp(), status = nullif(attempt_status, 0), class = attempt_class,
        bytes = attempt_bytes, excerpt = attempt_excerpt, duration_us = duration, signed_by = signers
    WHERE a.delivery_id = wanted AND a.number = item.attempts;
    IF outcome = 'retry' THEN
        UPDATE delivery d SET state = 'waiting', lease_until = NULL, lease_token = NULL, reason = outcome_why,
            next_at = clock_timestamp() + wait_us * interval '1 microsecond'
        WHERE d.id = wanted;
        PERFORM endpoint_again(item.endpoint_id);
    ELSE
        PERFORM delivery_end(wanted, CASE outcome WHEN 'delivered' THEN 'delivered' ELSE 'dead' END, outcome_why);
    END IF;
    IF hold_us > 0 THEN
        UPDATE endpoint e SET held_until = clock_timestamp() + hold_us * interval '1 microsecond' WHERE e.id = item.endpoint_id;
    END IF;
    IF outcome = 'gone' THEN
        PERFORM endpoint_disable(item.endpoint_id, outcome_why);
    ELSIF outcome = 'delivered' THEN
        PERFORM endpoint_succeeded(item.endpoint_id);
    ELSE
        PERFORM endpoint_failed(item.endpoint_id, attempt_class, attempt_status);
    END IF;
    IF outcome = 'delivered' AND item.kind IN ('cv.released', 'cv.recalled', 'endpoint.verify') THEN
        PERFORM delivery_arrived(item, attempt_status, digest, answer_digest);
    END IF;
    RETURN true;
END $$;

-- What an arrival means beside its delivery: a CV is written to its home's chain, with the digest of the bytes.
CREATE FUNCTION delivery_arrived(item delivery, answer_status int, digest text, answer_digest text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    event outbox;
    given release;
BEGIN
    SELECT * INTO STRICT event FROM outbox b WHERE b.id = item.outbox_id;
    IF item.kind = 'cv.released' THEN
        SELECT * INTO STRICT given FROM release r WHERE r.id = event.release_id;
        PERFORM audit_append_for(given.home_id, 'cv.delivered', 'release', given.id::text, ARRAY[given.candidate_id],
            jsonb_build_object('release_id', given.id, 'order_id', given.order_id, 'employer_id', given.employer_id,
                'legal_basis', given.legal_basis, 'delivery_id', item.id, 'endpoint_id', item.endpoint_id,
                'attempt', item.attempts, 'status', answer_status, 'body_sha256', digest));
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION delivery_claim(int, int, int, interval),
    delivery_finish(uuid, uuid, text, text, bigint, bigint, text, int, int, text, text, bigint, text, text) TO emnebank_deliver;

DO $$
BEGIN
    -- Who ends or puts off is not fresh any more.
    PERFORM function_reword('delivery_end(uuid, text, text)', 'lease_token = NULL,', 'lease_token = NULL, fresh = false,');
    PERFORM function_reword('delivery_put_off(delivery, outbox, text)', 'lease_token = NULL,', 'lease_token = NULL, fresh = false,');
    PERFORM function_reword('delivery_put_off(delivery, outbox, text)', '    IF item.reason IS DISTINCT',
        E'    PERFORM endpoint_again(item.endpoint_id);\n    IF item.reason IS DISTINCT');
    PERFORM function_reword('delivery_put_off(delivery, outbox, text)', $words$    UPDATE delivery_attempt a SET class = 'lost', finished_at = clock_timestamp()
    WHERE a.delivery_id = item.id AND a.finished_at IS NULL;
$words$, '');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The API as it was, on the new tables

-- A delivery counts when somebody could take it now: a receiver that is disabled, asked for a pause, or hangs says nothing about us.
CREATE OR REPLACE FUNCTION health_lag() RETURNS TABLE (delivery_lag int, job_lag int) LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    since uuid := fresh_since();
    until uuid := fresh_until();
BEGIN
    RETURN QUERY
    SELECT (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(first.next_at))::int, 0)
            FROM endpoint e JOIN endpoint_mark m ON m.endpoint_id = e.id
            CROSS JOIN LATERAL (
                (SELECT d.next_at FROM delivery d WHERE d.endpoint_id = e.id AND d.fresh AND d.state = 'waiting'
                   AND d.xid >= m.fresh_from AND d.id >= since AND d.id < until ORDER BY d.xid, d.id LIMIT 1)
                UNION ALL
                (SELECT d.next_at FROM delivery d WHERE m.again AND d.endpoint_id = e.id AND NOT d.fresh AND d.state = 'waiting'
                 ORDER BY d.next_at LIMIT 1)) AS first
            WHERE e.state = 'active' AND e.breaker = 'closed' AND first.next_at <= clock_timestamp()
              AND (e.held_until IS NULL OR e.held_until <= clock_timestamp())
              AND NOT EXISTS (SELECT FROM delivery b WHERE b.endpoint_id = e.id AND b.state = 'leased'
                                AND b.lease_until > clock_timestamp())),
           (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(j.run_at))::int, 0)
            FROM job j WHERE j.state = 'waiting' AND j.run_at <= clock_timestamp());
END $$;

RESET ROLE;
