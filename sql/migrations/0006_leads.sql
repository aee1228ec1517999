-- Leads: companies that won a tender and may need people (services/leads). One notice holds some, each lead is one company
-- that won one lot; a consortium gives one per member. Municipalities and the team share them; nobody else sees any.
--
-- A notice is known by its own id, but that is not enough: converters write one id into many notices. So a notice is the
-- same as one known before when version and publication number do not speak against it, it changes the one known before
-- when its version is higher or it names that one's id as corrected, and otherwise it is another notice. Repeated, it
-- changes nothing. What a later version no longer holds stays, with `listed` false.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

CREATE TABLE lead_notice (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    notice_id text NOT NULL CHECK (notice_id <> ''),  -- eForms BT-701; without one 'publication:…' or 'digest:…'
    version int NOT NULL CHECK (version BETWEEN 0 AND 99),
    publication text,                                 -- number in the EU's Official Journal: 154292-2020
    kind text NOT NULL CHECK (kind IN ('award', 'ex_ante')),
    data jsonb NOT NULL,                              -- as the API shows it: subtype, dates, buyers, title, CPV, values
    lines jsonb NOT NULL,                             -- what became no lead, or is odd: [{severity, code, lot, text}]
    digest bytea NOT NULL,                            -- SHA-256 of what was imported
    imported_by uuid NOT NULL REFERENCES organisation,
    imported_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lead_notice_notice_id ON lead_notice (notice_id);

-- States: new → assigned → order; new and assigned → dismissed, and back. order: at least one job order was made of it.
CREATE TABLE lead (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    notice uuid NOT NULL REFERENCES lead_notice,
    lot text NOT NULL,                                -- '' when the notice names none
    winner_key text NOT NULL,                         -- CVR, else the id as far as it is one, else the name
    ordinal int NOT NULL CHECK (ordinal > 0),         -- the same company may win a lot by several tenders
    data jsonb NOT NULL,                              -- as the API shows it: winner, role, value, CPV, places, dates
    cvr char(8) GENERATED ALWAYS AS (data #>> '{winner,cvr}') STORED,
    company_name text GENERATED ALWAYS AS (data #>> '{winner,name}') STORED,
    cpv char(8) GENERATED ALWAYS AS (data ->> 'cpv') STORED,
    listed boolean NOT NULL DEFAULT true,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'assigned', 'order', 'dismissed')),
    assigned_to uuid REFERENCES organisation,
    dismissed_reason text CHECK (dismissed_reason IN
        ('no_need', 'outside_area', 'not_construction', 'duplicate', 'no_contact', 'other')),
    dismissed_text text,
    version int NOT NULL DEFAULT 1,                   -- for ETag
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (notice, lot, winner_key, ordinal),
    CHECK ((state = 'assigned') <= (assigned_to IS NOT NULL)),
    CHECK ((state = 'dismissed') = (dismissed_reason IS NOT NULL))
);
CREATE INDEX lead_newest ON lead (created_at DESC, id DESC);
CREATE INDEX lead_cvr ON lead (cvr);

-- The municipalities of the place where the work is.
CREATE TABLE lead_municipality (
    lead_id uuid NOT NULL REFERENCES lead ON DELETE CASCADE,
    municipality_code char(4) NOT NULL REFERENCES municipality,
    PRIMARY KEY (lead_id, municipality_code)
);
CREATE INDEX lead_municipality_code ON lead_municipality (municipality_code);

DO $$
DECLARE name text;
BEGIN
    -- (SELECT …): asked once in a statement, not once for each row.
    FOREACH name IN ARRAY ARRAY['lead_notice', 'lead', 'lead_municipality'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY partners ON %I TO emnebank_front USING ((SELECT app_partner())) WITH CHECK ((SELECT app_partner()))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON lead_notice, lead TO emnebank_front;
GRANT SELECT, INSERT, DELETE ON lead_municipality TO emnebank_front;

-- The trades that a CPV code suggests: the rules with the longest prefix of the code; place 1 first. Rows come in 0007.
CREATE TABLE cpv_trade (
    prefix text NOT NULL CHECK (prefix ~ '^[0-9]{2,8}$'),
    place int NOT NULL CHECK (place > 0),
    trade_code text NOT NULL REFERENCES trade,
    PRIMARY KEY (prefix, place),
    UNIQUE (prefix, trade_code)
);
GRANT SELECT ON cpv_trade TO emnebank_front, emnebank_match;

-- ---------------------------------------------------------------------------------------------------------------
-- Reading

CREATE FUNCTION lead_time(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- Trade codes, best first: of the main CPV code, then of the further ones; eight at most.
CREATE FUNCTION lead_trades(lead_data jsonb) RETURNS text[] LANGUAGE sql STABLE
AS $$
    WITH code AS (
        SELECT 0::bigint AS place, lead_data ->> 'cpv' AS cpv
        UNION ALL
        SELECT place, value FROM jsonb_array_elements_text(lead_data -> 'more_cpv') WITH ORDINALITY AS m (value, place)
    ), suggested AS (
        SELECT c.place AS code_place, t.place, t.trade_code
        FROM code c
        JOIN cpv_trade t ON t.prefix = (SELECT max(r.prefix) FROM cpv_trade r WHERE starts_with(c.cpv, r.prefix))
    ), best AS (
        SELECT DISTINCT ON (trade_code) trade_code, code_place, place
        FROM suggested ORDER BY trade_code, code_place, place
    )
    SELECT coalesce((array_agg(trade_code ORDER BY code_place, place, trade_code))[1:8], '{}') FROM best
$$;

CREATE FUNCTION lead_notice_document(n lead_notice) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT n.data || jsonb_build_object('id', n.id, 'notice_id', n.notice_id, 'version', n.version,
                                        'publication', n.publication, 'kind', n.kind)
$$;

CREATE FUNCTION lead_document(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT l.data || jsonb_build_object(
        'id', l.id, 'state', l.state, 'version', l.version, 'listed', l.listed,
        'assigned_to', (SELECT jsonb_build_object('id', o.id, 'name', o.name, 'municipality', o.municipality_code)
                        FROM organisation o WHERE o.id = l.assigned_to),
        'dismissed', CASE WHEN l.state = 'dismissed'
            THEN jsonb_build_object('reason', l.dismissed_reason, 'text', l.dismissed_text) END,
        'municipalities', (SELECT coalesce(jsonb_agg(m.municipality_code ORDER BY m.municipality_code), '[]')
                           FROM lead_municipality m WHERE m.lead_id = l.id),
        'trades', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', t.code, 'title_da', t.title_da) ORDER BY s.place), '[]')
                   FROM unnest(lead_trades(l.data)) WITH ORDINALITY AS s (code, place) JOIN trade t ON t.code = s.code),
        'order_ids', (SELECT coalesce(jsonb_agg(o.id ORDER BY o.received_at, o.id), '[]')
                      FROM job_order o WHERE o.lead_id = l.id),
        'notice', lead_notice_document(n),
        'created_at', lead_time(l.created_at), 'changed_at', lead_time(l.changed_at))
    FROM lead l JOIN lead_notice n ON n.id = l.notice
    WHERE l.id = wanted
$$;

-- GET /v1/leads/{id}: with the lines of its lot and of the notice as a whole.
CREATE FUNCTION lead_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE
    document jsonb := lead_document(wanted);
    answer api_reply;
BEGIN
    IF document IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    answer.status := 200;
    answer.etag := (document ->> 'version')::bigint;
    answer.replayed := false;
    SELECT (document || jsonb_build_object('lines', coalesce(jsonb_agg(i.item ORDER BY i.place), '[]')))::text
    INTO answer.body
    FROM lead_notice n, jsonb_array_elements(n.lines) WITH ORDINALITY AS i (item, place)
    WHERE n.id = (document #>> '{notice,id}')::uuid
      AND (i.item ->> 'lot' IS NULL OR i.item ->> 'lot' = document ->> 'lot');
    RETURN answer;
END $$;

-- GET /v1/leads: newest first. `position` is what `next` was on the page before, '' for the first; next is NULL on the last.
CREATE FUNCTION lead_page(wanted_state text, wanted_municipality text, after_position text, page_limit int,
                          OUT items text, OUT next_position text) LANGUAGE sql STABLE
AS $$
    WITH page AS MATERIALIZED (
        SELECT l.id, l.created_at, row_number() OVER (ORDER BY l.created_at DESC, l.id DESC) AS place
        FROM lead l
        WHERE (wanted_state IS NULL OR l.state = wanted_state)
          AND (wanted_municipality IS NULL OR EXISTS (
                SELECT FROM lead_municipality m WHERE m.lead_id = l.id AND m.municipality_code = wanted_municipality))
          AND (after_position = '' OR (l.created_at, l.id)
               < (split_part(after_position, ',', 1)::timestamptz, nullif(split_part(after_position, ',', 2), '')::uuid))
        ORDER BY l.created_at DESC, l.id DESC
        LIMIT page_limit + 1)
    SELECT coalesce(jsonb_agg(lead_document(p.id) ORDER BY p.place) FILTER (WHERE p.place <= page_limit), '[]')::text,
           max(to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ',' || p.id)
               FILTER (WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
    FROM page p
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Import

-- A Danish postcode that is known says which municipality, even when that is none of ours; else the NUTS code, of which
-- a region (DK04) stands for all inside it. The whole country says nothing.
CREATE FUNCTION lead_places(places jsonb) RETURNS SETOF char(4) LANGUAGE sql STABLE
AS $$
    SELECT DISTINCT m.code
    FROM jsonb_array_elements(places) AS i (item)
    LEFT JOIN postcode p ON p.code = i.item ->> 'postal_code'
         AND (i.item ->> 'country' = 'DNK' OR starts_with(i.item ->> 'nuts', 'DK'))
    JOIN municipality m ON CASE WHEN p.code IS NOT NULL THEN m.code = p.municipality_code
                                ELSE length(i.item ->> 'nuts') BETWEEN 4 AND 5 AND starts_with(m.nuts3, i.item ->> 'nuts') END
$$;

CREATE FUNCTION lead_winner_key(winner jsonb) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN winner ->> 'cvr' IS NOT NULL THEN 'DNK:' || (winner ->> 'cvr')
        WHEN winner ->> 'id' ~ '[0-9]' THEN coalesce(winner ->> 'country', '?') || ':'
            || regexp_replace(upper(winner ->> 'id'), '[^A-Z0-9]', '', 'g')
        ELSE 'name:' || lower(regexp_replace(btrim(coalesce(winner ->> 'name', winner ->> 'reference', '?')), '\s+', ' ', 'g'))
    END
$$;

-- Which known notice this one is or changes; NULL: none.
CREATE FUNCTION lead_notice_known(notice jsonb) RETURNS lead_notice LANGUAGE plpgsql STABLE
AS $$
DECLARE
    own_version int := (notice ->> 'version')::int;
    own_publication text := notice ->> 'publication';
    known lead_notice;
BEGIN
    SELECT * INTO known FROM lead_notice n
    WHERE n.notice_id = notice ->> 'notice_id' AND n.version = own_version
      AND (n.publication = own_publication OR n.publication IS NULL OR own_publication IS NULL)
    ORDER BY n.publication = own_publication DESC NULLS LAST LIMIT 1;
    IF FOUND THEN
        RETURN known;
    END IF;
    -- Another version of it, if there is but one notice of this id to be a version of.
    SELECT * INTO known FROM lead_notice n
    WHERE n.notice_id = notice ->> 'notice_id' AND n.version <> own_version
      AND NOT EXISTS (SELECT FROM lead_notice o WHERE o.notice_id = n.notice_id AND o.id <> n.id);
    IF NOT FOUND AND notice ->> 'changes' IS NOT NULL THEN
        SELECT * INTO known FROM lead_notice n
        WHERE n.notice_id = notice ->> 'changes'
          AND NOT EXISTS (SELECT FROM lead_notice o WHERE o.notice_id = n.notice_id AND o.id <> n.id);
    END IF;
    RETURN known;
END $$;

-- Tells a partner of leads, nobody else, and not in another's name. SECURITY DEFINER: the outbox is nobody's to write.
CREATE FUNCTION lead_tell(receiver uuid, lead_ids uuid[]) RETURNS uuid LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NOT app_partner() OR NOT EXISTS (SELECT FROM organisation o WHERE o.id = receiver AND o.kind IN ('municipality', 'team'))
       OR EXISTS (SELECT FROM unnest(lead_ids) AS t (id) WHERE NOT EXISTS (SELECT FROM lead l WHERE l.id = t.id)) THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Emner deles kun mellem myndighederne og det fælles team.');
    END IF;
    RETURN outbox_put('lead.assigned', receiver, event_payload => jsonb_build_object('lead_ids', to_jsonb(lead_ids)));
END $$;

-- Places the leads of one import anew, and tells each municipality which of them are new to it, and the team which are new
-- at all: one event for each receiver, none for the one who imports.
CREATE FUNCTION lead_place(changed uuid[], created uuid[]) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE events bigint;
BEGIN
    DELETE FROM lead_municipality m USING lead l
    WHERE l.id = ANY (changed) AND m.lead_id = l.id
      AND m.municipality_code NOT IN (SELECT lead_places(l.data -> 'places'));
    WITH placed AS (
        INSERT INTO lead_municipality (lead_id, municipality_code)
        SELECT l.id, p.code FROM lead l, LATERAL lead_places(l.data -> 'places') AS p (code)
        WHERE l.id = ANY (changed || created)
        ON CONFLICT DO NOTHING RETURNING lead_id, municipality_code
    ), told AS (
        SELECT o.id, p.lead_id FROM placed p JOIN organisation o ON o.municipality_code = p.municipality_code
        UNION ALL
        SELECT o.id, c.lead_id FROM unnest(created) AS c (lead_id), organisation o WHERE o.kind = 'team'
    ), event AS (
        SELECT id, array_agg(lead_id ORDER BY lead_id) AS leads
        FROM told WHERE id <> app_tenant() GROUP BY id ORDER BY id
    )
    SELECT count(lead_tell(id, leads)) INTO events FROM event;
END $$;

-- One lead of a notice: 'created', 'updated' or 'unchanged', and its id.
CREATE FUNCTION lead_put(notice_row uuid, lead_data jsonb, lead_key text, lead_ordinal int, seen uuid[],
                         OUT lead_id uuid, OUT outcome text) LANGUAGE plpgsql
AS $$
DECLARE
    lead_lot text := coalesce(lead_data ->> 'lot', '');
    known lead;
BEGIN
    SELECT * INTO known FROM lead l
    WHERE l.notice = notice_row AND l.lot = lead_lot AND l.winner_key = lead_key AND l.ordinal = lead_ordinal;
    IF NOT FOUND THEN  -- a later version may have mended the company's id
        SELECT * INTO known FROM lead l
        WHERE l.notice = notice_row AND l.lot = lead_lot AND l.ordinal = lead_ordinal AND l.id <> ALL (seen)
          AND lower(l.company_name) = lower(lead_data #>> '{winner,name}');
    END IF;
    lead_id := known.id;
    IF lead_id IS NULL THEN
        INSERT INTO lead (notice, lot, winner_key, ordinal, data)
        VALUES (notice_row, lead_lot, lead_key, lead_ordinal, lead_data) RETURNING id INTO lead_id;
        outcome := 'created';
    ELSIF known.data = lead_data AND known.listed AND known.winner_key = lead_key THEN
        outcome := 'unchanged';
    ELSE
        UPDATE lead l SET data = lead_data, winner_key = lead_key, listed = true, version = l.version + 1, changed_at = now()
        WHERE l.id = known.id;
        outcome := 'updated';
    END IF;
END $$;

CREATE FUNCTION lead_import_reply(notice_row lead_notice, outcome text, leads jsonb, gone int, lines jsonb)
    RETURNS api_reply LANGUAGE sql STABLE
AS $$
    SELECT (CASE WHEN outcome = 'created' THEN 201 ELSE 200 END,
        jsonb_build_object(
            'outcome', outcome, 'notice', lead_notice_document(notice_row),
            'created', (SELECT count(*) FROM jsonb_array_elements(leads) AS e (item) WHERE item ->> 'outcome' = 'created'),
            'updated', (SELECT count(*) FROM jsonb_array_elements(leads) AS e (item) WHERE item ->> 'outcome' = 'updated'),
            'unchanged', (SELECT count(*) FROM jsonb_array_elements(leads) AS e (item) WHERE item ->> 'outcome' = 'unchanged'),
            'gone', gone, 'leads', leads, 'lines', lines)::text,
        NULL::bigint, NULL::text, false)::api_reply
$$;

-- What the API says of the leads a notice has now.
CREATE FUNCTION lead_import_items(notice_row uuid, said_outcome text) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'outcome', said_outcome, 'lot', l.data -> 'lot',
        'title', l.data -> 'title', 'winner', l.data -> 'winner') ORDER BY l.lot, l.winner_key, l.ordinal), '[]')
    FROM lead l WHERE l.notice = notice_row AND l.listed
$$;

CREATE FUNCTION lead_notice_put(known lead_notice, body jsonb, body_digest bytea) RETURNS lead_notice LANGUAGE plpgsql
AS $$
DECLARE
    notice jsonb := body -> 'notice';
    stored lead_notice;
BEGIN
    IF known.id IS NULL THEN
        INSERT INTO lead_notice (notice_id, version, publication, kind, data, lines, digest, imported_by)
        VALUES (notice ->> 'notice_id', (notice ->> 'version')::int, notice ->> 'publication', notice ->> 'kind',
                notice - ARRAY['notice_id', 'version', 'publication', 'kind'], body -> 'lines', body_digest, app_tenant())
        RETURNING * INTO stored;
    ELSE
        UPDATE lead_notice n SET notice_id = notice ->> 'notice_id', version = (notice ->> 'version')::int,
            publication = coalesce(notice ->> 'publication', n.publication), kind = notice ->> 'kind',
            data = notice - ARRAY['notice_id', 'version', 'publication', 'kind'], lines = body -> 'lines',
            digest = body_digest, changed_at = now()
        WHERE n.id = known.id RETURNING * INTO stored;
    END IF;
    RETURN stored;
END $$;

-- POST /v1/leads/notices: body is {"notice", "leads", "lines"} as the API has read it from the file.
CREATE FUNCTION lead_import(body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    body_digest bytea := sha256(convert_to(body::text, 'UTF8'));
    notice jsonb := body -> 'notice';
    known lead_notice;
    stored lead_notice;
    item record;
    done record;
    seen uuid[] := '{}';
    created uuid[] := '{}';
    changed uuid[] := '{}';
    leads jsonb[] := '{}';
    gone int;
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team indlæser bekendtgørelser.');
    END IF;
    IF notice ->> 'notice_id' IS NULL THEN
        notice := notice || jsonb_build_object('notice_id', coalesce('publication:' || (notice ->> 'publication'),
                                                                     'digest:' || encode(body_digest, 'hex')));
        body := jsonb_set(body, '{notice}', notice);
    END IF;
    -- One at a time: two imports of one notice must see each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    known := lead_notice_known(notice);
    IF known.digest = body_digest THEN
        RETURN lead_import_reply(known, 'unchanged', lead_import_items(known.id, 'unchanged'), 0, known.lines);
    ELSIF known.notice_id = notice ->> 'notice_id' AND known.version > (notice ->> 'version')::int THEN
        RETURN lead_import_reply(known, 'superseded', lead_import_items(known.id, 'unchanged'), 0,
            known.lines || jsonb_build_array(jsonb_build_object('severity', 'note', 'code', 'OLDER_VERSION', 'lot', NULL,
                'text', format('Version %s er ældre end version %s, som er indlæst; intet er ændret',
                               notice ->> 'version', known.version))));
    END IF;
    stored := lead_notice_put(known, body, body_digest);
    FOR item IN
        SELECT e.lead_data, k.key, row_number() OVER (PARTITION BY e.lead_data ->> 'lot', k.key ORDER BY e.place)::int AS ordinal
        FROM jsonb_array_elements(body -> 'leads') WITH ORDINALITY AS e (lead_data, place),
             LATERAL lead_winner_key(e.lead_data -> 'winner') AS k (key)
        ORDER BY e.place
    LOOP
        done := lead_put(stored.id, item.lead_data, item.key, item.ordinal, seen);
        seen := array_append(seen, done.lead_id);
        IF done.outcome = 'created' THEN
            created := array_append(created, done.lead_id);
        ELSIF done.outcome = 'updated' THEN
            changed := array_append(changed, done.lead_id);
        END IF;
        leads := array_append(leads, jsonb_build_object('id', done.lead_id, 'outcome', done.outcome,
            'lot', item.lead_data -> 'lot', 'title', item.lead_data -> 'title', 'winner', item.lead_data -> 'winner'));
    END LOOP;
    PERFORM lead_place(changed, created);
    UPDATE lead l SET listed = false, version = l.version + 1, changed_at = now()
    WHERE l.notice = stored.id AND l.listed AND l.id <> ALL (seen);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM audit_append('lead.imported', 'lead_notice', stored.id::text, '{}',
                         jsonb_build_object('leads', cardinality(seen), 'gone', gone, 'lines', jsonb_array_length(body -> 'lines')));
    RETURN lead_import_reply(stored, CASE WHEN known.id IS NULL THEN 'created' ELSE 'updated' END, to_jsonb(leads), gone, body -> 'lines');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Changing

CREATE FUNCTION lead_hold(wanted uuid, seen_version bigint) RETURNS lead LANGUAGE plpgsql
AS $$
DECLARE held lead;
BEGIN
    SELECT * INTO held FROM lead l WHERE l.id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    IF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Emnet er ændret, siden det blev læst.');
    END IF;
    RETURN held;
END $$;

-- PATCH /v1/leads/{id}: the one function that moves a lead by hand. `body` is {"state", "municipality"?, "reason"?, "text"?};
-- assigned without a municipality goes to the caller.
CREATE FUNCTION lead_move(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held lead := lead_hold(wanted, seen_version);
    next_state text := body ->> 'state';
    handler uuid;
BEGIN
    IF held.state = 'order' OR (held.state = 'new' AND next_state = 'new') THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnet kan ikke skifte til den tilstand.');
    END IF;
    IF next_state = 'assigned' THEN
        SELECT o.id INTO handler FROM organisation o
        WHERE CASE WHEN body ? 'municipality' THEN o.municipality_code = body ->> 'municipality' ELSE o.id = app_tenant() END;
        IF handler IS NULL THEN
            PERFORM raise_problem('EB422', 'invalid-body', jsonb_build_array(jsonb_build_object('pointer', '/municipality',
                'code', 'UNKNOWN', 'detail', 'Kommunen er ikke med i emnebanken.'))::text);
        END IF;
    END IF;
    UPDATE lead l SET state = next_state, assigned_to = handler,
        dismissed_reason = CASE WHEN next_state = 'dismissed' THEN body ->> 'reason' END,
        dismissed_text = CASE WHEN next_state = 'dismissed' THEN body ->> 'text' END,
        version = l.version + 1, changed_at = now()
    WHERE l.id = wanted;
    IF handler <> app_tenant() AND handler IS DISTINCT FROM held.assigned_to THEN
        PERFORM lead_tell(handler, ARRAY[wanted]);
    END IF;
    PERFORM audit_append('lead.changed', 'lead', wanted::text, '{}', jsonb_build_object('from', held.state, 'to', next_state));
    RETURN lead_read(wanted);
END $$;

-- The workplace: the first place in Denmark with a known postcode, else the company's own.
CREATE FUNCTION lead_postcode(lead_data jsonb, OUT code char(4), OUT of_work boolean) LANGUAGE sql STABLE
AS $$
    SELECT p.code, c.place > 0
    FROM (SELECT i.place, i.item FROM jsonb_array_elements(lead_data -> 'places') WITH ORDINALITY AS i (item, place)
          UNION ALL SELECT 0, lead_data -> 'winner') AS c (place, item)
    JOIN postcode p ON p.code = c.item ->> 'postal_code'
    WHERE c.item ->> 'country' = 'DNK' OR starts_with(c.item ->> 'nuts', 'DK')
    ORDER BY c.place = 0, c.place LIMIT 1
$$;

-- The draft that a lead gives, with what the caller knows better laid over it. `assumed` names what neither said.
CREATE FUNCTION lead_draft(l lead, given jsonb, OUT draft jsonb, OUT assumed jsonb) LANGUAGE plpgsql STABLE
AS $$
DECLARE
    work record;
    starts date := (l.data ->> 'start_date')::date;
BEGIN
    SELECT p.code, p.of_work INTO work FROM lead_postcode(l.data) AS p; -- both NULL where no place is known
    draft := jsonb_strip_nulls(jsonb_build_object(
        'title', left(concat_ws(': ', l.company_name, l.data ->> 'title'), 200),
        'employer', CASE WHEN l.cvr IS NOT NULL THEN jsonb_build_object('cvr', l.cvr, 'name', coalesce(l.company_name, l.cvr)) END,
        'posts', 1, 'occupations', to_jsonb(lead_trades(l.data)), 'postcode', work.code,
        'start_date', greatest(starts, current_date),
        'end_date', CASE WHEN (l.data ->> 'end_date')::date >= greatest(starts, current_date) THEN l.data ->> 'end_date' END,
        'kinds', '["permanent", "temporary"]'::jsonb)) || given || jsonb_build_object('draft', true, 'lead_id', l.id);
    SELECT coalesce(jsonb_agg('/' || name ORDER BY name), '[]') INTO assumed
    FROM unnest(ARRAY['posts', 'kinds'] || CASE WHEN work.of_work IS NOT TRUE THEN ARRAY['postcode'] END
                || CASE WHEN starts IS NULL OR starts < current_date THEN ARRAY['start_date'] END) AS a (name)
    WHERE NOT given ? name;
END $$;

-- What the draft lacks and what the reference tables do not know, as [{"pointer", "code", "detail"}]. `given` may be of any
-- form.
CREATE FUNCTION lead_draft_faults(l lead, given jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE
    draft jsonb := (SELECT d.draft FROM lead_draft(l, given) AS d);
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', '/' || name, 'code', 'REQUIRED', 'detail', detail)
                                      ORDER BY name), '[]')
            FROM (VALUES ('employer', 'Emnet har intet gyldigt CVR-nummer; angiv arbejdsgiveren.'),
                         ('postcode', 'Emnet har intet kendt dansk postnummer; angiv arbejdsstedets.')) AS f (name, detail)
            WHERE NOT draft ? name) || order_faults(draft);
END $$;

CREATE FUNCTION lead_faults(wanted uuid, given jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE held lead;
BEGIN
    SELECT * INTO held FROM lead l WHERE l.id = wanted;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    RETURN lead_draft_faults(held, given);
END $$;

-- POST /v1/leads/{id}/job-order: a draft order; the order's own checks apply (order_new, orders).
CREATE FUNCTION lead_job_order(request_method text, request_path text, request_key text, request_fingerprint text,
                               wanted uuid, given jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    held lead;
    made uuid;
    draft jsonb;
    assumed jsonb;
    faults jsonb;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    held := lead_hold(wanted, 0);
    IF held.state = 'dismissed' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnet er afvist; genåbn det først.');
    END IF;
    SELECT d.draft, d.assumed INTO draft, assumed FROM lead_draft(held, given) AS d;
    faults := lead_draft_faults(held, given);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    made := order_new(draft, now(), NULL);
    UPDATE lead l SET state = 'order', assigned_to = coalesce(l.assigned_to, app_tenant()), version = l.version + 1,
        changed_at = now()
    WHERE l.id = wanted;
    PERFORM audit_append('lead.changed', 'lead', wanted::text, '{}', jsonb_build_object('from', held.state, 'to', 'order'));
    answer := order_reply(made, 201);
    answer.body := (answer.body::jsonb || jsonb_build_object('assumed', assumed))::text;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

GRANT EXECUTE ON FUNCTION lead_draft_faults(lead, jsonb), lead_faults(uuid, jsonb), lead_time(timestamptz), lead_trades(jsonb), lead_notice_document(lead_notice), lead_document(uuid),
    lead_read(uuid), lead_page(text, text, text, int), lead_places(jsonb), lead_winner_key(jsonb), lead_notice_known(jsonb),
    lead_tell(uuid, uuid[]), lead_place(uuid[], uuid[]), lead_put(uuid, jsonb, text, int, uuid[]),
    lead_import_reply(lead_notice, text, jsonb, int, jsonb), lead_import_items(uuid, text),
    lead_notice_put(lead_notice, jsonb, bytea), lead_import(jsonb), lead_hold(uuid, bigint), lead_move(uuid, bigint, jsonb),
    lead_postcode(jsonb), lead_draft(lead, jsonb), lead_job_order(text, text, text, text, uuid, jsonb) TO emnebank_front;

RESET ROLE;
