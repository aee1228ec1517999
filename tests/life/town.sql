-- The town. Run as superuser with the settings life.seed and life.people. Everybody in it is made up (fiktiv).
SET search_path TO emnebank, public;

CREATE SCHEMA life;
GRANT USAGE ON SCHEMA life TO PUBLIC;
CREATE TABLE life.seed AS SELECT current_setting('life.seed')::bigint AS seed;

CREATE FUNCTION life.dice(what text, sides bigint) RETURNS int LANGUAGE sql STABLE
AS $$ SELECT abs(hashtextextended(what, (SELECT seed FROM life.seed)) % sides)::int $$;

-- Ids that the seed decides, so that a run can be repeated to the letter.
CREATE FUNCTION life.id(what text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(what)::uuid $$;
CREATE SEQUENCE life.numbers;
GRANT USAGE ON SEQUENCE life.numbers TO PUBLIC;
ALTER TABLE job_order ALTER id SET DEFAULT life.id('order' || nextval('life.numbers'));
ALTER TABLE shortlist ALTER id SET DEFAULT life.id('list' || nextval('life.numbers'));
ALTER TABLE shortlist_entry ALTER id SET DEFAULT life.id('entry' || nextval('life.numbers'));

CREATE FUNCTION life.organisation(code text) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT ('00000000-0000-4000-8000-' || lpad(code, 12, '0'))::uuid $$;

INSERT INTO organisation (id, kind, name, municipality_code, cvr)
SELECT life.organisation('1'), 'team', 'Team Bygge & Anlæg (fiktiv)', NULL, NULL
UNION ALL
SELECT life.organisation(m.code), 'municipality', m.name, m.code, m.cvr FROM municipality m;

-- 120 employers with numbers that pass the check.
INSERT INTO organisation (id, kind, name, cvr)
SELECT life.organisation('e' || lpad((row_number() OVER (ORDER BY c.cvr))::text, 4, '0')), 'employer',
       'Entreprenør ' || row_number() OVER (ORDER BY c.cvr) || ' (fiktiv)', c.cvr::text
FROM (SELECT g.cvr FROM generate_series(20000000, 20003000) AS g (cvr)
      WHERE (SELECT sum(substr(g.cvr::text, i, 1)::int * (ARRAY[2, 7, 6, 5, 4, 3, 2, 1])[i]) FROM generate_series(1, 8) i) % 11 = 0
      ORDER BY g.cvr LIMIT 120) AS c;

-- Each organisation has a machine's key and a named person's.
INSERT INTO api_key (id, organisation_id, hash, person, label, scopes, expires_at)
SELECT ('0000000' || k.kind || substr(o.id::text, 9))::uuid, o.id, sha256((k.kind || o.id::text)::bytea),
       CASE k.kind WHEN 2 THEN 'Konsulent hos ' || o.name || ' (fiktiv)' END, 'uge', '{}', now() + interval '300 days'
FROM organisation o, (VALUES (1), (2)) AS k (kind);

INSERT INTO endpoint (organisation_id, state, url, kinds)
SELECT o.id, 'active', 'https://arbejdsgiver.example/krog', '{cv.released,cv.recalled}' FROM organisation o WHERE o.kind = 'employer';

-- What people can, and what is asked for.
CREATE TABLE life.trade AS
    SELECT t.code, (row_number() OVER (ORDER BY t.code) - 1)::int AS place
    FROM (SELECT code FROM trade WHERE code LIKE '711%' ORDER BY code LIMIT 8) AS t;
CREATE TABLE life.skill AS
    SELECT t.key, (row_number() OVER (ORDER BY t.key) - 1)::int AS place FROM (SELECT key FROM competence ORDER BY key LIMIT 24) AS t;
CREATE TABLE life.paper AS
    SELECT t.key, (row_number() OVER (ORDER BY t.key) - 1)::int AS place FROM (SELECT key FROM certificate ORDER BY key LIMIT 6) AS t;

-- A person: home by size, one trade and half the time another, five skills of the trade's, papers (the sixth is rare),
-- and a screening that for some ends within the week.
CREATE TABLE life.person AS
    SELECT n, life.id('person' || n) AS id,
           (ARRAY['0751', '0751', '0751', '0751', '0730', '0730', '0615', '0615', '0740', '0740', '0746', '0746', '0710', '0710', '0706',
                  '0707', '0707', '0727', '0766', '0766'])[1 + life.dice('home' || n, 20)] AS home,
           life.dice('trade' || n, (SELECT count(*) FROM life.trade)) AS trade
    FROM generate_series(1, current_setting('life.people')::int) AS g (n);

INSERT INTO candidate (id, organisation_id, external_ref, changed_version, postcode, max_travel_km, available_from, kinds, screened_by,
                       screened_on, screening_until, content_mac)
SELECT p.id, life.organisation(p.home), 'fiktiv-' || p.n, v.version, post.code, 25 + 5 * life.dice('km' || p.n, 14), '2026-03-01',
       CASE WHEN life.dice('kinds' || p.n, 3) = 0 THEN '{permanent}' ELSE '{permanent,temporary,seasonal}' END::text[], 'fik', '2026-02-20',
       CASE WHEN life.dice('screening' || p.n, 20) = 0 THEN date '2026-03-25' + life.dice('until' || p.n, 16) ELSE '2026-12-31' END,
       '\x00'
FROM (SELECT pool_advance() AS version) AS v, life.person p
CROSS JOIN LATERAL (SELECT c.code FROM postcode c WHERE c.municipality_code = p.home ORDER BY c.code
                    OFFSET life.dice('post' || p.n, (SELECT count(*) FROM postcode c WHERE c.municipality_code = p.home)) LIMIT 1) AS post;
INSERT INTO candidate_person (candidate_id, organisation_id, wrapped_key, name, phone, email, address, note, cpr)
SELECT k.id, k.organisation_id, '\x01', '\x02', '\x02', '\x02', '\x02', '\x02', '\x02' FROM candidate k;
INSERT INTO candidate_state (candidate_id, organisation_id, from_version, postcode, max_travel_km, available_from, kinds, protected,
                             screening_until, withdrawn)
SELECT k.id, k.organisation_id, k.changed_version, k.postcode, k.max_travel_km, k.available_from, k.kinds, false, k.screening_until, false
FROM candidate k;
INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, years, valid_until, last_used, stated_on, source, from_version)
SELECT k.id, k.organisation_id, f.kind, f.code, f.level, f.years, f.valid_until, NULL, '2026-02-20', 'interview', k.changed_version
FROM life.person p JOIN candidate k ON k.id = p.id
CROSS JOIN LATERAL (
    SELECT 'occupation' AS kind, t.code, NULL::int AS level, 1 + life.dice('years' || p.n || t.code, 20) AS years, NULL::date AS valid_until
    FROM life.trade t
    WHERE t.place = p.trade OR (t.place = (p.trade + 1) % (SELECT count(*) FROM life.trade) AND life.dice('second' || p.n, 2) = 0)
    UNION ALL
    SELECT 'competence', s.key, 1 + life.dice('level' || p.n || s.key, 5), NULL, NULL
    FROM life.skill s WHERE life.dice('skill' || p.n || s.key, 5) = 0
    UNION ALL
    SELECT 'certificate', c.key, NULL, NULL, date '2026-06-01' + life.dice('valid' || p.n || c.key, 700)
    FROM life.paper c WHERE life.dice('paper' || p.n || c.key, CASE c.place WHEN 5 THEN 300 ELSE 3 END) = 0) AS f;
ANALYZE;

-- ---------------------------------------------------------------------------------------------------------------
-- Orders. A third are those of ten employers with several; one in ten asks for what hardly anybody has; one wants 44 at once.

CREATE FUNCTION life.receiver(n int) RETURNS uuid LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN life.dice('receiver' || n, 10) < 6 THEN life.organisation('1')
                ELSE life.organisation((SELECT m.code FROM municipality m ORDER BY m.code OFFSET life.dice('received' || n, 10) LIMIT 1)) END
$$;

CREATE FUNCTION life.order_body(n int) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE
    own text := (SELECT m.code FROM municipality m ORDER BY m.code OFFSET life.dice('place' || n, 10) LIMIT 1);
    employer text := (SELECT o.cvr FROM organisation o WHERE o.kind = 'employer' ORDER BY o.cvr
                      OFFSET CASE WHEN life.dice('regular' || n, 3) = 0 THEN life.dice('employer' || n, 10)
                                  ELSE life.dice('employer' || n, 120) END LIMIT 1);
    team boolean := n = 200;
    wishes jsonb := '[]';
BEGIN
    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', 'competence', 'code', s.key, 'necessity', 'nice',
                                                 'weight', 1 + life.dice('weight' || n || s.key, 5), 'minimum_level', 3)), '[]')
    INTO wishes FROM life.skill s WHERE life.dice('wish' || n || s.key, 12) = 0;
    IF NOT team AND life.dice('must' || n, 10) < 4 THEN
        wishes := wishes || jsonb_build_array(jsonb_build_object('kind', 'certificate', 'necessity', 'must', 'weight', 5, 'code',
            (SELECT c.key FROM life.paper c WHERE c.place = CASE WHEN life.dice('must' || n, 10) = 0 THEN 5 ELSE life.dice('paper' || n, 5) END)));
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'employer', jsonb_build_object('cvr', employer, 'name', 'Entreprenør (fiktiv)'), 'title', 'Jobordre ' || n || ' (fiktiv)',
        'posts', CASE WHEN team THEN 44 ELSE (ARRAY[1, 1, 1, 1, 2, 2, 2, 3, 3, 5])[1 + life.dice('posts' || n, 10)] END,
        'occupations', (SELECT jsonb_agg(t.code) FROM life.trade t
                        WHERE team OR t.place = life.dice('wanted' || n, (SELECT count(*) FROM life.trade))),
        'postcode', (SELECT c.code FROM postcode c WHERE c.municipality_code = own ORDER BY c.code
                     OFFSET life.dice('at' || n, (SELECT count(*) FROM postcode c WHERE c.municipality_code = own)) LIMIT 1),
        'start_date', CASE WHEN life.dice('soon' || n, 40) = 0 THEN date '2026-03-20' ELSE date '2026-04-13' + life.dice('start' || n, 40) END,
        'end_date', CASE WHEN team THEN '2026-08-31' END, 'kinds', CASE WHEN team THEN '["seasonal"]' ELSE '["permanent"]' END::jsonb,
        'first_rung', (ARRAY['own', 'own', 'neighbours', 'neighbours', 'all'])[1 + life.dice('rung' || n, 12)],
        'requirements', wishes));
END $$;
