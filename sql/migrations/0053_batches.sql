-- Candidates who came together (hold), such as a lay-off, and files that come again and again (a series, named by its source): who is
-- in the series, and who is missing from its latest file. Nobody is removed by a file that does not have them.
--
-- Lock order as in 0025: pool_lock, candidate, then candidate_source and candidate_batch_member, outbox, audit.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- The home's; the team sees that there is one, and counts. Its name may be a company's, which is no personal data.
CREATE TABLE candidate_batch (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    place bigint GENERATED ALWAYS AS IDENTITY UNIQUE, -- of the listing
    organisation_id uuid NOT NULL REFERENCES organisation,
    tag text NOT NULL CHECK (tag ~ '^[a-z0-9-]{1,40}$'),
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 100),
    kind text NOT NULL CHECK (kind IN ('layoff', 'course', 'other')),
    held_on date NOT NULL,
    note text CHECK (length(note) <= 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, tag),
    UNIQUE (id, organisation_id)
);

-- `told`: an event has counted them.
CREATE TABLE candidate_batch_member (
    batch_id uuid NOT NULL,
    candidate_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT now(),
    told boolean NOT NULL DEFAULT false,
    PRIMARY KEY (batch_id, candidate_id),
    FOREIGN KEY (batch_id, organisation_id) REFERENCES candidate_batch (id, organisation_id) ON DELETE CASCADE,
    FOREIGN KEY (candidate_id, organisation_id) REFERENCES candidate (id, organisation_id) ON DELETE CASCADE
);
CREATE INDEX candidate_batch_member_of ON candidate_batch_member (candidate_id);

-- One reading of one file that belongs to a series or makes members of a batch.
CREATE TABLE candidate_import_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation,
    source text CHECK (source ~ '^[a-z0-9-]{1,40}$'),
    batch_id uuid REFERENCES candidate_batch ON DELETE CASCADE,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    counts jsonb
);
CREATE INDEX candidate_import_run_source ON candidate_import_run (organisation_id, source, id DESC);

-- Who is in a series: `run` read them last, `first_run` first.
CREATE TABLE candidate_source (
    organisation_id uuid NOT NULL,
    source text NOT NULL,
    candidate_id uuid NOT NULL,
    first_run bigint NOT NULL,
    run bigint NOT NULL,
    missing_since timestamptz, -- the first whole file that did not have them
    PRIMARY KEY (organisation_id, source, candidate_id),
    FOREIGN KEY (candidate_id, organisation_id) REFERENCES candidate (id, organisation_id) ON DELETE CASCADE
);
CREATE INDEX candidate_source_of ON candidate_source (candidate_id);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['candidate_batch', 'candidate_batch_member', 'candidate_import_run', 'candidate_source'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY home ON %I TO emnebank_front USING (organisation_id = app_tenant())'
                       ' WITH CHECK (organisation_id = app_tenant())', name);
        EXECUTE format('CREATE POLICY municipalities ON %I AS RESTRICTIVE FOR INSERT TO emnebank_front'
                       ' WITH CHECK (app_kind() = ''municipality'')', name);
    END LOOP;
END $$;
CREATE POLICY team_reads ON candidate_batch FOR SELECT TO emnebank_front USING (app_kind() = 'team');
GRANT SELECT, INSERT ON candidate_batch, candidate_batch_member TO emnebank_front;
GRANT SELECT, INSERT, UPDATE (ended_at, counts) ON candidate_import_run TO emnebank_front;
GRANT SELECT, INSERT, UPDATE (run, missing_since) ON candidate_source TO emnebank_front;

ALTER TABLE outbox
    DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN
        ('shortlist.proposed', 'entry.changed', 'order.changed', 'proposal.made', 'lead.assigned', 'cv.released', 'cv.recalled',
         'endpoint.test', 'endpoint.verify', 'endpoint.failing', 'endpoint.disabled', 'endpoint.attention', 'order.warning',
         'order.climbed', 'order.short', 'candidate.expiring', 'candidate.batch', 'push.stopped'));

-- ---------------------------------------------------------------------------------------------------------------
-- Batches

-- How many there are, and of which trades. The home's own are exact. The team is told no number below figures_step() (DESIGN 6.8), and
-- of a trade whole steps: that somebody at a company is without work may be known, not who it is likely to be. What an event says goes
-- to both, and is as the team sees it.
CREATE FUNCTION batch_counts(b candidate_batch, exact boolean) RETURNS jsonb LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET jit = off
AS $$
DECLARE
    total bigint;
    fresh bigint;
    step int := CASE WHEN exact THEN 1 ELSE figures_step() END;
    trades jsonb;
BEGIN
    IF app_kind() IS DISTINCT FROM 'team' AND b.organisation_id IS DISTINCT FROM app_tenant() THEN
        RETURN NULL;
    END IF;
    SELECT count(*), count(*) FILTER (WHERE NOT m.told) INTO total, fresh FROM candidate_batch_member m WHERE m.batch_id = b.id;
    SELECT coalesce(jsonb_agg(jsonb_build_object('code', t.code, 'title', t.title_da, 'candidates', c.people - c.people % step)
                              ORDER BY c.people - c.people % step DESC, t.code), '[]')
    INTO trades
    FROM (SELECT f.code, count(*) AS people FROM candidate_batch_member m
          JOIN candidate_fact f ON f.candidate_id = m.candidate_id AND f.to_version IS NULL AND f.kind = 'occupation'
          WHERE m.batch_id = b.id GROUP BY f.code HAVING count(*) >= step) AS c
    JOIN trade t ON t.code = c.code;
    RETURN jsonb_build_object('candidates', CASE WHEN total = 0 OR total >= step THEN total END,
                              'new', CASE WHEN total >= step AND (fresh = 0 OR fresh >= step) THEN fresh END, 'trades', trades);
END $$;

CREATE FUNCTION batch_document(b candidate_batch) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', b.id, 'tag', b.tag, 'name', b.name, 'kind', b.kind, 'on', b.held_on,
        'note', CASE WHEN b.organisation_id = app_tenant() THEN b.note END,
        'municipality', o.municipality_code, 'created_at', lead_time(b.created_at))
        || batch_counts(b, b.organisation_id = app_tenant()) - 'new'
    FROM organisation o WHERE o.id = b.organisation_id
$$;

CREATE FUNCTION batch_reply(b candidate_batch, code int) RETURNS api_reply LANGUAGE sql STABLE
AS $$ SELECT (code, batch_document(b)::text, NULL::bigint, CASE WHEN code = 201 THEN '/v1/batches/' || b.id END, false)::api_reply $$;

-- POST /v1/batches. The same again is the same batch; another under its tag is refused.
CREATE FUNCTION batch_create(body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE made candidate_batch;
BEGIN
    IF app_kind() IS DISTINCT FROM 'municipality' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun kommuner har kandidater.');
    END IF;
    INSERT INTO candidate_batch (organisation_id, tag, name, kind, held_on, note)
    VALUES (app_tenant(), body ->> 'tag', btrim(body ->> 'name'), body ->> 'kind', (body ->> 'on')::date, body ->> 'note')
    ON CONFLICT (organisation_id, tag) DO NOTHING RETURNING * INTO made;
    IF FOUND THEN
        PERFORM audit_append('batch.made', 'candidate_batch', made.id::text, '{}', jsonb_build_object('kind', made.kind));
        RETURN batch_reply(made, 201);
    END IF;
    SELECT * INTO STRICT made FROM candidate_batch b WHERE b.organisation_id = app_tenant() AND b.tag = body ->> 'tag';
    IF (made.name, made.kind, made.held_on, made.note)
       IS DISTINCT FROM (btrim(body ->> 'name'), body ->> 'kind', (body ->> 'on')::date, body ->> 'note') THEN
        PERFORM raise_problem('EB422', 'invalid-body',
            '[{"pointer": "/tag", "code": "TAKEN", "detail": "Kommunen har et andet hold med det mærke."}]');
    END IF;
    RETURN batch_reply(made, 200);
END $$;

-- GET /v1/batches: the newest first; `after` is the last place seen. Only own ones of a tag.
CREATE FUNCTION batch_page(after text, size int, wanted_tag text) RETURNS TABLE (items text, next_position text) LANGUAGE plpgsql STABLE
AS $$
DECLARE places bigint[];
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun kommuner og det fælles team ser hold.');
    END IF;
    places := ARRAY(SELECT b.place FROM candidate_batch b
                    WHERE (after = '' OR b.place < nullif(after, '')::bigint) AND (wanted_tag IS NULL OR b.tag = wanted_tag)
                    ORDER BY b.place DESC LIMIT size + 1);
    IF cardinality(places) > size THEN
        places := places[1:size];
        next_position := places[size]::text;
    END IF;
    SELECT coalesce(jsonb_agg(batch_document(b) ORDER BY b.place DESC), '[]')::text INTO items
    FROM candidate_batch b WHERE b.place = ANY (places);
    RETURN NEXT;
END $$;

-- GET /v1/batches/{id}: for the home with its members, the first 1,000 by reference, audited as a listing.
CREATE FUNCTION batch_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    b candidate_batch;
    reply api_reply;
    ids uuid[];
    members jsonb;
    total bigint;
BEGIN
    SELECT * INTO b FROM candidate_batch k WHERE k.id = wanted AND app_partner();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Holdet findes ikke.');
    END IF;
    reply := batch_reply(b, 200);
    IF b.organisation_id = app_tenant() THEN
        SELECT coalesce(array_agg(m.id), '{}'), coalesce(jsonb_agg(jsonb_build_object('external_ref', m.external_ref, 'state', m.state,
                   'joined_at', lead_time(m.joined_at)) ORDER BY m.external_ref), '[]'), coalesce(max(m.total), 0)
        INTO ids, members, total
        FROM (SELECT c.id, c.external_ref, j.joined_at, count(*) OVER () AS total,
                     CASE WHEN c.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN c.screening_until IS NULL THEN 'unscreened'
                          WHEN c.screening_until < app_today() THEN 'expired' ELSE 'ready' END AS state
              FROM candidate_batch_member j JOIN candidate c ON c.id = j.candidate_id
              WHERE j.batch_id = b.id ORDER BY c.external_ref LIMIT 1000) AS m;
        IF ids <> '{}' THEN
            PERFORM audit_append('candidate.listed', 'candidate_batch', b.id::text, ids);
        END IF;
        reply.body := (reply.body::jsonb || jsonb_build_object('members', members, 'more', total - cardinality(ids)))::text;
    END IF;
    RETURN reply;
END $$;

-- To the team and to the home: once for each import that brings a batch somebody new, whoever brought them.
CREATE FUNCTION batch_tell(wanted uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    b candidate_batch;
    told uuid;
    said jsonb;
    fresh uuid[]; -- who comes while this goes on is for the next event
BEGIN
    SELECT * INTO b FROM candidate_batch k WHERE k.id = wanted AND k.organisation_id = app_tenant() FOR NO KEY UPDATE;
    fresh := ARRAY(SELECT m.candidate_id FROM candidate_batch_member m WHERE m.batch_id = b.id AND NOT m.told);
    IF fresh = '{}' THEN
        RETURN;
    END IF;
    SELECT jsonb_build_object('batch_id', b.id, 'tag', b.tag, 'kind', b.kind, 'on', b.held_on, 'municipality', o.municipality_code)
           || batch_counts(b, false)
    INTO said FROM organisation o WHERE o.id = b.organisation_id;
    FOR told IN SELECT o.id FROM organisation o WHERE o.kind = 'team' OR o.id = b.organisation_id ORDER BY o.id LOOP
        PERFORM outbox_put('candidate.batch', told, event_payload => said);
    END LOOP;
    UPDATE candidate_batch_member m SET told = true WHERE m.batch_id = b.id AND m.candidate_id = ANY (fresh);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Imports

-- Begins the reading of a file. EB404 when there is no such batch.
CREATE FUNCTION candidate_import_begin(wanted_source text, wanted_tag text) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE
    batch uuid;
    made bigint;
BEGIN
    SELECT b.id INTO batch FROM candidate_batch b WHERE b.organisation_id = app_tenant() AND b.tag = wanted_tag;
    IF wanted_tag IS NOT NULL AND batch IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kommunen har intet hold med det mærke; opret det først.');
    END IF;
    INSERT INTO candidate_import_run (organisation_id, source, batch_id) VALUES (app_tenant(), wanted_source, batch) RETURNING id INTO made;
    RETURN made;
END $$;

-- Notes whom some rows of the run are of: `refs` are all that could be read, `good` those that were taken. What a later
-- file has said of who is missing stands.
CREATE FUNCTION candidate_import_note(wanted_run bigint, refs text[], good text[]) RETURNS void LANGUAGE plpgsql
    SET jit = off
AS $$
DECLARE
    reading candidate_import_run;
    overtaken boolean;
BEGIN
    SELECT * INTO STRICT reading FROM candidate_import_run r WHERE r.id = wanted_run AND r.organisation_id = app_tenant();
    IF reading.source IS NOT NULL THEN
        overtaken := EXISTS (SELECT FROM candidate_import_run l WHERE l.organisation_id = app_tenant() AND l.source = reading.source
                             AND l.id > reading.id AND l.ended_at IS NOT NULL);
        INSERT INTO candidate_source AS s (organisation_id, source, candidate_id, first_run, run)
        SELECT c.organisation_id, reading.source, c.id, reading.id, reading.id FROM candidate c
        WHERE c.organisation_id = app_tenant() AND c.external_ref = ANY (refs) ORDER BY c.id
        ON CONFLICT (organisation_id, source, candidate_id)
            DO UPDATE SET run = greatest(s.run, excluded.run), missing_since = CASE WHEN overtaken THEN s.missing_since END;
    END IF;
    IF reading.batch_id IS NOT NULL THEN
        INSERT INTO candidate_batch_member (batch_id, candidate_id, organisation_id)
        SELECT reading.batch_id, c.id, c.organisation_id FROM candidate c
        WHERE c.organisation_id = app_tenant() AND c.external_ref = ANY (good) ORDER BY c.id
        ON CONFLICT DO NOTHING;
    END IF;
END $$;

-- Writes the rows of a batch that are of nobody known and have no fault, all of them at once; `fresh` are those rows, each with its
-- candidate's "id". Everybody else goes by candidate_faults and candidate_apply, one at a time: whoever is known, has a fault or a word
-- that is no longer in use, or a CPR number that stands in the batch twice. The caller holds pool_lock.
CREATE FUNCTION candidate_import_new(prepared jsonb, OUT fresh jsonb, OUT at bigint) LANGUAGE plpgsql
    SET jit = off
AS $$
DECLARE tenant uuid := app_tenant();
BEGIN
    WITH item AS MATERIALIZED (
        SELECT r.item, r.place, r.item ->> 'external_ref' AS external_ref, decode(r.item #>> '{person,cpr_index}', 'hex') AS cpr_index,
               count(*) OVER (PARTITION BY r.item #>> '{person,cpr_index}') AS with_cpr
        FROM jsonb_array_elements(prepared) WITH ORDINALITY AS r (item, place)
    ), faulty AS (
        SELECT DISTINCT i.place FROM item i, jsonb_array_elements(i.item -> 'facts') AS f (fact)
        WHERE (f.fact ->> 'kind', f.fact ->> 'code') NOT IN (SELECT k.kind, k.code FROM reference_code k)
           OR (f.fact ->> 'kind', f.fact ->> 'code') IN (SELECT v.kind, v.code FROM vocabulary_retired v)
    )
    SELECT coalesce(jsonb_agg(i.item || jsonb_build_object('id', gen_random_uuid()) ORDER BY i.place), '[]') INTO fresh
    FROM item i
    WHERE (i.item ->> 'apply')::boolean
      AND NOT EXISTS (SELECT FROM candidate c WHERE c.organisation_id = tenant AND c.external_ref = i.external_ref)
      AND (i.cpr_index IS NULL OR i.with_cpr = 1 AND NOT EXISTS (
               SELECT FROM candidate_person p WHERE p.organisation_id = tenant AND p.cpr_index = i.cpr_index))
      AND i.item ->> 'postcode' IN (SELECT p.code FROM postcode p)
      AND i.place NOT IN (SELECT f.place FROM faulty f);
    IF fresh = '[]' THEN
        RETURN;
    END IF;
    at := pool_advance();
    INSERT INTO candidate (id, organisation_id, external_ref, changed_version, postcode, max_travel_km, available_from, kinds, protection,
                           screened_by, screened_on, screening_until, content_mac)
    SELECT r.id, tenant, r.external_ref, at, r.postcode, r.max_travel_km, r.available_from, candidate_texts(r.kinds), r.protection,
           r.screening ->> 'by', (r.screening ->> 'on')::date, (r.screening ->> 'until')::date, decode(r.content_mac, 'hex')
    FROM jsonb_to_recordset(fresh) AS r (id uuid, external_ref text, postcode text, max_travel_km int, available_from date, kinds jsonb,
                                         protection text, screening jsonb, content_mac text);
    INSERT INTO candidate_person (candidate_id, organisation_id, wrapped_key, name, phone, email, address, note, cpr, cpr_index)
    SELECT r.id, tenant, decode(p.wrapped_key, 'hex'), decode(p.name, 'hex'), decode(p.phone, 'hex'), decode(p.email, 'hex'),
           decode(p.address, 'hex'), decode(p.note, 'hex'), decode(p.cpr, 'hex'), decode(p.cpr_index, 'hex')
    FROM jsonb_to_recordset(fresh) AS r (id uuid, person jsonb),
         jsonb_to_record(r.person) AS p (wrapped_key text, name text, phone text, email text, address text, note text, cpr text, cpr_index text);
    INSERT INTO candidate_state (candidate_id, organisation_id, from_version, postcode, max_travel_km, available_from, kinds, protected,
                                 screening_until, withdrawn)
    SELECT c.id, c.organisation_id, at, c.postcode, c.max_travel_km, c.available_from, c.kinds, c.protection <> 'none', c.screening_until, false
    FROM candidate c WHERE c.id IN (SELECT r.id FROM jsonb_to_recordset(fresh) AS r (id uuid));
    INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, years, last_used, valid_until, stated_on, source, from_version)
    SELECT r.id, tenant, f.kind, f.code, f.level, f.years, f.last_used, f.valid_until, f.stated_on, f.source, at
    FROM jsonb_to_recordset(fresh) AS r (id uuid, facts jsonb), jsonb_populate_recordset(NULL::candidate_statement, r.facts) AS f;
END $$;

-- As in 0004, with whoever is new written at once.
CREATE OR REPLACE FUNCTION candidate_import(prepared jsonb) RETURNS TABLE (line bigint, outcome text, faults text) LANGUAGE plpgsql
AS $$
DECLARE
    item jsonb;
    found_faults jsonb;
    result candidate_result;
    fresh jsonb := '[]';
    ids jsonb; -- of the new, by line
    at bigint;
    touched uuid[] := '{}';
    created int := 0;
BEGIN
    IF EXISTS (SELECT FROM jsonb_array_elements(prepared) AS r (item)
               WHERE (r.item ->> 'apply')::boolean AND NOT candidate_sent(r.item)) THEN
        PERFORM pool_lock();
        SELECT n.fresh, n.at INTO fresh, at FROM candidate_import_new(prepared) AS n;
    END IF;
    SELECT coalesce(jsonb_object_agg(r.item ->> 'line', r.item -> 'id'), '{}') INTO ids FROM jsonb_array_elements(fresh) AS r (item);
    FOR item IN SELECT value FROM jsonb_array_elements(prepared) WITH ORDINALITY AS r (value, place) ORDER BY place LOOP
        line := (item ->> 'line')::bigint;
        found_faults := '[]';
        IF ids ? line::text THEN
            outcome := 'created';
            result.candidate_id := (ids ->> line::text)::uuid;
        ELSIF (item ->> 'apply')::boolean AND candidate_sent(item) THEN
            outcome := 'unchanged';
        ELSE
            found_faults := candidate_faults(item);
            outcome := 'rejected';
            IF found_faults = '[]' AND (item ->> 'apply')::boolean THEN
                result := candidate_apply(item, at);
                at := result.pool_version;
                outcome := result.outcome;
            END IF;
        END IF;
        IF outcome IN ('created', 'updated') THEN
            touched := touched || result.candidate_id;
            created := created + (outcome = 'created')::int;
        END IF;
        faults := found_faults::text;
        RETURN NEXT;
    END LOOP;
    IF touched <> '{}' THEN
        PERFORM audit_append('candidate.imported', 'organisation', app_tenant()::text, touched,
            jsonb_build_object('created', created, 'updated', cardinality(touched) - created, 'pool_version', at));
    END IF;
END $$;

-- As before, of a run (NULL: of none). `known` of a row: its reference could be read.
CREATE FUNCTION candidate_import(prepared jsonb, wanted_run bigint) RETURNS TABLE (line bigint, outcome text, faults text) LANGUAGE plpgsql
AS $$
DECLARE
    taken bigint[] := '{}';
    refs text[];
    good text[];
BEGIN
    IF wanted_run IS NOT NULL THEN
        PERFORM pool_lock();
    END IF;
    FOR line, outcome, faults IN SELECT i.line, i.outcome, i.faults FROM candidate_import(prepared) AS i LOOP
        IF outcome <> 'rejected' THEN
            taken := taken || line;
        END IF;
        RETURN NEXT;
    END LOOP;
    IF wanted_run IS NOT NULL THEN
        SELECT array_agg(p.item ->> 'external_ref'),
               array_agg(p.item ->> 'external_ref') FILTER (WHERE (p.item ->> 'line')::bigint = ANY (taken))
        INTO refs, good
        FROM jsonb_array_elements(prepared) AS p (item) WHERE (p.item ->> 'known')::boolean;
        PERFORM candidate_import_note(wanted_run, refs, good);
    END IF;
END $$;

-- Ends a run: {"missing", "missing_rows", "missing_unknown"}. `doubt` is why the file itself cannot say who is missing, or NULL. Of who
-- is missing the first 10,000 are named, by their references, until they are in a file again or withdrawn; the naming is audited.
CREATE FUNCTION candidate_import_end(wanted_run bigint, doubt text, confirmed boolean, counted jsonb) RETURNS jsonb LANGUAGE plpgsql
    SET jit = off SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    tenant uuid := app_tenant();
    reading candidate_import_run;
    gone uuid[]; -- who was in the series before, is in the pool still, and is not in the file
    fresh bigint; -- of them those who were not missing before
    seen bigint;
    ids uuid[] := '{}';
    named jsonb := '[]';
BEGIN
    PERFORM pool_lock();
    SELECT * INTO STRICT reading FROM candidate_import_run r WHERE r.id = wanted_run AND r.organisation_id = tenant;
    IF doubt IS NULL AND EXISTS (SELECT FROM candidate_import_run l
                                 WHERE l.organisation_id = tenant AND l.source = reading.source AND l.id > reading.id) THEN
        doubt := 'later_import';
    END IF;
    gone := ARRAY(SELECT s.candidate_id FROM candidate_source s
                  WHERE doubt IS NULL AND s.organisation_id = tenant AND s.source = reading.source AND s.run < reading.id);
    gone := ARRAY(SELECT c.id FROM candidate c WHERE c.id = ANY (gone) AND c.withdrawn_at IS NULL);
    SELECT count(*) FILTER (WHERE s.candidate_id = ANY (gone)), count(*) FILTER (WHERE s.run >= reading.id) INTO fresh, seen
    FROM candidate_source s
    WHERE s.organisation_id = tenant AND s.source = reading.source AND s.first_run < reading.id AND s.missing_since IS NULL;
    IF doubt IS NULL AND NOT confirmed AND fresh > seen THEN
        doubt := 'too_few'; -- a file that was cut, or of something else
    END IF;
    IF doubt IS NULL THEN
        UPDATE candidate_source s SET missing_since = app_now()
        WHERE s.organisation_id = tenant AND s.source = reading.source AND s.candidate_id = ANY (gone) AND s.missing_since IS NULL;
        SELECT coalesce(array_agg(m.id), '{}'), coalesce(jsonb_agg(jsonb_build_object('external_ref', m.external_ref,
                   'missing_since', lead_time(m.missing_since)) ORDER BY m.external_ref), '[]')
        INTO ids, named
        FROM (SELECT c.id, c.external_ref, s.missing_since FROM candidate_source s JOIN candidate c ON c.id = s.candidate_id
              WHERE s.organisation_id = tenant AND s.source = reading.source AND s.candidate_id = ANY (gone)
              ORDER BY c.external_ref LIMIT 10000) AS m;
    END IF;
    PERFORM batch_tell(reading.batch_id);
    counted := counted || jsonb_build_object('missing', CASE WHEN doubt IS NULL THEN cardinality(gone) ELSE 0 END, 'missing_unknown', doubt);
    UPDATE candidate_import_run r SET ended_at = app_now(), counts = counted WHERE r.id = reading.id;
    PERFORM audit_append('candidate.file_read', 'candidate_import', reading.id::text, ids,
                         counted || jsonb_build_object('source', reading.source, 'batch_id', reading.batch_id));
    RETURN jsonb_build_object('missing', counted -> 'missing', 'missing_rows', named, 'missing_unknown', doubt);
END $$;

-- The candidate is told of the reading that missed them (0027).
DO $$
BEGIN
    PERFORM function_reword('citizen_action(text)', $words$('candidate.confirmed',$words$,
        $words$('candidate.file_read', 'Så, at du ikke var med i den seneste fil fra kommunens system'),
        ('candidate.confirmed',$words$);
END $$;

GRANT EXECUTE ON FUNCTION batch_counts(candidate_batch, boolean), batch_document(candidate_batch), batch_reply(candidate_batch, int),
    batch_create(jsonb), batch_page(text, int, text), batch_read(uuid), batch_tell(uuid), candidate_import_begin(text, text),
    candidate_import_note(bigint, text[], text[]), candidate_import_new(jsonb), candidate_import(jsonb, bigint),
    candidate_import_end(bigint, text, boolean, jsonb) TO emnebank_front;

RESET ROLE;
