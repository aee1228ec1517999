-- Employers: what is kept of one beside its name and CVR number (services/employers). The employer itself stays a row of
-- `organisation`; orders, leads and hires are where they were, and are counted and listed from there.
--
-- Municipalities and the team share employers; an employer sees itself alone. The contact person is the name of one of the team's
-- staff, and the agreement is the team's: only the team sets them.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Tables

CREATE TABLE employer (
    id uuid PRIMARY KEY REFERENCES organisation,
    cvr char(8) NOT NULL UNIQUE,
    words text NOT NULL,              -- what is searched in: its name and those of its units, each after a space (employer_words)
    -- The person at the team whom the employer calls, whatever the municipality. A name, not a key: keys last a year.
    contact text CHECK (contact <> ''),
    version int NOT NULL DEFAULT 1,   -- of the employer with its units and agreement, for ETag
    created_at timestamptz NOT NULL DEFAULT app_now(),
    changed_at timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX employer_like ON employer USING gin (words gin_trgm_ops);
CREATE INDEX employer_contact ON employer (contact) WHERE contact IS NOT NULL;

-- A production unit stands with one employer at a time.
CREATE TABLE employer_unit (
    p_number char(10) PRIMARY KEY CHECK (p_number ~ '^[0-9]{10}$'),
    employer_id uuid NOT NULL REFERENCES employer,
    name text NOT NULL CHECK (name <> ''),
    postcode char(4) NOT NULL REFERENCES postcode
);
CREATE INDEX employer_unit_employer ON employer_unit (employer_id);

-- proposed → active → ended; all may end at once, none goes back. What comes after an ended one is the next number.
CREATE TABLE employer_agreement (
    employer_id uuid NOT NULL REFERENCES employer,
    number int NOT NULL CHECK (number > 0),
    state text NOT NULL CHECK (state IN ('proposed', 'active', 'ended')),
    starts_on date NOT NULL,
    ends_on date CHECK (ends_on >= starts_on),   -- the last day; NULL: until it is ended
    points jsonb NOT NULL,                       -- [{"kind", "posts", "text"}], each kind once
    created_at timestamptz NOT NULL DEFAULT app_now(),
    changed_at timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (employer_id, number)
);

CREATE INDEX job_order_employer ON job_order (employer_id, received_at DESC);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['employer', 'employer_unit', 'employer_agreement'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
CREATE POLICY partners ON employer FOR SELECT TO emnebank_front USING ((SELECT app_partner()) OR id = (SELECT app_tenant()));
CREATE POLICY partners_change ON employer FOR UPDATE TO emnebank_front USING ((SELECT app_partner()));
CREATE POLICY partners ON employer_unit FOR SELECT TO emnebank_front
    USING ((SELECT app_partner()) OR employer_id = (SELECT app_tenant()));
CREATE POLICY partners_add ON employer_unit FOR INSERT TO emnebank_front WITH CHECK ((SELECT app_partner()));
CREATE POLICY partners_remove ON employer_unit FOR DELETE TO emnebank_front USING ((SELECT app_partner()));
CREATE POLICY partners ON employer_agreement FOR SELECT TO emnebank_front
    USING ((SELECT app_partner()) OR employer_id = (SELECT app_tenant()));
CREATE POLICY team_add ON employer_agreement FOR INSERT TO emnebank_front WITH CHECK ((SELECT app_kind()) = 'team');
CREATE POLICY team_change ON employer_agreement FOR UPDATE TO emnebank_front USING ((SELECT app_kind()) = 'team');
GRANT SELECT, UPDATE (words, contact, version, changed_at) ON employer TO emnebank_front;
GRANT SELECT, INSERT, DELETE ON employer_unit TO emnebank_front;
GRANT SELECT, INSERT, UPDATE (state, starts_on, ends_on, points, changed_at) ON employer_agreement TO emnebank_front;

-- ---------------------------------------------------------------------------------------------------------------
-- Its words

-- As they are compared: folded, without what kind of company it is, unless there is nothing else.
CREATE FUNCTION employer_fold(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT coalesce(lead_company_words(said), btrim(lead_fold(said, ' '))) $$;

CREATE FUNCTION employer_words(wanted uuid, called text) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT ' ' || employer_fold(called)
        || coalesce((SELECT string_agg(' ' || employer_fold(u.name), '' ORDER BY u.p_number) FROM employer_unit u WHERE u.employer_id = wanted), '')
$$;

-- Every organisation that is an employer has its row, whoever made it.
CREATE FUNCTION employer_follow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO employer (id, cvr, words) VALUES (NEW.id, NEW.cvr, employer_words(NEW.id, NEW.name))
    ON CONFLICT (id) DO UPDATE SET words = excluded.words;
    RETURN NULL;
END $$;
CREATE TRIGGER employer_follow AFTER INSERT OR UPDATE OF name ON organisation FOR EACH ROW WHEN (NEW.kind = 'employer')
    EXECUTE FUNCTION employer_follow();

INSERT INTO employer (id, cvr, words, created_at)
SELECT o.id, o.cvr, employer_words(o.id, o.name), o.created_at FROM organisation o WHERE o.kind = 'employer';

-- Companies change names; which one it is, the CVR number says.
CREATE FUNCTION employer_rename(wanted uuid, new_name text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team ændrer virksomheder.');
    END IF;
    UPDATE organisation o SET name = new_name WHERE o.id = wanted AND o.kind = 'employer';
END $$;

-- Whether this is the named person of one of the team's keys that are in force.
CREATE FUNCTION employer_contact_known(named text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM api_key k JOIN organisation o ON o.id = k.organisation_id
                   WHERE o.kind = 'team' AND k.person = named AND k.revoked_at IS NULL AND k.expires_at > now())
$$;

-- The named person who calls, when that is one of the team's.
CREATE FUNCTION employer_caller() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT k.person FROM api_key k WHERE k.id::text = app_setting('actor') AND k.organisation_id = app_tenant() AND app_kind() = 'team' $$;

-- ---------------------------------------------------------------------------------------------------------------
-- One employer

-- Its hires: entries that are `hired` now, at the moment when they last became so. How many and when, never who: so the employer may
-- ask, too.
CREATE FUNCTION employer_hired(wanted uuid) RETURNS TABLE (place bigint, order_id uuid, at timestamptz) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT max(r.id), o.id, max(r.at)
    FROM job_order o
    JOIN shortlist_entry e ON e.order_id = o.id AND e.state = 'hired'
    JOIN referral r ON r.entry_id = e.id AND r.to_state = 'hired'
    WHERE o.employer_id = wanted AND (app_partner() OR wanted = app_tenant())
    GROUP BY e.id, o.id
$$;

-- Whether an agreement holds on a day.
CREATE FUNCTION employer_agreed(a employer_agreement, on_day date) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT a.state = 'active' AND a.starts_on <= on_day AND coalesce(a.ends_on >= on_day, true) $$;

CREATE FUNCTION employer_agreement_document(a employer_agreement) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('number', a.number, 'state', a.state, 'in_force', employer_agreed(a, app_today()), 'starts_on', a.starts_on,
                              'ends_on', a.ends_on, 'points', a.points, 'changed_at', order_time(a.changed_at))
$$;

CREATE FUNCTION employer_document(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object(
        'id', e.id, 'cvr', e.cvr, 'name', n.name, 'version', e.version,
        'contact', CASE WHEN e.contact IS NOT NULL
                        THEN jsonb_build_object('person', e.contact, 'active', employer_contact_known(e.contact)) END,
        'units', (SELECT coalesce(jsonb_agg(jsonb_build_object('p_number', u.p_number, 'name', u.name, 'postcode', u.postcode,
                                                               'city', p.name, 'municipality', p.municipality_code) ORDER BY u.p_number), '[]')
                  FROM employer_unit u JOIN postcode p ON p.code = u.postcode WHERE u.employer_id = e.id),
        'agreement', (SELECT employer_agreement_document(a) FROM employer_agreement a WHERE a.employer_id = e.id
                      ORDER BY a.number DESC LIMIT 1),
        'counts', (SELECT jsonb_build_object(
                'leads', CASE WHEN app_partner() THEN (SELECT count(*) FROM lead l WHERE l.cvr = e.cvr AND l.merged_into IS NULL) END,
                'orders', count(*), 'orders_open', count(*) FILTER (WHERE NOT order_over(o.state)), 'posts', coalesce(sum(o.posts), 0),
                'hires', (SELECT count(*) FROM employer_hired(e.id)))
            FROM job_order o WHERE o.employer_id = e.id AND o.state <> 'draft'),
        'created_at', order_time(e.created_at), 'changed_at', order_time(e.changed_at))
    FROM employer e JOIN organisation n ON n.id = e.id WHERE e.id = wanted
$$;

CREATE FUNCTION employer_reply(wanted uuid, reply_status int) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    document jsonb := employer_document(wanted);
    answer api_reply;
BEGIN
    answer.status := reply_status;
    answer.body := document::text;
    answer.etag := (document ->> 'version')::bigint;
    answer.location := CASE WHEN reply_status = 201 THEN '/v1/employers/' || (document ->> 'cvr') END;
    answer.replayed := false;
    RETURN answer;
END $$;

-- GET /v1/employers/{cvr}
CREATE FUNCTION employer_read(wanted_cvr text) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE known uuid := (SELECT e.id FROM employer e WHERE e.cvr = wanted_cvr);
BEGIN
    IF known IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Virksomheden findes ikke.');
    END IF;
    RETURN employer_reply(known, 200);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Changing

-- Of those that the caller sees, locked. An employer sees itself, and changes nothing.
CREATE FUNCTION employer_hold(wanted_cvr text, seen_version bigint) RETURNS employer LANGUAGE plpgsql
AS $$
DECLARE held employer;
BEGIN
    IF NOT EXISTS (SELECT FROM employer e WHERE e.cvr = wanted_cvr) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Virksomheden findes ikke.');
    ELSIF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team ændrer virksomheder.');
    END IF;
    SELECT * INTO STRICT held FROM employer e WHERE e.cvr = wanted_cvr FOR UPDATE;
    IF seen_version NOT IN (0, held.version) THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Virksomheden er ændret, siden den blev læst.');
    END IF;
    RETURN held;
END $$;

CREATE FUNCTION employer_advance(held employer, what text) RETURNS void LANGUAGE sql
AS $$
    UPDATE employer e SET version = e.version + 1, changed_at = app_now() WHERE e.id = held.id;
    SELECT audit_append('employer.' || what, 'employer', held.id::text, '{}', jsonb_build_object('version', held.version + 1));
$$;

CREATE FUNCTION employer_contact_check(new_contact text) RETURNS void LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF app_kind() IS DISTINCT FROM 'team' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun det fælles team vælger virksomhedens kontaktperson.');
    ELSIF new_contact IS NOT NULL AND NOT employer_contact_known(new_contact) THEN
        PERFORM raise_problem('EB422', 'invalid-body', jsonb_build_array(jsonb_build_object('pointer', '/contact',
            'code', 'UNKNOWN', 'detail', 'Ingen nøgle, der gælder hos teamet, er udstedt til den person.'))::text);
    END IF;
END $$;

-- PUT /v1/employers/{cvr}: `body` is {"name", "contact"?}; without `contact` that stays. `seen_version` NULL: nobody asked. What is
-- there already and is said again changes nothing.
CREATE FUNCTION employer_put(wanted_cvr text, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held employer;
    created boolean;
    renamed boolean;
    moved boolean;
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team ændrer virksomheder.');
    END IF;
    created := NOT EXISTS (SELECT FROM employer e WHERE e.cvr = wanted_cvr);
    IF created THEN
        IF seen_version IS NOT NULL THEN
            PERFORM raise_problem('EB412', 'version-stale', 'Virksomheden findes ikke endnu.');
        END IF;
        PERFORM employer_ensure(wanted_cvr, body ->> 'name');
    END IF;
    held := employer_hold(wanted_cvr, coalesce(seen_version, 0));
    moved := body ? 'contact' AND (body ->> 'contact') IS DISTINCT FROM held.contact;
    renamed := (body ->> 'name') <> (SELECT o.name FROM organisation o WHERE o.id = held.id);
    IF moved THEN
        PERFORM employer_contact_check(body ->> 'contact');
        UPDATE employer e SET contact = body ->> 'contact' WHERE e.id = held.id;
    END IF;
    IF renamed THEN
        PERFORM employer_rename(held.id, body ->> 'name');
    END IF;
    IF created THEN
        PERFORM audit_append('employer.created', 'employer', held.id::text);
    ELSIF renamed OR moved THEN
        PERFORM employer_advance(held, CASE WHEN renamed THEN 'changed' ELSE 'contact' END);
    END IF;
    RETURN employer_reply(held.id, CASE WHEN created THEN 201 ELSE 200 END);
END $$;

-- What only the database knows wrong with a list of units: [{"pointer", "code", "detail"}]. Of any form: the API names what is not.
CREATE FUNCTION employer_unit_faults(wanted_cvr text, body jsonb) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', f.pointer, 'code', f.code, 'detail', f.detail) ORDER BY f.place, f.pointer), '[]')
    FROM (
        SELECT l.place, '/units/' || l.place - 1 || '/postcode' AS pointer, 'UNKNOWN' AS code, 'Postnummeret findes ikke.' AS detail
        FROM order_list(body -> 'units') AS l
        WHERE l.item ->> 'postcode' ~ '^[0-9]{4}$' AND NOT EXISTS (SELECT FROM postcode p WHERE p.code = l.item ->> 'postcode')
        UNION ALL
        SELECT l.place, '/units/' || l.place - 1 || '/p_number', 'TAKEN',
               format('Produktionsenheden står hos virksomheden med CVR-nummer %s; fjern den dér først.', e.cvr)
        FROM order_list(body -> 'units') AS l
        JOIN employer_unit u ON u.p_number = l.item ->> 'p_number'
        JOIN employer e ON e.id = u.employer_id AND e.cvr <> wanted_cvr) AS f
$$;

-- PUT /v1/employers/{cvr}/units: all of them.
CREATE FUNCTION employer_units_put(wanted_cvr text, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held employer := employer_hold(wanted_cvr, seen_version);
    faults jsonb;
    before jsonb;
    after jsonb;
BEGIN
    -- One at a time: two employers must not be given one unit.
    PERFORM pg_advisory_xact_lock(hashtextextended('employer_units', 0));
    faults := employer_unit_faults(wanted_cvr, body);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    SELECT coalesce(jsonb_agg(jsonb_build_object('p_number', u.p_number, 'name', u.name, 'postcode', u.postcode) ORDER BY u.p_number), '[]')
    INTO before FROM employer_unit u WHERE u.employer_id = held.id;
    SELECT coalesce(jsonb_agg(l.item ORDER BY l.item ->> 'p_number'), '[]') INTO after FROM order_list(body -> 'units') AS l;
    IF before <> after THEN
        DELETE FROM employer_unit u WHERE u.employer_id = held.id;
        INSERT INTO employer_unit (p_number, employer_id, name, postcode)
        SELECT l.item ->> 'p_number', held.id, l.item ->> 'name', l.item ->> 'postcode' FROM order_list(after) AS l;
        UPDATE employer e SET words = employer_words(e.id, o.name) FROM organisation o WHERE e.id = held.id AND o.id = e.id;
        PERFORM employer_advance(held, 'units');
    END IF;
    RETURN employer_reply(held.id, 200);
END $$;

-- PUT /v1/employers/{cvr}/agreement: {"state", "starts_on", "ends_on", "points"}. The newest one, or, when that has ended and this one
-- has not, the next.
CREATE FUNCTION employer_agreement_put(wanted_cvr text, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held employer := employer_hold(wanted_cvr, seen_version);
    known employer_agreement;
    next_state text := body ->> 'state';
    agreed_points jsonb;
BEGIN
    IF app_kind() IS DISTINCT FROM 'team' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun det fælles team indgår partnerskabsaftaler.');
    END IF;
    SELECT jsonb_agg('{"posts": null, "text": null}'::jsonb || l.item ORDER BY l.place) INTO agreed_points FROM order_list(body -> 'points') AS l;
    SELECT * INTO known FROM employer_agreement a WHERE a.employer_id = held.id ORDER BY a.number DESC LIMIT 1;
    IF known.state = 'active' AND next_state = 'proposed' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'En aftale, der er indgået, kan ikke blive et forslag igen.');
    ELSIF known.number IS NULL OR (known.state = 'ended' AND next_state <> 'ended') THEN
        INSERT INTO employer_agreement (employer_id, number, state, starts_on, ends_on, points)
        VALUES (held.id, coalesce(known.number, 0) + 1, next_state, (body ->> 'starts_on')::date, (body ->> 'ends_on')::date, agreed_points);
    ELSIF (known.state, known.starts_on, known.ends_on, known.points)
          IS NOT DISTINCT FROM (next_state, (body ->> 'starts_on')::date, (body ->> 'ends_on')::date, agreed_points) THEN
        RETURN employer_reply(held.id, 200);
    ELSE
        UPDATE employer_agreement a SET state = next_state, starts_on = (body ->> 'starts_on')::date, ends_on = (body ->> 'ends_on')::date,
            points = agreed_points, changed_at = app_now()
        WHERE a.employer_id = held.id AND a.number = known.number;
    END IF;
    PERFORM employer_advance(held, 'agreement');
    RETURN employer_reply(held.id, 200);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Searching

-- GET /v1/employers. `asked` is {"q", "agreement", "municipality", "mine"}, each absent or good. The best first: the number itself, the
-- beginning of a name, the beginning of a word, then what is only alike; without `q` by name. `total` counts all that fit.
--
-- SECURITY DEFINER, for an index cannot be used below row-level security by what may leak: who sees what is said here, as the
-- policies do.
CREATE FUNCTION employer_search(asked jsonb, most int, OUT items text, OUT total bigint) LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET pg_trgm.word_similarity_threshold = 0.5
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    partner boolean := app_partner();
    wanted text := coalesce(employer_fold(asked ->> 'q'), '');
    digits text := coalesce(substring(regexp_replace(asked ->> 'q', '\s', '', 'g') FROM '^[0-9]{2,10}$'), '-');
    caller text := CASE WHEN asked ? 'mine' THEN coalesce(employer_caller(), '') END;
    today date := app_today();
BEGIN
    WITH newest AS MATERIALIZED (
        SELECT DISTINCT ON (a.employer_id) a.employer_id, a.state, a.ends_on, employer_agreed(a, today) AS in_force
        FROM employer_agreement a ORDER BY a.employer_id, a.number DESC
    ), hit AS MATERIALIZED (   -- each by its own index
        SELECT e.id FROM employer e WHERE asked ? 'q' AND wanted <> '' AND e.words LIKE '% ' || wanted || '%'
        UNION
        SELECT e.id FROM employer e WHERE asked ? 'q' AND wanted <> '' AND wanted <% e.words
        UNION
        SELECT e.id FROM employer e WHERE asked ? 'q' AND e.cvr LIKE digits || '%'
        UNION
        SELECT u.employer_id FROM employer_unit u WHERE asked ? 'q' AND u.p_number LIKE digits || '%'
    ), found AS MATERIALIZED (
        SELECT e.id, e.cvr, e.words, e.contact, a.state, a.ends_on, a.in_force FROM employer e
        LEFT JOIN newest a ON a.employer_id = e.id
        WHERE (partner OR e.id = app_tenant())
          AND (NOT asked ? 'q' OR e.id IN (SELECT h.id FROM hit h))
          AND (caller IS NULL OR e.contact = caller)
          AND (asked ->> 'municipality' IS NULL OR e.id IN (
               SELECT u.employer_id FROM employer_unit u JOIN postcode p ON p.code = u.postcode
               WHERE p.municipality_code = asked ->> 'municipality'))
          AND (asked ->> 'agreement' IS NULL
               OR asked ->> 'agreement' = CASE WHEN a.in_force THEN 'in_force' WHEN a.employer_id IS NULL THEN 'none' ELSE 'other' END)
    ), best AS MATERIALIZED (
        SELECT f.*, row_number() OVER (ORDER BY
                   CASE WHEN f.cvr LIKE digits || '%' THEN 0 WHEN f.words LIKE ' ' || wanted || '%' THEN 1
                        WHEN f.words LIKE '% ' || wanted || '%' THEN 2 ELSE 3 - word_similarity(wanted, f.words) END,
                   f.words, f.cvr) AS place
        FROM found f ORDER BY place LIMIT most
    ), unit AS (
        SELECT u.employer_id, count(*) AS units,
               coalesce(jsonb_agg(DISTINCT p.municipality_code) FILTER (WHERE p.municipality_code IS NOT NULL), '[]') AS municipalities
        FROM employer_unit u JOIN postcode p ON p.code = u.postcode WHERE u.employer_id IN (SELECT b.id FROM best b) GROUP BY 1
    ), ordered AS (
        SELECT o.employer_id, count(*) AS orders, count(*) FILTER (WHERE NOT order_over(o.state)) AS orders_open
        FROM job_order o WHERE o.employer_id IN (SELECT b.id FROM best b) AND o.state <> 'draft' GROUP BY 1
    ), hired AS (
        SELECT o.employer_id, count(*) AS hires
        FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id
        WHERE e.state = 'hired' AND o.employer_id IN (SELECT b.id FROM best b) GROUP BY 1
    )
    SELECT (SELECT count(*) FROM found),
           coalesce(jsonb_agg(jsonb_build_object('cvr', b.cvr, 'name', n.name, 'contact', b.contact,
               'agreement', CASE WHEN b.state IS NOT NULL
                                 THEN jsonb_build_object('state', b.state, 'in_force', b.in_force, 'ends_on', b.ends_on) END,
               'municipalities', coalesce(u.municipalities, '[]'), 'units', coalesce(u.units, 0), 'orders', coalesce(o.orders, 0),
               'orders_open', coalesce(o.orders_open, 0), 'hires', coalesce(h.hires, 0)) ORDER BY b.place), '[]')::text
    INTO total, items
    FROM best b
    JOIN organisation n ON n.id = b.id
    LEFT JOIN unit u ON u.employer_id = b.id
    LEFT JOIN ordered o ON o.employer_id = b.id
    LEFT JOIN hired h ON h.employer_id = b.id;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- What happened with it

-- GET /v1/employers/{cvr}/history: leads, orders, hires and agreements, the newest first. As the caller sees them: an employer has no
-- leads. A hire names its order, never a person.
CREATE FUNCTION employer_history(wanted_cvr text, wanted_kind text, position_before text, page_limit int, OUT items text, OUT next_position text)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE known employer;
BEGIN
    SELECT * INTO known FROM employer e WHERE e.cvr = wanted_cvr;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Virksomheden findes ikke.');
    END IF;
    WITH line AS (
        SELECT l.created_at AS at, 'lead' AS kind, l.id::text AS key, l.data ->> 'title' AS title, l.state,
               jsonb_build_object('lead_id', l.id, 'stage', l.stage) AS more
        FROM lead l WHERE l.cvr = known.cvr AND l.merged_into IS NULL
        UNION ALL
        SELECT o.received_at, 'order', o.id::text, o.title, o.state, jsonb_build_object('order_id', o.id, 'posts', o.posts)
        FROM job_order o WHERE o.employer_id = known.id AND (o.state <> 'draft' OR (SELECT app_partner()))
        UNION ALL
        SELECT h.at, 'hire', h.place::text, o.title, o.state, jsonb_build_object('order_id', o.id)
        FROM employer_hired(known.id) h JOIN job_order o ON o.id = h.order_id
        UNION ALL
        SELECT a.created_at, 'agreement', a.number::text, NULL, a.state,
               jsonb_build_object('number', a.number, 'starts_on', a.starts_on, 'ends_on', a.ends_on)
        FROM employer_agreement a WHERE a.employer_id = known.id
    ), page AS MATERIALIZED (
        SELECT l.*, row_number() OVER (ORDER BY l.at DESC, l.kind DESC, l.key DESC) AS place FROM line l
        WHERE (wanted_kind IS NULL OR l.kind = wanted_kind)
          AND (position_before = '' OR (l.at, l.kind, l.key) <
               (timestamptz 'epoch' + nullif(split_part(position_before, '/', 1), '')::bigint * interval '1 microsecond',
                split_part(position_before, '/', 2), split_part(position_before, '/', 3)))
        ORDER BY l.at DESC, l.kind DESC, l.key DESC
        LIMIT page_limit + 1)
    SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('at', order_time(p.at), 'kind', p.kind, 'title', p.title, 'state', p.state) || p.more
                                      ORDER BY p.place), '[]')::text FROM page p WHERE p.place <= page_limit),
           (SELECT (extract(epoch FROM p.at) * 1000000)::bigint || '/' || p.kind || '/' || p.key FROM page p
            WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
    INTO items, next_position;
END $$;

GRANT EXECUTE ON FUNCTION employer_fold(text), employer_words(uuid, text), employer_rename(uuid, text), employer_contact_known(text),
    employer_hired(uuid), employer_agreed(employer_agreement, date), employer_agreement_document(employer_agreement), employer_document(uuid),
    employer_reply(uuid, int), employer_read(text), employer_hold(text, bigint), employer_advance(employer, text), employer_contact_check(text),
    employer_put(text, bigint, jsonb), employer_unit_faults(text, jsonb), employer_units_put(text, bigint, jsonb),
    employer_agreement_put(text, bigint, jsonb), employer_search(jsonb, int), employer_history(text, text, text, int) TO emnebank_front;

RESET ROLE;
