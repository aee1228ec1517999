-- The world of the stress of the inbox (stress_leads.c): two sources, what they and the notices say by a number, and what must be true
-- whenever nobody acts. Run as superuser after tests/life/town.sql.
SET search_path TO emnebank, public;

CREATE TABLE life.source AS SELECT n, life.id('source' || n) AS id FROM generate_series(0, 1) AS n;
INSERT INTO lead_source (id, name, mapping) SELECT s.id, 'Kilde ' || s.n || ' (fiktiv)', '{}' FROM life.source s;

-- What the API has answered, counted after the commit.
CREATE TABLE life.happened (what text PRIMARY KEY, times bigint NOT NULL);
CREATE FUNCTION life.note(what text, times bigint) RETURNS void LANGUAGE sql
AS $$ INSERT INTO life.happened VALUES ($1, $2) ON CONFLICT (what) DO UPDATE SET times = happened.times + $2 $$;
CREATE TABLE life.drafted (order_id uuid PRIMARY KEY);                     -- made of a lead by POST /v1/leads/{id}/job-order
CREATE TABLE life.apart (lead_id uuid, other_id uuid);                     -- decided to be two

-- ---- by a number, so that a seed repeats the choices ----

-- Four companies with numbers, told by five names, two of them alike; one in four says no number. Projects are few, so that much meets;
-- new ones come with the rounds.
CREATE FUNCTION life.said(n bigint, round int) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, public
AS $$
    SELECT jsonb_build_object(
        'winner', jsonb_build_object('name', (ARRAY['Jensen', 'Jensens', 'Sol og Vind', 'Murer Holm', 'Bro og Vej'])[1 + n % 5], 'country', 'DNK',
            'cvr', CASE WHEN n / 5 % 4 > 0 THEN (SELECT o.cvr FROM organisation o
                                                 WHERE o.id = life.organisation('e' || lpad((1 + n / 20 % 4)::text, 4, '0'))) END),
        'project', jsonb_build_object('name', 'Letbanen etape ' || round / 4 + n / 80 % 4,
            'reference', CASE WHEN n / 320 % 3 > 0 THEN 'A' || round / 4 + n / 960 % 4 END),
        'stage', (ARRAY['tender', 'awarded'])[1 + n / 3840 % 2], 'start_date', '2027-01-' || lpad((1 + n % 28)::text, 2, '0'),
        'places', jsonb_build_array(jsonb_build_object('country', 'DNK', 'postal_code', (ARRAY['8000', '8700', '8900'])[1 + n % 3])))
$$;
CREATE FUNCTION life.throw(what text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended(what, 0) & 1048575 $$;
-- Some of the 60 rows of a source, as a file's.
CREATE FUNCTION life.rows(n bigint, round int, most int) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_agg(jsonb_build_object('line', i + 1, 'row', 'r' || (n + i) % 60, 'raw', jsonb_build_object('Firma', '…'),
                                        'item', life.said(life.throw(n || '/' || i), round)) ORDER BY i)
    FROM generate_series(1, most) AS i
$$;
-- Three of 20 notices, of any version.
CREATE FUNCTION life.notices(n bigint, round int) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_agg(jsonb_build_object('notice', jsonb_build_object('notice_id', 'n' || (n + i) % 20, 'version', 1 + life.throw(n || ':' || i) % 90,
                                                                     'kind', 'award'), 'lines', '[]'::jsonb,
        'leads', (SELECT jsonb_agg(life.said(life.throw(n || '/' || i || '/' || w), round) - 'stage' - 'project'
                                   || jsonb_build_object('lot', w::text, 'title', 'Letbanen etape ' || round / 4 + w)) FROM generate_series(1, 2) AS w)))
    FROM generate_series(1, 3) AS i
$$;

-- The newest, which all are at; `gone`: those that are merged, too.
CREATE FUNCTION life.some_lead(n bigint, gone boolean) RETURNS uuid LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    SELECT h.id FROM (SELECT l.id FROM lead l WHERE gone OR l.merged_into IS NULL ORDER BY l.created_at DESC, l.id LIMIT 10) AS h
    ORDER BY md5(h.id::text || n) LIMIT 1
$$;
-- Another that it may be.
CREATE FUNCTION life.some_twin(wanted uuid, n bigint) RETURNS uuid LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    SELECT h.id FROM (SELECT l.* FROM lead l WHERE l.merged_into IS NULL ORDER BY l.created_at DESC, l.id LIMIT 24) AS h, lead w
    WHERE w.id = wanted AND h.id <> w.id AND (h.cvr = w.cvr) IS NOT FALSE
    ORDER BY md5(h.id::text || n) LIMIT 1
$$;
CREATE FUNCTION life.some_likeness(n bigint) RETURNS uuid LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    SELECT h.id FROM (SELECT s.id FROM lead_likeness s WHERE s.state = 'proposed' ORDER BY s.created_at DESC, s.id LIMIT 12) AS h
    ORDER BY md5(h.id::text || n) LIMIT 1
$$;
CREATE FUNCTION life.an_order(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, public
AS $$
    SELECT jsonb_build_object('employer', jsonb_build_object('name', o.name, 'cvr', o.cvr), 'title', 'Emne (fiktiv)', 'posts', 2,
        'occupations', jsonb_build_array((SELECT t.code FROM life.trade t WHERE t.place = 0)), 'postcode', '8000',
        'start_date', current_date + 30, 'kinds', '["permanent"]'::jsonb, 'lead_id', wanted)
    FROM organisation o WHERE o.id = life.organisation('e0001')
$$;
CREATE FUNCTION life.a_draft() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, public
AS $$ SELECT life.an_order(NULL) - '{lead_id,title}'::text[] $$;

-- ---- what must be true whenever nobody acts: a rule, and what breaks it ----

-- Where a lead has come to.
CREATE FUNCTION life.came_to(wanted uuid) RETURNS uuid LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$ SELECT coalesce(l.merged_into, l.id) FROM lead l WHERE l.id = wanted $$;
CREATE FUNCTION life.answered(wanted text) RETURNS bigint LANGUAGE sql STABLE
AS $$ SELECT coalesce((SELECT h.times FROM life.happened h WHERE h.what = wanted), 0) $$;

CREATE FUNCTION life.lead_faults() RETURNS TABLE (rule text, detail text) LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    WITH gone AS MATERIALIZED (SELECT l.id, l.merged_into FROM lead l WHERE l.merged_into IS NOT NULL)
    SELECT 'a merged lead has nothing: origin', o.id::text FROM gone g JOIN lead_origin o ON o.lead_id = g.id
    UNION ALL
    SELECT 'a merged lead has nothing: contact', c.id::text FROM gone g JOIN lead_contact c ON c.lead_id = g.id
    UNION ALL
    SELECT 'a merged lead has nothing: order', o.id::text FROM gone g JOIN job_order o ON o.lead_id = g.id
    UNION ALL
    SELECT 'a merged lead has nothing: need', n.lead_id::text FROM gone g JOIN need n ON n.lead_id = g.id
    UNION ALL
    SELECT 'a merged lead has nothing: place', m.lead_id::text FROM gone g JOIN lead_municipality m ON m.lead_id = g.id
    UNION ALL
    SELECT 'a merged lead has nothing: likeness', s.id || ' ' || s.state FROM gone g JOIN lead_likeness s ON g.id IN (s.lead_id, s.other_id)
    WHERE s.state <> 'same'
    UNION ALL
    SELECT 'a merged lead is not listed', l.id::text FROM lead l WHERE l.merged_into IS NOT NULL AND l.listed
    UNION ALL
    SELECT 'a pointer ends at a lead that lives', g.id::text FROM gone g JOIN gone t ON t.id = g.merged_into
    UNION ALL
    SELECT 'a lead that lives has an origin', l.id::text FROM lead l
    WHERE l.merged_into IS NULL AND NOT EXISTS (SELECT FROM lead_origin o WHERE o.lead_id = l.id)
    UNION ALL
    SELECT 'a lead is one company', o.lead_id::text FROM lead_origin o GROUP BY o.lead_id HAVING count(DISTINCT o.cvr) > 1
    UNION ALL
    SELECT 'a lead is what its origins say', l.id || ' ' || concat_ws(' and ', CASE WHEN l.data <> m.data THEN 'data' END,
        CASE WHEN l.stage <> m.stage THEN 'stage' END, CASE WHEN l.listed <> m.listed THEN 'listed' END)
    FROM lead l JOIN (
        SELECT o.lead_id, bool_or(o.listed) AS listed, lead_merge(array_agg(o.data ORDER BY o.listed DESC, o.said DESC)) AS data,
               coalesce((array_agg(o.stage ORDER BY o.listed DESC, o.said DESC) FILTER (WHERE o.stage <> 'unknown'))[1], 'unknown') AS stage
        FROM lead_origin o GROUP BY o.lead_id) AS m ON m.lead_id = l.id
    WHERE (l.data, l.stage, l.listed) IS DISTINCT FROM (m.data, m.stage, m.listed)
    UNION ALL
    SELECT 'a lead is where its data say', l.id::text FROM lead l WHERE l.merged_into IS NULL
    AND ARRAY(SELECT m.municipality_code::text FROM lead_municipality m WHERE m.lead_id = l.id ORDER BY 1)
        <> ARRAY(SELECT p.code::text FROM lead_places(l.data -> 'places') AS p (code) ORDER BY 1)
    UNION ALL
    SELECT 'a contact''s needs are of its lead', c.id::text FROM need n JOIN lead_contact c ON c.id = n.source_id WHERE n.lead_id <> c.lead_id
    UNION ALL
    SELECT 'a contact''s needs are all there', c.id::text FROM lead_contact c
    WHERE c.answers ? 'needs' AND (SELECT count(*) FROM need n WHERE n.source_id = c.id) <> 6 -- a month each, until half a year ahead
    UNION ALL
    SELECT 'a lead that an order was made of is an order', l.id || ' ' || l.state FROM life.drafted d JOIN job_order o ON o.id = d.order_id
    JOIN lead l ON l.id = o.lead_id WHERE l.state <> 'order'
    UNION ALL
    SELECT 'that two are different is not forgotten', a.lead_id || ' ' || a.other_id
    FROM (SELECT life.came_to(p.lead_id) AS lead_id, life.came_to(p.other_id) AS other_id FROM life.apart p) AS a
    WHERE a.lead_id <> a.other_id AND NOT EXISTS (
        SELECT FROM lead_likeness s WHERE s.state = 'different' AND (a.lead_id, a.other_id) IN ((s.lead_id, s.other_id), (s.other_id, s.lead_id)))
    UNION ALL
    SELECT 'counts agree: ' || c.what, c.answered || ' answered, ' || c.stored || ' stored'
    FROM (SELECT n.what, life.answered(n.what) AS answered, n.stored FROM (
            SELECT 'leads', count(*) FROM lead
            UNION ALL SELECT 'merges', count(*) FROM gone
            UNION ALL SELECT 'merges', count(*) FROM audit a WHERE a.action = 'lead.merged'
            UNION ALL SELECT 'contacts', count(*) FROM lead_contact
            UNION ALL SELECT 'contacts', count(*) FROM audit a WHERE a.action = 'lead.contacted'
            UNION ALL SELECT 'orders', count(*) FROM job_order
            UNION ALL SELECT 'orders', count(*) FROM audit a WHERE a.action = 'order.created'
            UNION ALL SELECT 'kept apart', count(*) FROM audit a WHERE a.action = 'lead.kept_apart'
            UNION ALL SELECT 'files', count(*) FROM audit a WHERE a.action = 'lead.exported') AS n (what, stored)) AS c
    WHERE c.answered <> c.stored
    UNION ALL
    SELECT 'counts agree: moves', life.answered('moves') || ' answered, ' || count(*) || ' stored' FROM audit a WHERE a.action = 'lead.changed'
    HAVING count(*) <> life.answered('moves') + (SELECT count(*) FROM life.drafted)
    UNION ALL
    SELECT 'audit chains have no gap', a.organisation_id::text FROM audit a GROUP BY a.organisation_id HAVING max(a.seq) <> count(*)
$$;

-- When all is over: has it been a stress at all?
CREATE FUNCTION life.never_happened() RETURNS TABLE (rule text, detail text) LANGUAGE sql STABLE
AS $$
    SELECT 'it happened: ' || n.what, 'never' FROM unnest(ARRAY['leads', 'merges', 'contacts', 'contacts again', 'orders', 'kept apart', 'files',
        'moves', 'rows unlisted', 'a merged lead was refused']) AS n (what) WHERE life.answered(n.what) = 0
$$;
