-- The inbox of leads: one row of `lead` is one company on one project at one stage of the building, from however many sources. What each
-- source said stands in `lead_origin`; `lead.data` is what they say together. Everything comes in by `lead_arrive`: award notices by
-- `lead_import`, exports by `lead_receive_rows`, one by one by `lead_receive`.
--
-- The stage is the building's, the state is the team's own. A hand assignment stands beside the state.

-- In our own schema: nobody may use public. Part of PostgreSQL, and trusted: the owner of the database may install it.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA emnebank;
-- Loaded, so that its setting is known below even where the extension was there before.
DO $$ BEGIN PERFORM emnebank.similarity('a', 'b'); END $$;

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Words made comparable

-- Lower case, Danish and Swedish letters as two, everything else but a-z and digits becomes `gap`. By hand, not by the database's
-- locale: what is the same must be the same on any machine.
CREATE FUNCTION lead_fold(words text, gap text DEFAULT '') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT regexp_replace(
        replace(replace(replace(lower(translate(words, 'ÆØÅÖÄÉÜ', 'æøåöäéü') COLLATE "C"), 'æ', 'ae'), 'ø', 'oe'), 'å', 'aa'),
        '[^a-z0-9]+', gap, 'g')
$$;

-- A company's name as words, without what kind of company it is.
CREATE FUNCTION lead_company_words(company text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT nullif(btrim(regexp_replace(' ' || lead_fold(company, ' ') || ' ', ' (a s|as|aps|i s|k s|p s|ivs|amba|a m b a|fmba|smba|ab|gmbh|ltd)(?= )',
                                       ' ', 'g')), '')
$$;

CREATE FUNCTION lead_project_words(lead_data jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT nullif(btrim(lead_fold(coalesce(lead_data #>> '{project,name}', lead_data ->> 'title'), ' ')), '') $$;

-- By what two sources know that they speak of one project. `ref`: a reference, comparable with others of its kind alone; `project`: the
-- folded name without the company's own, numbers of phases kept; NULL when it says too little.
CREATE FUNCTION lead_keys(lead_data jsonb, own_kind text, OUT ref_kind text, OUT ref text, OUT project text) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE company text := replace(coalesce(lead_company_words(lead_data #>> '{winner,name}'), ''), ' ', '');
BEGIN
    ref := nullif(regexp_replace(upper(lead_data #>> '{project,reference}'), '\s+', '', 'g'), '');
    ref_kind := CASE WHEN ref IS NOT NULL THEN coalesce(lead_data #>> '{project,reference_kind}', own_kind) END;
    project := replace(coalesce(lead_project_words(lead_data), ''), ' ', '');
    IF length(company) >= 4 THEN
        project := replace(project, company, '');
    END IF;
    IF length(project) < 4 THEN
        project := NULL;
    END IF;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Tables

ALTER TABLE lead DROP CONSTRAINT lead_state_check, DROP CONSTRAINT lead_check;
UPDATE lead SET state = 'new' WHERE state = 'assigned';
-- new → contacted → agreement → order; all but order → dismissed, and back. order: at least one job order was made of it.
ALTER TABLE lead
    ADD CONSTRAINT lead_state_check CHECK (state IN ('new', 'contacted', 'agreement', 'order', 'dismissed')),
    ADD COLUMN stage text NOT NULL DEFAULT 'unknown'
        CHECK (stage IN ('planned', 'tender', 'awarded', 'construction', 'completed', 'unknown')),
    ADD COLUMN merged_into uuid REFERENCES lead CHECK (merged_into <> id),
    ADD COLUMN company_words text GENERATED ALWAYS AS (lead_company_words(data #>> '{winner,name}')) STORED,
    ADD COLUMN project_words text GENERATED ALWAYS AS (lead_project_words(data)) STORED;

-- What one source says of one lead: a notice's winner of a lot, or a row of an export.
CREATE TABLE lead_origin (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    place bigint GENERATED ALWAYS AS IDENTITY,        -- the order in which they came
    lead_id uuid NOT NULL REFERENCES lead,
    notice uuid REFERENCES lead_notice,
    lot text,                                         -- '' when the notice names none
    winner_key text,                                  -- lead_winner_key
    ordinal int CHECK (ordinal > 0),                  -- the same company may win a lot by several tenders
    source uuid,                                      -- the export; 0044 knows them
    row_key text CHECK (row_key <> ''),               -- its own reference of the row, else a digest of it
    data jsonb NOT NULL,                              -- as lead.data, as far as this source says anything
    raw jsonb,                                        -- {"column": "text"} as it stood in the file
    stage text NOT NULL,
    ref_kind text,                                    -- lead_keys
    ref text,
    project text,
    cvr char(8) GENERATED ALWAYS AS (data #>> '{winner,cvr}') STORED,
    listed boolean NOT NULL DEFAULT true,             -- the source still has it
    seen_at timestamptz NOT NULL DEFAULT now(),       -- when it last said something new
    UNIQUE (notice, lot, winner_key, ordinal),
    UNIQUE (source, row_key),
    CHECK (num_nonnulls(notice, source) = 1),
    CHECK ((notice IS NULL) = (num_nonnulls(lot, winner_key, ordinal) = 0)),
    CHECK ((source IS NULL) = (row_key IS NULL))
);
CREATE INDEX lead_origin_lead ON lead_origin (lead_id);
CREATE INDEX lead_origin_ref ON lead_origin (cvr, ref) WHERE ref IS NOT NULL;
CREATE INDEX lead_origin_project ON lead_origin (cvr, project) WHERE project IS NOT NULL;

-- Two leads that may be one, where a number does not say it; a person decides.
CREATE TABLE lead_likeness (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    lead_id uuid NOT NULL REFERENCES lead,            -- the later one
    other_id uuid NOT NULL REFERENCES lead,
    company real NOT NULL,                            -- how alike the names are, 0-1
    project real NOT NULL,
    state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'same', 'different')),
    decided_by text,
    decided_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (lead_id <> other_id),
    CHECK ((state = 'proposed') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX lead_likeness_pair ON lead_likeness (least(lead_id, other_id), greatest(lead_id, other_id));
CREATE INDEX lead_likeness_open ON lead_likeness (created_at DESC, id DESC) WHERE state = 'proposed';
CREATE INDEX lead_likeness_other ON lead_likeness (other_id);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['lead_origin', 'lead_likeness'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY partners ON %I TO emnebank_front USING ((SELECT app_partner())) WITH CHECK ((SELECT app_partner()))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON lead_origin, lead_likeness TO emnebank_front;

-- ---------------------------------------------------------------------------------------------------------------
-- What sources say together

-- As every source may say it: what is no CVR number, CPV code or stage is left out (`raw` keeps it), places have all their members.
CREATE FUNCTION lead_item(item jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT item - 'stage' - CASE WHEN item ->> 'cpv' ~ '^[0-9]{8}$' THEN '' ELSE 'cpv' END
        || jsonb_build_object(
            'winner', CASE WHEN jsonb_typeof(item -> 'winner') = 'object'
                           THEN (item -> 'winner') - CASE WHEN item #>> '{winner,cvr}' ~ '^[0-9]{8}$' THEN '' ELSE 'cvr' END
                           ELSE '{}' END,
            'project', CASE WHEN jsonb_typeof(item -> 'project') = 'object' THEN item -> 'project' ELSE '{}' END,
            'places', (SELECT coalesce(jsonb_agg('{"nuts": null, "country": null, "postal_code": null, "city": null, "region": null}'::jsonb
                                                 || p.place_item ORDER BY p.place), '[]')
                       FROM jsonb_array_elements(CASE WHEN jsonb_typeof(item -> 'places') = 'array' THEN item -> 'places' ELSE '[]' END)
                            WITH ORDINALITY AS p (place_item, place) WHERE jsonb_typeof(p.place_item) = 'object'))
$$;

CREATE FUNCTION lead_stage(item jsonb, otherwise text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN item ->> 'stage' IN ('planned', 'tender', 'awarded', 'construction', 'completed') THEN item ->> 'stage' ELSE otherwise END
$$;

-- What the first says that says anything: silence empties nothing. Kinds of value belong to the value they were said of; what has no title
-- is called as its project.
CREATE FUNCTION lead_merge(said jsonb[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    WITH part AS (
        SELECT s.turn, CASE WHEN e.key IN ('winner', 'project') THEN e.key ELSE '' END AS inside, i.key, i.value
        FROM unnest(said) WITH ORDINALITY AS s (data, turn), jsonb_each(s.data) AS e,
             LATERAL (SELECT n.key, n.value FROM jsonb_each(CASE WHEN e.key IN ('winner', 'project') THEN e.value ELSE '{}' END) AS n
                      UNION ALL
                      SELECT e.key, e.value WHERE e.key NOT IN ('winner', 'project')) AS i
        WHERE i.value NOT IN ('null', '[]', '""')
          AND (i.key <> 'value_kind' OR jsonb_typeof(s.data -> 'value') = 'object')
    ), heard AS (
        SELECT DISTINCT ON (p.inside, p.key) p.inside, p.key, p.value FROM part p ORDER BY p.inside, p.key, p.turn
    )
    SELECT '{"lot": null, "role": "sole", "members": [], "tender": null, "contract": null, "value": null, "value_kind": "unknown",
             "framework": false, "framework_max": null, "award_date": null, "contract_date": null, "title": null, "nature": null,
             "cpv": null, "more_cpv": [], "places": [], "start_date": null, "end_date": null}'::jsonb
        || jsonb_build_object('title', max(h.value #>> '{}') FILTER (WHERE h.inside = 'project' AND h.key = 'name'))
        || coalesce(jsonb_object_agg(h.key, h.value) FILTER (WHERE h.inside = ''), '{}')
        || jsonb_build_object(
            'winner', '{"reference": null, "name": null, "id": null, "cvr": null, "postal_code": null, "city": null, "country": null,
                        "nuts": null, "natural_person": false}'::jsonb
                      || coalesce(jsonb_object_agg(h.key, h.value) FILTER (WHERE h.inside = 'winner'), '{}'),
            'project', '{"name": null, "reference": null, "developer": null}'::jsonb
                      || coalesce(jsonb_object_agg(h.key, h.value) FILTER (WHERE h.inside = 'project'), '{}') - 'reference_kind')
    FROM heard h
$$;

-- Puts together anew what the origins of these leads say. What still is in its source comes first, then what was said last.
CREATE FUNCTION lead_remerge(wanted uuid[]) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE lead l SET data = m.data, stage = m.stage, listed = m.listed, version = l.version + 1, changed_at = now()
    FROM (SELECT o.lead_id, bool_or(o.listed) AS listed,
                 lead_merge(array_agg(o.data ORDER BY o.listed DESC, o.seen_at DESC, o.place DESC)) AS data,
                 coalesce((array_agg(o.stage ORDER BY o.listed DESC, o.seen_at DESC, o.place DESC) FILTER (WHERE o.stage <> 'unknown'))[1],
                          'unknown') AS stage
          FROM lead_origin o WHERE o.lead_id = ANY (wanted) GROUP BY o.lead_id) AS m
    WHERE l.id = m.lead_id;
END $$;

-- These origins are no longer in their source. How many were until now.
CREATE FUNCTION lead_unlist(origins uuid[]) RETURNS int LANGUAGE plpgsql
AS $$
DECLARE
    touched uuid[];
BEGIN
    WITH gone AS (UPDATE lead_origin o SET listed = false WHERE o.id = ANY (origins) AND o.listed RETURNING o.lead_id)
    SELECT coalesce(array_agg(g.lead_id), '{}') INTO touched FROM gone g;
    PERFORM lead_remerge(touched);
    RETURN cardinality(touched);
END $$;

-- What leads of before say, said by their notices.
INSERT INTO lead_origin (lead_id, notice, lot, winner_key, ordinal, data, stage, ref_kind, ref, project, listed, seen_at)
SELECT l.id, l.notice, l.lot, l.winner_key, l.ordinal, d.data, 'awarded', k.ref_kind, k.ref, k.project, l.listed, l.changed_at
FROM lead l
JOIN lead_notice n ON n.id = l.notice,
LATERAL (SELECT lead_item(l.data || jsonb_build_object('project', jsonb_build_object(
             'name', l.data -> 'title', 'developer', n.data #> '{buyers,0,name}', 'reference_kind', 'procedure',
             'reference', coalesce(n.data ->> 'procedure', n.publication, n.notice_id) || '/' || l.lot)))) AS d (data),
LATERAL lead_keys(d.data, 'procedure') AS k;
UPDATE lead l SET stage = 'awarded', data = lead_merge(ARRAY[o.data]) FROM lead_origin o WHERE o.lead_id = l.id;
DROP FUNCTION lead_put(uuid, jsonb, text, int, uuid[]);
ALTER TABLE lead DROP COLUMN notice, DROP COLUMN lot, DROP COLUMN winner_key, DROP COLUMN ordinal;
CREATE INDEX lead_company ON lead (company_words) WHERE merged_into IS NULL;
-- Each name once: likeness is looked for among names, and there are far fewer than leads. No pending list: a batch looks for likenesses
-- right after it has written.
CREATE TABLE lead_company_name (words text PRIMARY KEY);
CREATE INDEX lead_company_name_like ON lead_company_name USING gin (words gin_trgm_ops) WITH (fastupdate = off);
INSERT INTO lead_company_name SELECT DISTINCT l.company_words FROM lead l WHERE l.company_words IS NOT NULL;

-- ---------------------------------------------------------------------------------------------------------------
-- Arriving

-- One thing that a source says.
CREATE TYPE lead_arrival AS (
    place int,          -- its own in the set, rising
    notice uuid, lot text, winner_key text, ordinal int,
    source uuid, row_key text, raw jsonb,
    data jsonb, stage text, cvr char(8), ref_kind text, ref text, project text);

-- What became of it: 'created', 'updated', 'unchanged', 'attached' (another source's lead) or 'refused' (no lead).
CREATE TYPE lead_found AS (place int, origin_id uuid, lead_id uuid, outcome text);

-- `origin` is {"notice", "lot", "winner_key", "ordinal"} or {"source", "row", "raw"}.
CREATE FUNCTION lead_arrival_of(place int, origin jsonb, item jsonb) RETURNS lead_arrival LANGUAGE plpgsql STABLE
AS $$
DECLARE
    made lead_arrival;
    keys record;
BEGIN
    made.place := place;
    made.notice := (origin ->> 'notice')::uuid;
    made.source := (origin ->> 'source')::uuid;
    made.data := lead_item(item);
    made.stage := lead_stage(item, CASE WHEN made.notice IS NOT NULL THEN 'awarded' ELSE 'unknown' END);
    IF made.notice IS NOT NULL THEN
        made.lot := coalesce(origin ->> 'lot', '');
        made.winner_key := coalesce(origin ->> 'winner_key', lead_winner_key(made.data -> 'winner'));
        made.ordinal := coalesce((origin ->> 'ordinal')::int, 1);
    ELSE
        made.row_key := origin ->> 'row';
        made.raw := nullif(origin -> 'raw', 'null');
    END IF;
    made.cvr := made.data #>> '{winner,cvr}';
    keys := lead_keys(made.data, coalesce('source:' || made.source, 'notice'));
    made.ref_kind := keys.ref_kind;
    made.ref := keys.ref;
    made.project := keys.project;
    RETURN made;
END $$;

-- The lead that an arrival joins: same company, project and stage; references of one kind decide, else the name does. Two winners of one
-- notice are never one lead: the notice itself keeps them apart.
CREATE FUNCTION lead_joined(a lead_arrival) RETURNS uuid LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT l.id FROM lead_origin o JOIN lead l ON l.id = o.lead_id
        WHERE o.cvr = a.cvr AND l.stage = a.stage AND l.merged_into IS NULL
          AND (o.ref = a.ref AND o.ref_kind = a.ref_kind
               OR o.project = a.project AND NOT EXISTS (
                    SELECT FROM lead_origin p WHERE p.lead_id = l.id AND p.ref_kind = a.ref_kind AND p.ref <> a.ref))
          AND NOT EXISTS (SELECT FROM lead_origin p WHERE p.lead_id = l.id AND p.notice = a.notice)
        ORDER BY (o.ref = a.ref AND o.ref_kind = a.ref_kind) DESC NULLS LAST, l.created_at, l.id LIMIT 1);
END $$;

-- Whose turn it is: nothing before it in the set that is the same row, or may be the same project.
CREATE FUNCTION lead_ready(waiting lead_arrival[]) RETURNS SETOF lead_arrival LANGUAGE sql STABLE
AS $$
    SELECT w.* FROM unnest(waiting) AS w
    WHERE NOT EXISTS (SELECT FROM unnest(waiting) AS e
                      WHERE e.source = w.source AND e.row_key = w.row_key AND e.place < w.place)
      AND NOT EXISTS (SELECT FROM unnest(waiting) AS e
                      WHERE e.cvr = w.cvr AND e.stage = w.stage AND e.ref = w.ref AND e.place < w.place)
      AND NOT EXISTS (SELECT FROM unnest(waiting) AS e
                      WHERE e.cvr = w.cvr AND e.stage = w.stage AND e.project = w.project AND e.place < w.place
                        AND (e.ref_kind = w.ref_kind) IS NOT TRUE)
    ORDER BY w.place
$$;

-- Where each of them belongs. 'later': another of its notice takes that lead, and this one looks again.
CREATE FUNCTION lead_resolve(ready lead_arrival[]) RETURNS SETOF lead_found LANGUAGE sql VOLATILE
AS $$
    WITH known AS (
        SELECT a.place, a.notice, o.id, o.lead_id,
               o.data = a.data AND o.stage = a.stage AND o.listed AND o.raw IS NOT DISTINCT FROM a.raw AS same,
               CASE WHEN o.id IS NULL AND a.cvr IS NOT NULL THEN lead_joined(a) END AS joined
        FROM unnest(ready) AS a
        LEFT JOIN lead_origin o ON o.source = a.source AND o.row_key = a.row_key
        WHERE a.source IS NOT NULL
        UNION ALL
        SELECT a.place, a.notice, o.id, o.lead_id, o.data = a.data AND o.stage = a.stage AND o.listed,
               CASE WHEN o.id IS NULL AND a.cvr IS NOT NULL THEN lead_joined(a) END
        FROM unnest(ready) AS a
        LEFT JOIN lead_origin o ON o.notice = a.notice AND o.lot = a.lot AND o.winner_key = a.winner_key AND o.ordinal = a.ordinal
        WHERE a.notice IS NOT NULL)
    SELECT k.place, k.id, coalesce(k.lead_id, k.joined, gen_random_uuid()),
           CASE WHEN k.same THEN 'unchanged'
                WHEN k.id IS NOT NULL THEN 'updated'
                WHEN k.joined IS NULL THEN 'created'
                WHEN k.notice IS NOT NULL AND row_number() OVER (PARTITION BY k.joined, k.notice ORDER BY k.place) > 1 THEN 'later'
                ELSE 'attached' END
    FROM known k
$$;

-- Writes what is new of them.
CREATE FUNCTION lead_store(ready lead_arrival[], became lead_found[]) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE lead_origin o SET data = a.data, raw = a.raw, stage = a.stage, ref_kind = a.ref_kind, ref = a.ref, project = a.project,
        listed = true, seen_at = now()
    FROM unnest(ready) AS a JOIN unnest(became) AS f ON f.place = a.place
    WHERE o.id = f.origin_id AND f.outcome = 'updated';
    INSERT INTO lead (id, data, stage)
    SELECT f.lead_id, lead_merge(ARRAY[a.data]), a.stage
    FROM unnest(ready) AS a JOIN unnest(became) AS f ON f.place = a.place WHERE f.outcome = 'created';
    INSERT INTO lead_origin (lead_id, notice, lot, winner_key, ordinal, source, row_key, raw, data, stage, ref_kind, ref, project)
    SELECT f.lead_id, a.notice, a.lot, a.winner_key, a.ordinal, a.source, a.row_key, a.raw, a.data, a.stage, a.ref_kind, a.ref, a.project
    FROM unnest(ready) AS a JOIN unnest(became) AS f ON f.place = a.place WHERE f.outcome IN ('created', 'attached') ORDER BY a.place;
    PERFORM lead_remerge(ARRAY(SELECT f.lead_id FROM unnest(became) AS f WHERE f.outcome IN ('updated', 'attached')));
END $$;

-- The one way in, for a set that is handled as if one came after another. Nothing is placed, told or audited: callers do, once.
CREATE FUNCTION lead_arrive(arrivals lead_arrival[]) RETURNS lead_found[] LANGUAGE plpgsql
AS $$
DECLARE
    waiting lead_arrival[] := arrivals;
    ready lead_arrival[];
    round lead_found[];
    became lead_found[] := '{}';
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team indlæser emner.');
    END IF;
    -- One at a time: two imports of one project must see each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    WHILE cardinality(waiting) > 0 LOOP
        ready := ARRAY(SELECT r FROM lead_ready(waiting) AS r);
        round := ARRAY(SELECT r FROM lead_resolve(ready) AS r WHERE r.outcome <> 'later');
        PERFORM lead_store(ready, round);
        became := became || round;
        waiting := ARRAY(SELECT w FROM unnest(waiting) AS w WHERE NOT EXISTS (SELECT FROM unnest(round) AS r WHERE r.place = w.place));
    END LOOP;
    RETURN became;
END $$;

-- Leads without a CVR number may be one although nothing says so: names alike, and the stage no other. The three most alike of each.
-- SECURITY DEFINER: the names are nobody's to read, and row-level security would keep likeness from the index, as it is not leakproof.
CREATE FUNCTION lead_liken(created uuid[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET pg_trgm.similarity_threshold = 0.6 SET enable_seqscan = off SET jit = off
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Emner deles kun mellem myndighederne og det fælles team.');
    END IF;
    INSERT INTO lead_company_name
    SELECT DISTINCT l.company_words FROM unnest(created) AS c (id) JOIN lead l ON l.id = c.id WHERE l.company_words IS NOT NULL
    ON CONFLICT DO NOTHING;
    WITH fresh AS MATERIALIZED (
        SELECT l.id, l.cvr, l.stage, l.company_words, l.project_words FROM unnest(created) AS c (id) JOIN lead l ON l.id = c.id
    ), near AS MATERIALIZED (
        SELECT f.company_words, n.words, similarity(n.words, f.company_words) AS company
        FROM (SELECT DISTINCT company_words FROM fresh) AS f JOIN lead_company_name n ON n.words % f.company_words
    ), pair AS (
        SELECT f.id, o.id AS other, n.company, similarity(o.project_words, f.project_words) AS project
        FROM fresh f
        JOIN near n ON n.company_words = f.company_words
        JOIN lead o ON o.company_words = n.words AND o.merged_into IS NULL
        WHERE o.id <> f.id AND (o.cvr IS NULL OR f.cvr IS NULL)
          AND (o.stage = f.stage OR 'unknown' IN (o.stage, f.stage))
          AND (o.id < f.id OR o.id NOT IN (SELECT g.id FROM fresh g))
    ), ranked AS (
        SELECT p.*, row_number() OVER (PARTITION BY p.id ORDER BY p.company * p.project DESC, p.other) AS place FROM pair p
        WHERE p.project >= 0.5
          AND NOT EXISTS (SELECT FROM lead_origin a JOIN lead_origin b ON b.notice = a.notice WHERE a.lead_id = p.other AND b.lead_id = p.id)
    )
    INSERT INTO lead_likeness (lead_id, other_id, company, project)
    SELECT r.id, r.other, r.company, r.project FROM ranked r WHERE r.place <= 3
    ON CONFLICT DO NOTHING;
END $$;

-- Places the leads of one import anew, and tells all municipalities and the team which leads are new, and each municipality which
-- have become its own: one event for each receiver, none for the one who imports.
CREATE OR REPLACE FUNCTION lead_place(changed uuid[], created uuid[]) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE events bigint;
BEGIN
    DELETE FROM lead_municipality m USING lead l
    WHERE l.id = ANY (changed) AND m.lead_id = l.id
      AND m.municipality_code NOT IN (SELECT lead_places(l.data -> 'places'));
    WITH placed AS (
        INSERT INTO lead_municipality (lead_id, municipality_code)
        SELECT l.id, p.code FROM unnest(changed || created) AS t (id) JOIN lead l ON l.id = t.id, LATERAL lead_places(l.data -> 'places') AS p (code)
        ON CONFLICT DO NOTHING RETURNING lead_id, municipality_code
    ), told AS (
        SELECT o.id, p.lead_id FROM placed p JOIN organisation o ON o.municipality_code = p.municipality_code
        WHERE p.lead_id <> ALL (created)
        UNION ALL
        SELECT o.id, c.lead_id FROM unnest(created) AS c (lead_id), organisation o WHERE o.kind IN ('municipality', 'team')
    ), event AS (
        SELECT id, array_agg(lead_id ORDER BY lead_id) AS leads
        FROM told WHERE id <> app_tenant() GROUP BY id ORDER BY id
    )
    SELECT count(lead_tell(id, leads)) INTO events FROM event;
END $$;

-- What follows from a set that has arrived.
CREATE FUNCTION lead_settle(became lead_found[]) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    created uuid[] := ARRAY(SELECT f.lead_id FROM unnest(became) AS f WHERE f.outcome = 'created' ORDER BY f.place);
BEGIN
    PERFORM lead_place(ARRAY(SELECT DISTINCT f.lead_id FROM unnest(became) AS f
                             WHERE f.outcome IN ('updated', 'attached') AND f.lead_id <> ALL (created)), created);
    PERFORM lead_liken(created);
END $$;

-- One thing that one source says of one lead. `item` is lead.data, with "project", "stage" and "lot" where the source has them.
CREATE FUNCTION lead_receive(origin jsonb, item jsonb, OUT lead_id uuid, OUT outcome text) LANGUAGE plpgsql
AS $$
DECLARE became lead_found[] := lead_arrive(ARRAY[lead_arrival_of(1, origin, item)]);
BEGIN
    PERFORM lead_settle(became);
    lead_id := became[1].lead_id;
    outcome := became[1].outcome;
END $$;

-- At most 500 rows of an export, [{"row", "item", "raw"}]. A row without a company is refused, and no other for its sake.
CREATE FUNCTION lead_receive_rows(from_source uuid, rows jsonb) RETURNS jsonb LANGUAGE plpgsql SET jit = off
AS $$
DECLARE
    arrivals lead_arrival[];
    became lead_found[];
    answer jsonb;
BEGIN
    IF jsonb_array_length(rows) > 500 THEN
        PERFORM raise_problem('EB422', 'invalid-body', 'Højst 500 rækker ad gangen.');
    END IF;
    arrivals := ARRAY(SELECT lead_arrival_of(r.place::int, jsonb_build_object('source', from_source) || (r.item - 'item'), r.item -> 'item')
                      FROM jsonb_array_elements(rows) WITH ORDINALITY AS r (item, place) ORDER BY r.place);
    became := lead_arrive(ARRAY(SELECT a FROM unnest(arrivals) AS a WHERE lead_has_company(a.data)));
    PERFORM lead_settle(became);
    SELECT jsonb_build_object(
        'created', count(*) FILTER (WHERE f.outcome = 'created'), 'updated', count(*) FILTER (WHERE f.outcome = 'updated'),
        'unchanged', count(*) FILTER (WHERE f.outcome = 'unchanged'), 'attached', count(*) FILTER (WHERE f.outcome = 'attached'),
        'refused', count(*) FILTER (WHERE f.outcome IS NULL),
        'rows', coalesce(jsonb_agg(jsonb_build_object('row', a.row_key, 'lead_id', f.lead_id, 'outcome', coalesce(f.outcome, 'refused'),
                                             'fault', CASE WHEN f.outcome IS NULL THEN 'NO_COMPANY' END) ORDER BY a.place), '[]'))
    INTO answer
    FROM unnest(arrivals) AS a LEFT JOIN unnest(became) AS f ON f.place = a.place;
    PERFORM audit_append('lead.received', 'lead_source', from_source::text, '{}', answer - 'rows');
    RETURN answer;
END $$;

CREATE FUNCTION lead_has_company(lead_data jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT num_nonnulls(lead_data #>> '{winner,cvr}', nullif(btrim(lead_data #>> '{winner,name}'), '')) > 0 $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Award notices

DROP FUNCTION lead_import_reply(lead_notice, text, jsonb, int, jsonb);
CREATE FUNCTION lead_import_reply(notice_row lead_notice, outcome text, leads jsonb, gone int, lines jsonb)
    RETURNS api_reply LANGUAGE sql STABLE
AS $$
    SELECT (CASE WHEN outcome = 'created' THEN 201 ELSE 200 END,
        (SELECT jsonb_build_object(
            'outcome', outcome, 'notice', lead_notice_document(notice_row),
            'created', count(*) FILTER (WHERE item ->> 'outcome' = 'created'),
            'updated', count(*) FILTER (WHERE item ->> 'outcome' = 'updated'),
            'unchanged', count(*) FILTER (WHERE item ->> 'outcome' = 'unchanged'),
            'attached', count(*) FILTER (WHERE item ->> 'outcome' = 'attached'),
            'gone', gone, 'leads', leads, 'lines', lines)
         FROM jsonb_array_elements(leads) AS e (item))::text,
        NULL::bigint, NULL::text, false)::api_reply
$$;

-- What the API says of the leads a notice has now.
CREATE OR REPLACE FUNCTION lead_import_items(notice_row uuid, said_outcome text) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'outcome', said_outcome, 'lot', nullif(o.lot, ''),
        'title', l.data -> 'title', 'winner', l.data -> 'winner') ORDER BY o.lot, o.winner_key, o.ordinal), '[]')
    FROM lead_origin o JOIN lead l ON l.id = o.lead_id WHERE o.notice = notice_row AND o.listed
$$;

-- The leads of a notice as they arrive. A procedure's lot is a project; a notice that names no procedure is one of its own.
CREATE FUNCTION lead_notice_arrivals(stored lead_notice, leads jsonb) RETURNS lead_arrival[] LANGUAGE sql STABLE
AS $$
    SELECT ARRAY(
        SELECT lead_arrival_of(e.place::int,
            jsonb_build_object('notice', stored.id, 'lot', coalesce(e.item ->> 'lot', ''), 'winner_key', k.key,
                'ordinal', row_number() OVER (PARTITION BY e.item ->> 'lot', k.key ORDER BY e.place)),
            e.item || jsonb_build_object('project', jsonb_build_object(
                'name', e.item -> 'title', 'developer', stored.data #> '{buyers,0,name}', 'reference_kind', 'procedure',
                'reference', coalesce(stored.data ->> 'procedure', stored.publication, stored.notice_id)
                             || '/' || coalesce(e.item ->> 'lot', ''))
                || coalesce(nullif(e.item -> 'project', 'null'), '{}')))
        FROM jsonb_array_elements(leads) WITH ORDINALITY AS e (item, place), LATERAL lead_winner_key(e.item -> 'winner') AS k (key)
        ORDER BY e.place)
$$;

-- A later version may have mended a company's id: the same name in the same lot is the same.
CREATE FUNCTION lead_notice_mend(arrivals lead_arrival[]) RETURNS void LANGUAGE sql
AS $$
    UPDATE lead_origin o SET winner_key = m.winner_key
    FROM (SELECT DISTINCT ON (a.place) a.winner_key, k.id
          FROM unnest(arrivals) AS a
          JOIN lead_origin k ON k.notice = a.notice AND k.lot = a.lot AND k.ordinal = a.ordinal
               AND lower(k.data #>> '{winner,name}') = lower(a.data #>> '{winner,name}')
          WHERE NOT EXISTS (SELECT FROM lead_origin s WHERE s.notice = a.notice AND s.lot = a.lot AND s.winner_key = a.winner_key
                            AND s.ordinal = a.ordinal)
            AND NOT EXISTS (SELECT FROM unnest(arrivals) AS s WHERE s.lot = k.lot AND s.winner_key = k.winner_key AND s.ordinal = k.ordinal)
          ORDER BY a.place, k.place) AS m
    WHERE o.id = m.id
$$;

-- POST /v1/leads/notices: body is {"notice", "leads", "lines"} as the API has read it from the file.
CREATE OR REPLACE FUNCTION lead_import(body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    body_digest bytea := sha256(convert_to(body::text, 'UTF8'));
    notice jsonb := body -> 'notice';
    known lead_notice;
    stored lead_notice;
    arrivals lead_arrival[];
    became lead_found[];
    leads jsonb;
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
    arrivals := lead_notice_arrivals(stored, body -> 'leads');
    PERFORM lead_notice_mend(arrivals);
    became := lead_arrive(arrivals);
    gone := lead_unlist(ARRAY(
        SELECT o.id FROM lead_origin o
        WHERE o.notice = stored.id AND o.listed
          AND NOT EXISTS (SELECT FROM unnest(arrivals) AS a
                          WHERE a.lot = o.lot AND a.winner_key = o.winner_key AND a.ordinal = o.ordinal)));
    PERFORM lead_settle(became);
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.lead_id, 'outcome', f.outcome, 'lot', nullif(a.lot, ''),
                              'title', l.data -> 'title', 'winner', l.data -> 'winner') ORDER BY a.place), '[]')
    INTO leads
    FROM unnest(arrivals) AS a JOIN unnest(became) AS f ON f.place = a.place JOIN lead l ON l.id = f.lead_id;
    PERFORM audit_append('lead.imported', 'lead_notice', stored.id::text, '{}',
                         jsonb_build_object('leads', jsonb_array_length(leads), 'gone', gone, 'lines', jsonb_array_length(body -> 'lines')));
    RETURN lead_import_reply(stored, CASE WHEN known.id IS NULL THEN 'created' ELSE 'updated' END, leads, gone, body -> 'lines');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Reading

CREATE FUNCTION lead_origin_document(o lead_origin) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', o.id, 'notice', o.notice, 'source', o.source, 'lot', nullif(o.lot, ''), 'row', o.row_key,
                              'stage', o.stage, 'listed', o.listed, 'seen_at', lead_time(o.seen_at))
$$;

CREATE OR REPLACE FUNCTION lead_document(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT l.data || jsonb_build_object(
        'id', l.id, 'state', l.state, 'stage', l.stage, 'version', l.version, 'listed', l.listed, 'merged_into', l.merged_into,
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
        'origins', (SELECT coalesce(jsonb_agg(lead_origin_document(o) ORDER BY o.place), '[]') FROM lead_origin o WHERE o.lead_id = l.id),
        'notice', (SELECT lead_notice_document(n) FROM lead_origin o JOIN lead_notice n ON n.id = o.notice
                   WHERE o.lead_id = l.id ORDER BY o.listed DESC, o.seen_at DESC, o.place DESC LIMIT 1),
        'created_at', lead_time(l.created_at), 'changed_at', lead_time(l.changed_at))
    FROM lead l WHERE l.id = wanted
$$;

-- GET /v1/leads: newest first, those merged into others left out. `filters` may have "state", "stage", "municipality", "source" (an export's
-- id, or 'notices'), "mine" (the caller's by hand, or by place where it is nobody's by hand) and "q" (words in the company's or the project's
-- name, or a CVR number). `position` is what `next` was on the page before, '' for the first; next is NULL on the last.
DROP FUNCTION lead_page(text, text, text, int);
CREATE FUNCTION lead_page(filters jsonb, after_position text, page_limit int, OUT items text, OUT next_position text) LANGUAGE plpgsql STABLE
AS $$
DECLARE
    words text := nullif(btrim(lead_fold(filters ->> 'q', ' ')), '');
    company text := coalesce(lead_company_words(filters ->> 'q'), words);
    export uuid := CASE WHEN filters ->> 'source' <> 'notices' THEN (filters ->> 'source')::uuid END;
    mine boolean := coalesce((filters ->> 'mine')::boolean, false);
    own_code text := (SELECT o.municipality_code FROM organisation o WHERE o.id = app_tenant());
BEGIN
    WITH page AS MATERIALIZED (
        SELECT l.id, l.created_at, row_number() OVER (ORDER BY l.created_at DESC, l.id DESC) AS place
        FROM lead l
        WHERE l.merged_into IS NULL
          AND (filters ->> 'state' IS NULL OR l.state = filters ->> 'state')
          AND (filters ->> 'stage' IS NULL OR l.stage = filters ->> 'stage')
          AND (filters ->> 'municipality' IS NULL OR EXISTS (
                SELECT FROM lead_municipality m WHERE m.lead_id = l.id AND m.municipality_code = filters ->> 'municipality'))
          AND (filters ->> 'source' IS NULL OR EXISTS (
                SELECT FROM lead_origin o WHERE o.lead_id = l.id AND CASE WHEN export IS NULL THEN o.notice IS NOT NULL ELSE o.source = export END))
          AND (NOT mine OR l.assigned_to = app_tenant() OR l.assigned_to IS NULL AND EXISTS (
                SELECT FROM lead_municipality m WHERE m.lead_id = l.id AND m.municipality_code = own_code))
          AND (NOT filters ? 'q' OR position(company IN l.company_words) > 0 OR position(words IN l.project_words) > 0 OR l.cvr = words)
          AND (after_position = '' OR (l.created_at, l.id)
               < (split_part(after_position, ',', 1)::timestamptz, nullif(split_part(after_position, ',', 2), '')::uuid))
        ORDER BY l.created_at DESC, l.id DESC
        LIMIT page_limit + 1)
    SELECT coalesce(jsonb_agg(lead_document(p.id) ORDER BY p.place) FILTER (WHERE p.place <= page_limit), '[]')::text,
           max(to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ',' || p.id)
               FILTER (WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
    INTO items, next_position
    FROM page p;
END $$;

-- GET /v1/leads/{id}: with the lines that its notices have of it, and what each source said, word for word where it is an export.
CREATE OR REPLACE FUNCTION lead_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
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
    answer.body := (document || jsonb_build_object(
        'origins', (SELECT coalesce(jsonb_agg(lead_origin_document(o) || jsonb_build_object('said', o.data, 'raw', o.raw) ORDER BY o.place), '[]')
                    FROM lead_origin o WHERE o.lead_id = wanted),
        'lines', (SELECT coalesce(jsonb_agg(i.item ORDER BY n.imported_at, n.id, i.place), '[]')
                  FROM (SELECT DISTINCT o.notice FROM lead_origin o WHERE o.lead_id = wanted AND o.notice IS NOT NULL) AS of_lead
                  JOIN lead_notice n ON n.id = of_lead.notice, jsonb_array_elements(n.lines) WITH ORDINALITY AS i (item, place)
                  WHERE i.item ->> 'lot' IS NULL
                     OR EXISTS (SELECT FROM lead_origin o WHERE o.lead_id = wanted AND o.notice = n.id AND o.lot = i.item ->> 'lot'))))::text;
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Changing

CREATE OR REPLACE FUNCTION lead_hold(wanted uuid, seen_version bigint) RETURNS lead LANGUAGE plpgsql
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
    IF held.merged_into IS NOT NULL THEN
        PERFORM raise_problem('EB409', 'state-conflict', format('Emnet er lagt sammen med %s.', held.merged_into));
    END IF;
    RETURN held;
END $$;

-- Whose it is to be by hand: 'me', 'nobody' or a municipality's code; as before when nothing is said.
CREATE FUNCTION lead_handler(body jsonb, before uuid) RETURNS uuid LANGUAGE plpgsql STABLE
AS $$
DECLARE handler uuid;
BEGIN
    IF NOT body ? 'assign' THEN
        RETURN before;
    ELSIF body ->> 'assign' IN ('me', 'nobody') THEN
        RETURN CASE WHEN body ->> 'assign' = 'me' THEN app_tenant() END;
    END IF;
    SELECT o.id INTO handler FROM organisation o WHERE o.municipality_code = body ->> 'assign';
    IF handler IS NULL THEN
        PERFORM raise_problem('EB422', 'invalid-body', jsonb_build_array(jsonb_build_object('pointer', '/assign',
            'code', 'UNKNOWN', 'detail', 'Kommunen er ikke med i emnebanken.'))::text);
    END IF;
    RETURN handler;
END $$;

-- PATCH /v1/leads/{id}: the one function that moves a lead by hand. `body` is {"state"?, "assign"?, "reason"?, "text"?}.
CREATE OR REPLACE FUNCTION lead_move(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held lead := lead_hold(wanted, seen_version);
    next_state text := coalesce(body ->> 'state', held.state);
    handler uuid := lead_handler(body, held.assigned_to);
BEGIN
    IF body ? 'state' AND (held.state = 'order' OR held.state = next_state) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnet kan ikke skifte til den tilstand.');
    END IF;
    UPDATE lead l SET state = next_state, assigned_to = handler,
        dismissed_reason = CASE WHEN body ? 'state' THEN body ->> 'reason' ELSE l.dismissed_reason END,
        dismissed_text = CASE WHEN body ? 'state' AND next_state <> 'dismissed' THEN NULL
                              WHEN body ? 'state' THEN body ->> 'text' ELSE l.dismissed_text END,
        version = l.version + 1, changed_at = now()
    WHERE l.id = wanted;
    IF handler <> app_tenant() AND handler IS DISTINCT FROM held.assigned_to THEN
        PERFORM lead_tell(handler, ARRAY[wanted]);
    END IF;
    PERFORM audit_append('lead.changed', 'lead', wanted::text, '{}', jsonb_build_object('from', held.state, 'to', next_state,
                         'assigned', handler IS DISTINCT FROM held.assigned_to));
    RETURN lead_read(wanted);
END $$;

GRANT EXECUTE ON FUNCTION lead_fold(text, text), lead_company_words(text), lead_project_words(jsonb), lead_keys(jsonb, text), lead_item(jsonb),
    lead_stage(jsonb, text), lead_merge(jsonb[]), lead_remerge(uuid[]), lead_unlist(uuid[]), lead_arrival_of(int, jsonb, jsonb),
    lead_joined(lead_arrival), lead_ready(lead_arrival[]), lead_resolve(lead_arrival[]), lead_store(lead_arrival[], lead_found[]),
    lead_arrive(lead_arrival[]), lead_liken(uuid[]), lead_settle(lead_found[]), lead_receive(jsonb, jsonb), lead_receive_rows(uuid, jsonb),
    lead_has_company(jsonb), lead_import_reply(lead_notice, text, jsonb, int, jsonb), lead_notice_arrivals(lead_notice, jsonb),
    lead_notice_mend(lead_arrival[]), lead_origin_document(lead_origin), lead_handler(jsonb, uuid), lead_page(jsonb, text, int) TO emnebank_front;

RESET ROLE;
