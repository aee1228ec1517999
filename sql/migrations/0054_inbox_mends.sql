-- The inbox of leads, mended: a lead is one company whatever its sources say later, and the same rows give the same leads in whatever sets
-- they come. What is in a set is handled one after another, in its order; so what follows from the order is the same for a file as for
-- single rows, and nothing else does:
--   * where sources disagree, what was said last counts;
--   * what may join several leads joins the oldest;
--   * what has no reference of its own joins what was there before it, never the other way round.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Words made comparable: as in 0042, but kept planned. What is written in SQL was taken apart anew for each lead, as generated columns
-- are planned with every INSERT.

CREATE OR REPLACE FUNCTION lead_fold(words text, gap text DEFAULT '') RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN regexp_replace(
        replace(replace(replace(lower(translate(words, 'ÆØÅÖÄÉÜ', 'æøåöäéü') COLLATE "C"), 'æ', 'ae'), 'ø', 'oe'), 'å', 'aa'),
        '[^a-z0-9]+', gap, 'g');
END $$;

CREATE OR REPLACE FUNCTION lead_company_words(company text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN nullif(btrim(regexp_replace(' ' || lead_fold(company, ' ') || ' ', ' (a s|as|aps|i s|k s|p s|ivs|amba|a m b a|fmba|smba|ab|gmbh|ltd)(?= )',
                                       ' ', 'g')), '');
END $$;

CREATE OR REPLACE FUNCTION lead_project_words(lead_data jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$ BEGIN RETURN nullif(btrim(lead_fold(coalesce(lead_data #>> '{project,name}', lead_data ->> 'title'), ' ')), ''); END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Which company

-- Two CVR numbers are two companies. Where one is silent, names that have nothing to do with each other are.
CREATE FUNCTION lead_other_company(one jsonb, other jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    words text;
    said text;
BEGIN
    IF one ->> 'cvr' IS NOT NULL AND other ->> 'cvr' IS NOT NULL THEN
        RETURN one ->> 'cvr' <> other ->> 'cvr';
    END IF;
    words := lead_company_words(one ->> 'name');
    said := lead_company_words(other ->> 'name');
    RETURN coalesce(position(' ' || words || ' ' IN ' ' || said || ' ') = 0 AND position(' ' || said || ' ' IN ' ' || words || ' ') = 0
                    AND similarity(words, said) < 0.4, false);
END $$;

-- former: what a row said of another company than it names now; the lead of that company keeps it. said: the order in which things were
-- said, as seen_at is the same for a whole set.
CREATE SEQUENCE lead_said AS bigint;
ALTER TABLE lead_origin
    ADD COLUMN former boolean NOT NULL DEFAULT false CHECK (former <= NOT listed),
    ADD COLUMN said bigint,
    DROP CONSTRAINT lead_origin_source_row_key_key,
    DROP CONSTRAINT lead_origin_notice_lot_winner_key_ordinal_key;
UPDATE lead_origin o SET said = p.turn
FROM (SELECT q.id, row_number() OVER (ORDER BY q.seen_at, q.place) AS turn FROM lead_origin q) AS p WHERE o.id = p.id;
SELECT setval('lead_said', (SELECT count(*) + 1 FROM lead_origin));
ALTER TABLE lead_origin ALTER said SET DEFAULT nextval('lead_said'), ALTER said SET NOT NULL;
CREATE UNIQUE INDEX lead_origin_row ON lead_origin (source, row_key) WHERE NOT former;
CREATE UNIQUE INDEX lead_origin_winner ON lead_origin (notice, lot, winner_key, ordinal) WHERE NOT former;
CREATE INDEX lead_origin_former ON lead_origin (source, row_key) WHERE former;
DROP INDEX lead_origin_project;
CREATE INDEX lead_origin_project ON lead_origin (cvr, project, coalesce(ref_kind, '')) WHERE project IS NOT NULL;

-- ---------------------------------------------------------------------------------------------------------------
-- What sources say together

-- All members of lead.data, and those of its company and its project.
CREATE FUNCTION lead_whole(merged jsonb, winner jsonb, project jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN '{"lot": null, "role": "sole", "members": [], "tender": null, "contract": null, "value": null, "value_kind": "unknown",
             "framework": false, "framework_max": null, "award_date": null, "contract_date": null, "title": null, "nature": null,
             "cpv": null, "more_cpv": [], "places": [], "start_date": null, "end_date": null}'::jsonb
        || jsonb_build_object('title', project -> 'name') || merged
        || jsonb_build_object(
            'winner', '{"reference": null, "name": null, "id": null, "cvr": null, "postal_code": null, "city": null, "country": null,
                        "nuts": null, "natural_person": false}'::jsonb || winner,
            'project', '{"name": null, "reference": null, "developer": null}'::jsonb || (project - 'reference_kind'));
END $$;

-- The members that say something.
CREATE FUNCTION lead_heard(said jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$ BEGIN RETURN said - ARRAY(SELECT e.key FROM jsonb_each(said) AS e WHERE e.value IN ('null', '[]', '""')); END $$;

-- What one source says by itself: most leads have but one. As lead_merge of it, and much cheaper.
CREATE FUNCTION lead_alone(said jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN lead_whole(lead_heard(said - '{winner,project}'::text[] - CASE WHEN jsonb_typeof(said -> 'value') = 'object' THEN '' ELSE 'value_kind' END),
                      lead_heard(said -> 'winner'), lead_heard(said -> 'project'));
END $$;

-- What the first says that says anything: silence empties nothing. Who the company is, is taken whole from one that has its number, or
-- from the first; where it lives from the first that says so. Kinds of value belong to the value they were said of; what has no title is
-- called as its project.
CREATE OR REPLACE FUNCTION lead_merge(said jsonb[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    who constant text[] := '{name,cvr,country,id,reference,natural_person}';
    home constant text[] := '{postal_code,city,nuts}';
    winner jsonb;
    lives jsonb;
    merged jsonb;
    project jsonb;
    more jsonb;
BEGIN
    IF cardinality(said) = 1 THEN
        RETURN lead_alone(said[1]);
    END IF;
    SELECT coalesce(jsonb_object_agg(h.key, h.value) FILTER (WHERE h.inside = ''), '{}'),
           coalesce(jsonb_object_agg(h.key, h.value) FILTER (WHERE h.inside = 'project'), '{}'),
           coalesce(jsonb_object_agg(h.key, h.value) FILTER (WHERE h.inside = 'winner'), '{}')
    INTO merged, project, more
    FROM (SELECT DISTINCT ON (p.inside, p.key) p.inside, p.key, p.value
          FROM (SELECT s.turn, '' AS inside, e.key, e.value
                FROM unnest(said) WITH ORDINALITY AS s (data, turn), jsonb_each(s.data - '{winner,project}'::text[]) AS e
                WHERE e.key <> 'value_kind' OR jsonb_typeof(s.data -> 'value') = 'object'
                UNION ALL
                SELECT s.turn, 'project', e.key, e.value
                FROM unnest(said) WITH ORDINALITY AS s (data, turn), jsonb_each(s.data -> 'project') AS e
                UNION ALL
                SELECT s.turn, 'winner', e.key, e.value
                FROM unnest(said) WITH ORDINALITY AS s (data, turn), jsonb_each((s.data -> 'winner') - who - home) AS e) AS p
          WHERE p.value NOT IN ('null', '[]', '""')
          ORDER BY p.inside, p.key, p.turn) AS h;
    SELECT (s.data -> 'winner') - home INTO winner FROM unnest(said) WITH ORDINALITY AS s (data, turn)
    ORDER BY s.data #>> '{winner,cvr}' IS NULL, nullif(s.data #>> '{winner,name}', '') IS NULL, s.turn LIMIT 1;
    SELECT (s.data -> 'winner') - who INTO lives FROM unnest(said) WITH ORDINALITY AS s (data, turn)
    WHERE num_nonnulls(s.data #>> '{winner,postal_code}', s.data #>> '{winner,city}', s.data #>> '{winner,nuts}') > 0 ORDER BY s.turn LIMIT 1;
    RETURN lead_whole(merged, lead_heard(coalesce(lives, '{}') || winner || more), project);
END $$;

CREATE OR REPLACE FUNCTION lead_remerge(wanted uuid[]) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE lead l SET data = m.data, stage = m.stage, listed = m.listed, version = l.version + 1, changed_at = now()
    FROM (SELECT o.lead_id, bool_or(o.listed) AS listed, lead_merge(array_agg(o.data ORDER BY o.listed DESC, o.said DESC)) AS data,
                 coalesce((array_agg(o.stage ORDER BY o.listed DESC, o.said DESC) FILTER (WHERE o.stage <> 'unknown'))[1], 'unknown') AS stage
          FROM lead_origin o WHERE o.lead_id = ANY (wanted) GROUP BY o.lead_id) AS m
    WHERE l.id = m.lead_id;
END $$;

-- As before, and the leads are where they are said to be now; it touches many, so it waits for imports and merges as they do for each other.
CREATE OR REPLACE FUNCTION lead_unlist(origins uuid[]) RETURNS int LANGUAGE plpgsql
AS $$
DECLARE touched uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    WITH gone AS (UPDATE lead_origin o SET listed = false WHERE o.id = ANY (origins) AND o.listed RETURNING o.lead_id)
    SELECT coalesce(array_agg(g.lead_id), '{}') INTO touched FROM gone g;
    PERFORM lead_remerge(touched);
    PERFORM lead_place(touched, '{}');
    RETURN cardinality(touched);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Arriving

-- As before. Origins that have another reference of the arrival's own kind are passed over by the index: one contractor may have thousands.
CREATE OR REPLACE FUNCTION lead_joined(a lead_arrival) RETURNS uuid LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        WITH near AS MATERIALIZED (
            SELECT o.lead_id, true AS by_ref FROM lead_origin o WHERE o.cvr = a.cvr AND o.ref = a.ref AND o.ref_kind = a.ref_kind
            UNION ALL
            SELECT o.lead_id, false FROM lead_origin o
            WHERE o.cvr = a.cvr AND o.project = a.project AND coalesce(o.ref_kind, '') > coalesce(a.ref_kind, '')
            UNION ALL
            SELECT o.lead_id, false FROM lead_origin o
            WHERE o.cvr = a.cvr AND o.project = a.project AND coalesce(o.ref_kind, '') < coalesce(a.ref_kind, '')
            UNION ALL
            SELECT o.lead_id, false FROM lead_origin o
            WHERE a.ref_kind IS NULL AND o.cvr = a.cvr AND o.project = a.project AND coalesce(o.ref_kind, '') = ''
        )
        SELECT n.lead_id
        FROM near n,
        LATERAL (SELECT l.stage, l.merged_into, l.cvr FROM lead l WHERE l.id = n.lead_id OFFSET 0) AS l,
        LATERAL (SELECT min(p.place) AS first, coalesce(bool_or(p.ref_kind = a.ref_kind AND p.ref <> a.ref), false) AS other,
                        coalesce(bool_or(p.notice = a.notice), false) AS same
                 FROM lead_origin p WHERE p.lead_id = n.lead_id) AS o
        WHERE l.stage = a.stage AND l.merged_into IS NULL AND (l.cvr = a.cvr) IS NOT FALSE AND (n.by_ref OR NOT o.other) AND NOT o.same
        ORDER BY n.by_ref DESC, o.first LIMIT 1);
END $$;

-- Whether what a row says now is of another company than the lead it stands on: by its number, or by a name that is neither its own of
-- before nor the lead's. A later notice that mends the number of its only winner of that name is no other company.
CREATE FUNCTION lead_leaves(known lead_origin, a lead_arrival) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
DECLARE
    before jsonb := known.data -> 'winner';
    now_said jsonb := a.data -> 'winner';
    company jsonb;
BEGIN
    IF before = now_said THEN
        RETURN false;
    END IF;
    SELECT l.data -> 'winner' INTO company FROM lead l WHERE l.id = known.lead_id;
    IF NOT lead_other_company(company, now_said) THEN
        RETURN false;
    ELSIF (company ->> 'cvr' = now_said ->> 'cvr') IS NULL THEN
        RETURN lead_other_company(before, now_said);
    END IF;
    RETURN a.notice IS NULL OR lower(before ->> 'name') IS DISTINCT FROM lower(now_said ->> 'name')
        OR EXISTS (SELECT FROM lead_origin p WHERE p.lead_id = known.lead_id AND p.id <> known.id);
END $$;

-- An origin of its own for what nobody has said before: of the lead that it joins, or of a new one.
CREATE FUNCTION lead_origin_add(a lead_arrival) RETURNS lead_found LANGUAGE plpgsql
AS $$
DECLARE became lead_found;
BEGIN
    became.place := a.place;
    became.lead_id := CASE WHEN a.cvr IS NOT NULL THEN lead_joined(a) END;
    became.outcome := CASE WHEN became.lead_id IS NULL THEN 'created' ELSE 'attached' END;
    IF became.lead_id IS NULL THEN
        INSERT INTO lead (data, stage) VALUES (lead_merge(ARRAY[a.data]), a.stage) RETURNING id INTO became.lead_id;
    END IF;
    INSERT INTO lead_origin (lead_id, notice, lot, winner_key, ordinal, source, row_key, raw, data, stage, ref_kind, ref, project)
    VALUES (became.lead_id, a.notice, a.lot, a.winner_key, a.ordinal, a.source, a.row_key, a.raw, a.data, a.stage, a.ref_kind, a.ref, a.project)
    RETURNING id INTO became.origin_id;
    IF became.outcome = 'attached' THEN
        PERFORM lead_remerge(ARRAY[became.lead_id]);
    END IF;
    RETURN became;
END $$;

-- What an origin says now.
CREATE FUNCTION lead_origin_say(known lead_origin, a lead_arrival) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE lead_origin o SET data = a.data, raw = a.raw, stage = a.stage, ref_kind = a.ref_kind, ref = a.ref, project = a.project,
        listed = true, former = false, seen_at = now(), said = nextval('lead_said')
    WHERE o.id = known.id;
    PERFORM lead_remerge(ARRAY[known.lead_id]);
END $$;

-- A row that names another company leaves its lead: what it said stays there as former, and it goes where it once was with that company,
-- or comes as if new. So a lead keeps its company, its history and at least one origin.
CREATE FUNCTION lead_origin_leave(known lead_origin, a lead_arrival) RETURNS lead_found LANGUAGE plpgsql
AS $$
DECLARE
    before lead_origin;
    became lead_found;
BEGIN
    UPDATE lead_origin o SET former = true, listed = false WHERE o.id = known.id;
    PERFORM lead_remerge(ARRAY[known.lead_id]);
    PERFORM lead_place(ARRAY[known.lead_id], '{}');
    SELECT o.* INTO before FROM lead_origin o JOIN lead l ON l.id = o.lead_id
    WHERE o.source = a.source AND o.row_key = a.row_key AND o.former AND o.id <> known.id
      AND NOT lead_other_company(o.data -> 'winner', a.data -> 'winner') AND NOT lead_other_company(l.data -> 'winner', a.data -> 'winner')
    ORDER BY o.said DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN lead_origin_add(a);
    END IF;
    PERFORM lead_origin_say(before, a);
    became := (a.place, before.id, before.lead_id, 'attached');
    RETURN became;
END $$;

CREATE FUNCTION lead_arrive_one(a lead_arrival) RETURNS lead_found LANGUAGE plpgsql
AS $$
DECLARE
    known lead_origin;
    became lead_found;
BEGIN
    IF a.notice IS NULL THEN
        SELECT * INTO known FROM lead_origin o WHERE o.source = a.source AND o.row_key = a.row_key AND NOT o.former;
    ELSE
        SELECT * INTO known FROM lead_origin o
        WHERE o.notice = a.notice AND o.lot = a.lot AND o.winner_key = a.winner_key AND o.ordinal = a.ordinal AND NOT o.former;
    END IF;
    IF known.id IS NULL THEN
        RETURN lead_origin_add(a);
    END IF;
    became := (a.place, known.id, known.lead_id, 'unchanged');
    IF known.data = a.data AND known.stage = a.stage AND known.listed AND (a.notice IS NOT NULL OR known.raw IS NOT DISTINCT FROM a.raw) THEN
        RETURN became;
    ELSIF lead_leaves(known, a) THEN
        RETURN lead_origin_leave(known, a);
    END IF;
    PERFORM lead_origin_say(known, a);
    became.outcome := 'updated';
    RETURN became;
END $$;

-- The one way in, one after another. Nothing is placed, told or audited: callers do, once. SECURITY DEFINER: who may is asked once, not by
-- row-level security in each of the statements of each row. Never by a scan: plans
-- that were made while the inbox was small are kept.
CREATE OR REPLACE FUNCTION lead_arrive(arrivals lead_arrival[]) RETURNS lead_found[] LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    a lead_arrival;
    became lead_found[] := '{}';
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team indlæser emner.');
    END IF;
    -- One at a time: two imports of one project must see each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    FOREACH a IN ARRAY arrivals LOOP
        became := became || lead_arrive_one(a);
    END LOOP;
    RETURN became;
END $$;
DROP FUNCTION lead_ready(lead_arrival[]), lead_resolve(lead_arrival[]), lead_store(lead_arrival[], lead_found[]);

-- ---------------------------------------------------------------------------------------------------------------
-- Likeness

-- Which names are alike, both ways and each with itself: looked for once, when a name is new. A company's hundredth lead costs no search.
CREATE TABLE lead_company_near (
    words text NOT NULL REFERENCES lead_company_name,
    near text NOT NULL REFERENCES lead_company_name,
    company real NOT NULL,
    PRIMARY KEY (words, near)
);
DROP INDEX lead_company;
CREATE INDEX lead_company ON lead (company_words, created_at DESC) WHERE merged_into IS NULL;
CREATE INDEX lead_company_bare ON lead (company_words, created_at DESC) WHERE merged_into IS NULL AND cvr IS NULL;
CREATE INDEX lead_company_project ON lead (company_words, project_words) WHERE merged_into IS NULL;

-- The names of these leads, known from now on, and which others they are like.
CREATE FUNCTION lead_names(fresh uuid[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET pg_trgm.similarity_threshold = 0.6 SET enable_seqscan = off SET jit = off
AS $$
DECLARE added text[];
BEGIN
    WITH made AS (
        INSERT INTO lead_company_name
        SELECT DISTINCT l.company_words FROM unnest(fresh) AS c (id) JOIN lead l ON l.id = c.id WHERE l.company_words IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING words)
    SELECT array_agg(m.words) INTO added FROM made m;
    WITH alike AS MATERIALIZED (
        SELECT a.words, n.words AS near, similarity(n.words, a.words) AS company
        FROM unnest(added) AS a (words) JOIN lead_company_name n ON n.words % a.words)
    INSERT INTO lead_company_near (words, near, company)
    SELECT a.words, a.near, a.company FROM alike a
    UNION ALL
    SELECT a.near, a.words, a.company FROM alike a WHERE a.near <> ALL (added);
END $$;

-- Leads without a CVR number may be one although nothing says so: names alike, and the stage no other. The three most alike of each that
-- were there before it. Of a company with very many leads its hundred newest are looked at, and those of the very project.
CREATE OR REPLACE FUNCTION lead_liken(created uuid[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET jit = off SET enable_seqscan = off
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Emner deles kun mellem myndighederne og det fælles team.');
    END IF;
    PERFORM lead_names(created);
    WITH fresh AS MATERIALIZED (
        SELECT c.turn, l.id, l.cvr, l.stage, l.project_words, n.near, n.company
        FROM unnest(created) WITH ORDINALITY AS c (id, turn) JOIN lead l ON l.id = c.id
        JOIN lead_company_near n ON n.words = l.company_words
        WHERE l.project_words IS NOT NULL
    ), pair AS MATERIALIZED (
        SELECT DISTINCT ON (f.id, o.id) f.turn, f.id, o.id AS other, f.company, similarity(o.project_words, f.project_words) AS project
        FROM fresh f, LATERAL (
            (SELECT b.id, b.project_words, b.stage FROM lead b
             WHERE f.cvr IS NOT NULL AND b.company_words = f.near AND b.merged_into IS NULL AND b.cvr IS NULL
             ORDER BY b.created_at DESC LIMIT 100)
            UNION ALL
            (SELECT b.id, b.project_words, b.stage FROM lead b
             WHERE f.cvr IS NULL AND b.company_words = f.near AND b.merged_into IS NULL ORDER BY b.created_at DESC LIMIT 100)
            UNION ALL
            SELECT b.id, b.project_words, b.stage FROM lead b
            WHERE b.company_words = f.near AND b.project_words = f.project_words AND b.merged_into IS NULL AND (f.cvr IS NULL OR b.cvr IS NULL)) AS o
        WHERE o.id <> f.id AND (o.stage = f.stage OR 'unknown' IN (o.stage, f.stage))
    ), ranked AS (
        SELECT p.*, row_number() OVER (PARTITION BY p.id ORDER BY p.company * p.project DESC, first.place) AS rank
        FROM pair p
        LEFT JOIN unnest(created) WITH ORDINALITY AS c (id, turn) ON c.id = p.other,
        LATERAL (SELECT min(o.place) AS place FROM lead_origin o WHERE o.lead_id = p.other) AS first
        WHERE p.project >= 0.5 AND (c.turn IS NULL OR c.turn < p.turn)
          AND NOT EXISTS (SELECT FROM lead_origin a JOIN lead_origin b ON b.notice = a.notice WHERE a.lead_id = p.other AND b.lead_id = p.id)
    )
    INSERT INTO lead_likeness (lead_id, other_id, company, project)
    SELECT r.id, r.other, r.company, r.project FROM ranked r WHERE r.rank <= 3
    ON CONFLICT DO NOTHING;
END $$;
INSERT INTO lead_company_near (words, near, company)
SELECT a.words, b.words, similarity(b.words, a.words) FROM lead_company_name a JOIN lead_company_name b ON similarity(b.words, a.words) >= 0.6;

-- What follows from sets that have arrived in one transaction.
CREATE OR REPLACE FUNCTION lead_settle(became lead_found[]) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    created uuid[];
    changed uuid[];
BEGIN
    SELECT coalesce(array_agg(f.lead_id ORDER BY f.turn) FILTER (WHERE f.fresh), '{}'), coalesce(array_agg(f.lead_id) FILTER (WHERE NOT f.fresh), '{}')
    INTO created, changed
    FROM (SELECT b.lead_id, min(b.turn) AS turn, bool_or(b.outcome = 'created') AS fresh
          FROM unnest(became) WITH ORDINALITY AS b (place, origin_id, lead_id, outcome, turn) WHERE b.outcome <> 'unchanged' GROUP BY b.lead_id) AS f;
    IF cardinality(created || changed) > 0 THEN
        PERFORM lead_place(changed, created);
        PERFORM lead_liken(created);
    END IF;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Award notices

-- What became of a notice: as it is stored, the answer to whoever imports it, and its leads. audit: NULL when nothing changed.
CREATE TYPE lead_taken AS (notice uuid, answer api_reply, became lead_found[], audit jsonb);

CREATE OR REPLACE FUNCTION lead_notice_mend(arrivals lead_arrival[]) RETURNS void LANGUAGE sql
AS $$
    UPDATE lead_origin o SET winner_key = m.winner_key
    FROM (SELECT DISTINCT ON (a.place) a.winner_key, k.id
          FROM unnest(arrivals) AS a
          JOIN lead_origin k ON k.notice = a.notice AND k.lot = a.lot AND k.ordinal = a.ordinal AND NOT k.former
               AND lower(k.data #>> '{winner,name}') = lower(a.data #>> '{winner,name}')
          WHERE NOT EXISTS (SELECT FROM lead_origin s WHERE s.notice = a.notice AND s.lot = a.lot AND s.winner_key = a.winner_key
                            AND s.ordinal = a.ordinal AND NOT s.former)
            AND NOT EXISTS (SELECT FROM unnest(arrivals) AS s WHERE s.lot = k.lot AND s.winner_key = k.winner_key AND s.ordinal = k.ordinal)
          ORDER BY a.place, k.place) AS m
    WHERE o.id = m.id
$$;

-- Stores one notice and its leads: {"notice", "leads", "lines"}. Nothing is placed, told or audited yet.
CREATE FUNCTION lead_import_take(body jsonb) RETURNS lead_taken LANGUAGE plpgsql
AS $$
DECLARE
    body_digest bytea := sha256(convert_to(body::text, 'UTF8'));
    notice jsonb := body -> 'notice';
    known lead_notice;
    stored lead_notice;
    arrivals lead_arrival[];
    leads jsonb;
    gone int;
    taken lead_taken;
BEGIN
    IF notice ->> 'notice_id' IS NULL THEN
        notice := notice || jsonb_build_object('notice_id', coalesce('publication:' || (notice ->> 'publication'),
                                                                     'digest:' || encode(body_digest, 'hex')));
        body := jsonb_set(body, '{notice}', notice);
    END IF;
    known := lead_notice_known(notice);
    taken.answer := lead_import_known(known, notice, body_digest);
    IF (taken.answer).status IS NOT NULL THEN
        RETURN taken;
    END IF;
    stored := lead_notice_put(known, body, body_digest);
    arrivals := lead_notice_arrivals(stored, body -> 'leads');
    PERFORM lead_notice_mend(arrivals);
    taken.became := lead_arrive(arrivals);
    gone := lead_unlist(ARRAY(
        SELECT o.id FROM lead_origin o
        WHERE o.notice = stored.id AND o.listed
          AND NOT EXISTS (SELECT FROM unnest(arrivals) AS a
                          WHERE a.lot = o.lot AND a.winner_key = o.winner_key AND a.ordinal = o.ordinal)));
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.lead_id, 'outcome', f.outcome, 'lot', nullif(a.lot, ''),
                              'title', l.data -> 'title', 'winner', l.data -> 'winner') ORDER BY a.place), '[]')
    INTO leads
    FROM unnest(arrivals) AS a JOIN unnest(taken.became) AS f ON f.place = a.place JOIN lead l ON l.id = f.lead_id;
    taken.notice := stored.id;
    taken.audit := jsonb_build_object('leads', jsonb_array_length(leads), 'gone', gone, 'lines', jsonb_array_length(body -> 'lines'));
    taken.answer := lead_import_reply(stored, CASE WHEN known.id IS NULL THEN 'created' ELSE 'updated' END, leads, gone, body -> 'lines');
    RETURN taken;
END $$;

-- The answer to a notice that changes nothing: it is known, or something newer or better is. Nothing for any other.
CREATE FUNCTION lead_import_known(known lead_notice, notice jsonb, body_digest bytea) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE
    code text;
    said text;
BEGIN
    IF known.digest = body_digest THEN
        RETURN lead_import_reply(known, 'unchanged', lead_import_items(known.id, 'unchanged'), 0, known.lines);
    ELSIF known.notice_id NOT LIKE 'publication:%' AND notice ->> 'notice_id' LIKE 'publication:%' THEN
        code := 'SAME_PUBLICATION';
        said := format('Bekendtgørelse %s er allerede indlæst som eForms, der siger mere; intet er ændret', known.publication);
    ELSIF known.notice_id = notice ->> 'notice_id' AND known.version > (notice ->> 'version')::int THEN
        code := 'OLDER_VERSION';
        said := CASE WHEN known.version > 99 THEN 'Udgivelsen er ældre end den, som er indlæst; intet er ændret'
                     ELSE format('Version %s er ældre end version %s, som er indlæst; intet er ændret', notice ->> 'version', known.version) END;
    ELSE
        RETURN NULL;
    END IF;
    RETURN lead_import_reply(known, 'superseded', lead_import_items(known.id, 'unchanged'), 0,
        known.lines || jsonb_build_array(jsonb_build_object('severity', 'note', 'code', code, 'lot', NULL, 'text', said)));
END $$;

-- Notices that come together, in their order: each receiver is told once, and the audit is written when all leads are, as by whoever
-- changes one (lead_move): the lead first, then the chain.
CREATE FUNCTION lead_import_all(notices jsonb) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    item jsonb;
    taken lead_taken;
    all_taken lead_taken[] := '{}';
    became lead_found[] := '{}';
    answers jsonb := '[]';
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team indlæser bekendtgørelser.');
    END IF;
    -- One at a time: two imports of one notice must see each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    FOR item IN SELECT e.item FROM jsonb_array_elements(notices) WITH ORDINALITY AS e (item, place) ORDER BY e.place LOOP
        taken := lead_import_take(item);
        all_taken := all_taken || taken;
        became := became || taken.became;
        answers := answers || jsonb_build_array(to_jsonb(taken.answer));
    END LOOP;
    PERFORM lead_settle(became);
    FOREACH taken IN ARRAY all_taken LOOP
        IF taken.audit IS NOT NULL THEN
            PERFORM audit_append('lead.imported', 'lead_notice', taken.notice::text, '{}', taken.audit);
        END IF;
    END LOOP;
    RETURN answers;
END $$;

CREATE OR REPLACE FUNCTION lead_import(body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$ BEGIN RETURN jsonb_populate_record(NULL::api_reply, lead_import_all(jsonb_build_array(body)) -> 0); END $$;

CREATE OR REPLACE FUNCTION lead_import_releases(notices jsonb) RETURNS jsonb LANGUAGE plpgsql
AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg((a.item ->> 'body')::jsonb ORDER BY a.place), '[]')
            FROM jsonb_array_elements(lead_import_all(notices)) WITH ORDINALITY AS a (item, place));
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Leads that are one

-- Everything of one living lead goes to another of the same company; it stays as a pointer. SECURITY DEFINER: orders of other
-- organisations name the lead, too. So it looks at the leads itself, and believes nobody what they are.
DROP FUNCTION lead_move_all(lead, lead);
CREATE FUNCTION lead_move_all(gone_id uuid, kept_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    ladder constant text[] := ARRAY['dismissed', 'new', 'contacted', 'agreement', 'order'];
    gone lead;
    kept lead;
    further boolean;
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Emner deles kun mellem myndighederne og det fælles team.');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    gone := lead_hold(gone_id, 0);
    kept := lead_hold(kept_id, 0);
    IF gone.id = kept.id OR gone.cvr <> kept.cvr THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnerne har hver sit CVR-nummer og er to virksomheder.');
    END IF;
    further := array_position(ladder, gone.state) > array_position(ladder, kept.state);
    UPDATE lead_origin o SET lead_id = kept.id WHERE o.lead_id = gone.id;
    UPDATE lead_contact c SET lead_id = kept.id WHERE c.lead_id = gone.id;
    UPDATE job_order o SET lead_id = kept.id WHERE o.lead_id = gone.id;
    PERFORM need_move(gone.id, kept.id);
    PERFORM lead_likeness_move(gone.id, kept.id);
    DELETE FROM lead_municipality m WHERE m.lead_id = gone.id;
    UPDATE lead l SET merged_into = kept.id, listed = false, version = l.version + 1, changed_at = now() WHERE l.id = gone.id;
    UPDATE lead l SET merged_into = kept.id, version = l.version + 1, changed_at = now() WHERE l.merged_into = gone.id;
    UPDATE lead l SET state = CASE WHEN further THEN gone.state ELSE l.state END,
        dismissed_reason = CASE WHEN NOT further THEN l.dismissed_reason END, dismissed_text = CASE WHEN NOT further THEN l.dismissed_text END,
        assigned_to = coalesce(l.assigned_to, gone.assigned_to)
    WHERE l.id = kept.id;
    PERFORM lead_remerge(ARRAY[kept.id]);
END $$;

-- What was proposed or said of the one that goes is of the one that stays; that two are different is never forgotten.
CREATE FUNCTION lead_likeness_move(gone uuid, kept uuid) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE decider text := coalesce(actor_person(), app_setting('actor'));
BEGIN
    UPDATE lead_likeness s SET state = 'same', decided_by = decider, decided_at = now()
    WHERE s.state <> 'same' AND gone IN (s.lead_id, s.other_id) AND kept IN (s.lead_id, s.other_id);
    -- Both have one with a third: what a person has said of either holds.
    UPDATE lead_likeness t SET state = 'different', decided_by = s.decided_by, decided_at = s.decided_at
    FROM lead_likeness s
    WHERE s.state = 'different' AND gone IN (s.lead_id, s.other_id) AND t.state = 'proposed' AND kept IN (t.lead_id, t.other_id)
      AND CASE gone WHEN s.lead_id THEN s.other_id ELSE s.lead_id END IN (t.lead_id, t.other_id);
    DELETE FROM lead_likeness s
    WHERE s.state <> 'same' AND gone IN (s.lead_id, s.other_id)
      AND EXISTS (SELECT FROM lead_likeness t WHERE kept IN (t.lead_id, t.other_id)
                  AND CASE gone WHEN s.lead_id THEN s.other_id ELSE s.lead_id END IN (t.lead_id, t.other_id));
    UPDATE lead_likeness s SET lead_id = CASE s.lead_id WHEN gone THEN kept ELSE s.lead_id END,
        other_id = CASE s.other_id WHEN gone THEN kept ELSE s.other_id END
    WHERE s.state <> 'same' AND gone IN (s.lead_id, s.other_id);
END $$;

-- POST /v1/leads/{id}/merge, as before.
CREATE OR REPLACE FUNCTION lead_merge_into(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE target uuid := (body ->> 'into')::uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    PERFORM lead_hold(wanted, seen_version);
    IF target = wanted OR NOT EXISTS (SELECT FROM lead l WHERE l.id = target) THEN
        PERFORM raise_problem('EB422', 'invalid-body', guide_fault('/into', 'UNKNOWN', 'Angiv et andet emne, som findes.')::text);
    END IF;
    PERFORM lead_move_all(wanted, target);
    PERFORM lead_place(ARRAY[target], '{}');
    PERFORM audit_append('lead.merged', 'lead', wanted::text, '{}', jsonb_build_object('into', target));
    RETURN lead_read(target);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Free words

-- Answers in free words may name somebody although the guide asks for none; they are about a company and belong to no candidate's key. They
-- are at most 1,000 characters, and are forgotten a year after they were written down. What else was answered names nobody, and stays.
CREATE INDEX lead_contact_free ON lead_contact (created_at) WHERE answers <> '{}';
-- 500 at a time. How many were forgotten. SECURITY DEFINER: the clock's own roles see no contacts.
CREATE FUNCTION lead_contact_forget() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE forgotten int;
BEGIN
    WITH due AS (
        SELECT c.id, ARRAY(SELECT q.item ->> 'key' FROM question_guide g, jsonb_array_elements(g.questions) AS q (item)
                           WHERE g.version = c.guide_version AND q.item ->> 'kind' = 'text') AS keys
        FROM lead_contact c WHERE c.created_at < now() - interval '1 year' AND c.answers <> '{}')
    UPDATE lead_contact c SET answers = c.answers - d.keys
    FROM (SELECT u.id, u.keys FROM due u JOIN lead_contact o ON o.id = u.id WHERE o.answers ?| u.keys ORDER BY u.id LIMIT 500) AS d
    WHERE c.id = d.id;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;

-- By the watch, whenever it looks at what has grown old.
DO $$
BEGIN
    PERFORM function_reword('life_tick(text)', 'EXECUTE ''SELECT '' || own INTO handled;',
                            'EXECUTE ''SELECT '' || own INTO handled;
        IF turn = ''fresh'' AND handled = 0 THEN
            PERFORM lead_contact_forget();
        END IF;');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Sources

-- PUT /v1/lead-sources/{id}: as before, and not beside a POST or another PUT: a name is one source's.
CREATE OR REPLACE FUNCTION lead_source_put(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held lead_source;
    faults jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_source', 0));
    faults := lead_source_faults(body, wanted);
    SELECT * INTO held FROM lead_source s WHERE s.id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kilden findes ikke.');
    ELSIF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Kilden er ændret, siden den blev læst.');
    ELSIF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    IF held.name <> btrim(body ->> 'name') OR held.mapping <> body -> 'mapping' THEN
        UPDATE lead_source s SET name = btrim(body ->> 'name'), mapping = body -> 'mapping', version = s.version + 1, changed_at = now()
        WHERE s.id = wanted RETURNING * INTO held;
        PERFORM audit_append('lead.source', 'lead_source', held.id::text, '{}', jsonb_build_object('name', held.name));
    END IF;
    RETURN lead_source_reply(held, 200);
END $$;

GRANT EXECUTE ON FUNCTION lead_other_company(jsonb, jsonb), lead_whole(jsonb, jsonb, jsonb), lead_heard(jsonb), lead_alone(jsonb),
    lead_import_take(jsonb), lead_import_known(lead_notice, jsonb, bytea),
    lead_import_all(jsonb), lead_move_all(uuid, uuid) TO emnebank_front;

RESET ROLE;
