-- What people the building sites will need (services/forecast): from leads by a published table of rules, from what companies said when
-- they were asked, and from the panel of companies; beside it what the pool has.
--
-- What is not known is not guessed and is never zero: it is named. What a company said stands instead of what the rules guess, for the
-- months that it spoke of, and what it said last instead of what it said before.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- The rules: a table per version, edited by the team. A version never changes.

CREATE TABLE need_ruleset (
    version int PRIMARY KEY CHECK (version > 0),
    draft boolean NOT NULL,                   -- nobody has vouched for the figures yet
    note text NOT NULL,
    found_percent int NOT NULL CHECK (found_percent BETWEEN 1 AND 100),  -- of the people who work on a project, how many are to be found
    dkk_per_1000_eur int NOT NULL CHECK (dkk_per_1000_eur BETWEEN 5000 AND 10000),
    made_by uuid REFERENCES organisation,     -- NULL: the first
    made_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE need_rule (
    version int NOT NULL REFERENCES need_ruleset,
    prefix text NOT NULL CHECK (prefix ~ '^[0-9]{2,8}$'),   -- of the CPV code; the longest that fits counts, with all its trades
    trade_code text NOT NULL REFERENCES trade,
    months_per_100m int NOT NULL CHECK (months_per_100m BETWEEN 1 AND 10000),  -- person-months per 100 million DKK
    cap_million int CHECK (cap_million BETWEEN 1 AND 100000),  -- a contract counts as no more than this
    begin_percent int NOT NULL CHECK (begin_percent BETWEEN 0 AND 100),   -- of them in the first third of the period
    middle_percent int NOT NULL CHECK (middle_percent BETWEEN 0 AND 100),
    end_percent int NOT NULL CHECK (end_percent BETWEEN 0 AND 100),
    PRIMARY KEY (version, prefix, trade_code),
    CHECK (begin_percent + middle_percent + end_percent = 100)
);

-- Our first figures, marked as a draft: the trades' own share of what a contract costs (labour, in per cent, README.md says why) at 48,000
-- DKK for a person-month, shared among the trades of cpv_trade by their place there.
INSERT INTO need_ruleset (version, draft, note, found_percent, dkk_per_1000_eur)
VALUES (1, true, 'Første udkast: emnebankens egne skøn, ikke godkendt af nogen.', 20, 7460);

WITH labour (prefix, percent) AS (VALUES
    ('45', 24), ('451', 17), ('45110', 34), ('45111', 34), ('451127', 29),
    ('452', 24), ('4521', 26), ('4522', 19), ('45223', 22), ('4523', 17), ('45231', 19), ('45232', 19), ('45233', 14), ('4523322', 10),
    ('45234', 17), ('45236', 29), ('4524', 14), ('4525', 19), ('4526', 34), ('4526210', 38), ('4526221', 19), ('452623', 29),
    ('452624', 19), ('452625', 43), ('4526266', 34),
    ('453', 29), ('4532', 38), ('4533', 26), ('4534', 29), ('4535', 19),
    ('454', 38), ('4542', 31), ('4543', 31), ('4544', 48), ('45441', 24), ('455', 24),
    ('44', 19), ('50', 17), ('5023', 10), ('71', 38), ('77', 29), ('90', 24), ('9065', 34)
), weight (trades, place, percent) AS (VALUES
    (1, 1, 100), (2, 1, 60), (2, 2, 40), (3, 1, 50), (3, 2, 30), (3, 3, 20), (4, 1, 40), (4, 2, 25), (4, 3, 20), (4, 4, 15),
    (5, 1, 35), (5, 2, 25), (5, 3, 20), (5, 4, 12), (5, 5, 8)
), phase (trade, first, second, third) AS (VALUES
    ('7114', 50, 35, 15), ('7119.2', 50, 35, 15), ('7126.11', 50, 35, 15), ('7126.2', 50, 35, 15), ('8341', 50, 35, 15),
    ('8342', 50, 35, 15), ('9312', 50, 35, 15), ('9313.1', 50, 35, 15),
    ('7112', 25, 50, 25), ('7115', 25, 50, 25), ('7119', 25, 50, 25), ('7121', 25, 50, 25), ('7212', 25, 50, 25), ('7213', 25, 50, 25),
    ('8343', 25, 50, 25),
    ('6113', 10, 40, 50), ('7115.3', 10, 40, 50), ('7115.9', 10, 40, 50), ('7122', 10, 40, 50), ('7123', 10, 40, 50),
    ('7124', 10, 40, 50), ('7126', 10, 40, 50), ('7127', 10, 40, 50), ('7131', 10, 40, 50), ('7315', 10, 40, 50), ('7411', 10, 40, 50),
    ('7412', 10, 40, 50), ('', 33, 34, 33)
), whole (prefix) AS (VALUES ('45'), ('452'), ('4521'), ('452132'), ('4522'), ('4525'), ('45252'), ('4545'))
INSERT INTO need_rule
SELECT 1, c.prefix, c.trade_code, round(l.percent * 1000000 / 48000.0 * w.percent / 100), 1000, p.first, p.second, p.third
FROM cpv_trade c
JOIN LATERAL (SELECT x.percent FROM labour x WHERE starts_with(c.prefix, x.prefix) ORDER BY length(x.prefix) DESC LIMIT 1) AS l ON true
JOIN weight w ON w.place = c.place AND w.trades = (SELECT count(*) FROM cpv_trade o WHERE o.prefix = c.prefix)
-- Who builds the whole comes in turns; a contract for one trade has its own period.
JOIN LATERAL (SELECT x.* FROM phase x
              WHERE starts_with(CASE WHEN c.prefix IN (SELECT h.prefix FROM whole h) THEN c.trade_code ELSE '' END, x.trade)
              ORDER BY length(x.trade) DESC LIMIT 1) AS p ON true;

DO $$
BEGIN
    IF (SELECT count(*) FROM need_rule) <> (SELECT count(*) FROM cpv_trade) THEN
        RAISE EXCEPTION 'a trade of cpv_trade got no rule';
    END IF;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- What companies said

CREATE TABLE panel_answer (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    employer_id uuid NOT NULL REFERENCES organisation,
    said_on date NOT NULL,
    needs jsonb NOT NULL,                     -- as it was sent
    note text,
    recorded_by uuid NOT NULL REFERENCES organisation,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX panel_answer_employer ON panel_answer (employer_id, said_on DESC);
CREATE INDEX panel_answer_newest ON panel_answer (said_on DESC, id DESC);

-- People to be found, per month, said by a company: of one project (contact) or of all it has (panel). A row of no people says that none
-- are needed. What the rules say of leads is worked out when it is asked for (forecast_guessed).
CREATE TABLE need (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin text NOT NULL CHECK (origin IN ('contact', 'panel')),
    lead_id uuid REFERENCES lead,
    employer_id uuid REFERENCES organisation,
    source_id uuid NOT NULL,                  -- the contact, or the panel's answer
    said_at timestamptz NOT NULL,
    trade_code text REFERENCES trade,         -- NULL: nobody said which
    municipality_code char(4) REFERENCES municipality,  -- NULL: where the lead is; of the panel: nobody said where
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    people int NOT NULL CHECK (people BETWEEN 0 AND 999),
    CHECK ((origin = 'contact') = (lead_id IS NOT NULL)),
    CHECK ((origin = 'panel') = (employer_id IS NOT NULL)),
    UNIQUE NULLS NOT DISTINCT (source_id, trade_code, municipality_code, month)
);
CREATE INDEX need_lead ON need (lead_id, month) WHERE lead_id IS NOT NULL;
CREATE INDEX need_employer ON need (employer_id, month) WHERE employer_id IS NOT NULL;
CREATE INDEX need_month ON need (month);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['need_ruleset', 'need_rule', 'panel_answer', 'need'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY partners ON %I TO emnebank_front USING ((SELECT app_partner())) WITH CHECK ((SELECT app_partner()))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON need_ruleset, need_rule, panel_answer TO emnebank_front;
GRANT SELECT, INSERT, UPDATE, DELETE ON need TO emnebank_front;

-- What is wrong with needs of any form, as [{"pointer", "code", "detail"}]. Needs are [{"trade", "people": {"3": 5}, "municipality"?}]:
-- people to be found so many months from the day; a trade of null: nobody said which.
CREATE FUNCTION need_faults(needs jsonb, pointer text) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE
    kind text := coalesce(jsonb_typeof(needs), 'null');
BEGIN
    IF kind = 'null' THEN
        RETURN '[]';
    ELSIF kind <> 'array' OR jsonb_array_length(needs) > 50 THEN
        RETURN jsonb_build_array(jsonb_build_object('pointer', pointer, 'code', CASE kind WHEN 'array' THEN 'LENGTH' ELSE 'TYPE' END,
            'detail', 'Behov er en liste med højst 50 fag.'));
    END IF;
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', pointer || '/' || place - 1 || f.below, 'code', f.code, 'detail', f.detail)
                                  ORDER BY place, f.below), '[]')
        FROM jsonb_array_elements(needs) WITH ORDINALITY AS n (item, place),
        LATERAL (
            SELECT '' AS below, 'TYPE' AS code, 'Hvert behov er et objekt med trade og people.' AS detail WHERE jsonb_typeof(item) <> 'object'
            UNION ALL
            SELECT '/' || m.name, 'UNKNOWN_MEMBER', 'Medlemmet findes ikke her.'
            FROM jsonb_object_keys(CASE jsonb_typeof(item) WHEN 'object' THEN item ELSE '{}' END) AS m (name)
            WHERE m.name NOT IN ('trade', 'people', 'municipality')
            UNION ALL
            SELECT '/trade', 'REQUIRED', 'Angiv fagets kode, eller null når faget ikke er kendt.' WHERE jsonb_typeof(item) = 'object' AND NOT item ? 'trade'
            UNION ALL
            SELECT '/trade', 'UNKNOWN', reference_unknown_text('occupation')
            WHERE jsonb_typeof(item -> 'trade') <> 'null' AND NOT EXISTS (SELECT FROM trade t WHERE to_jsonb(t.code) = item -> 'trade')
            UNION ALL
            SELECT '/municipality', 'UNKNOWN', 'Kommunen er ikke med i emnebanken.'
            WHERE item ? 'municipality' AND NOT EXISTS (SELECT FROM municipality k WHERE to_jsonb(k.code::text) = item -> 'municipality')
            UNION ALL
            SELECT '/people', CASE WHEN item ? 'people' THEN 'TYPE' ELSE 'REQUIRED' END, 'Angiv antal personer, fx {"0": 2, "3": 5}.'
            WHERE jsonb_typeof(item) = 'object' AND jsonb_typeof(item -> 'people') IS DISTINCT FROM 'object'
            UNION ALL
            SELECT '/people', 'REQUIRED', 'Angiv mindst ét tidspunkt.' WHERE item -> 'people' = '{}'
            UNION ALL
            SELECT '/people/' || p.ahead, CASE WHEN p.ahead IN ('0', '3', '6', '12') THEN 'RANGE' ELSE 'UNKNOWN_MEMBER' END,
                   'Om 0, 3, 6 eller 12 måneder: et helt antal personer fra 0 til 999.'
            FROM jsonb_each(CASE jsonb_typeof(item -> 'people') WHEN 'object' THEN item -> 'people' ELSE '{}' END) AS p (ahead, people)
            WHERE p.ahead NOT IN ('0', '3', '6', '12') OR p.people::text !~ '^[0-9]{1,3}$'
        ) AS f);
END $$;

-- The months that needs speak of. What is said of a moment holds until the next that was said of that trade and place, the last for a
-- quarter of a year.
CREATE FUNCTION need_months(needs jsonb, said_on date) RETURNS TABLE (trade_code text, municipality_code char(4), month date, people int)
    LANGUAGE sql STABLE
AS $$
    WITH said AS (
        SELECT n.item ->> 'trade' AS trade, (n.item ->> 'municipality')::char(4) AS place, p.ahead::int AS ahead, sum(p.people::int)::int AS people
        FROM jsonb_array_elements(needs) AS n (item), jsonb_each_text(n.item -> 'people') AS p (ahead, people)
        GROUP BY 1, 2, 3
    ), span AS (
        SELECT s.*, coalesce(lead(s.ahead) OVER (PARTITION BY s.trade, s.place ORDER BY s.ahead), s.ahead + 3) AS until FROM said s
    )
    SELECT s.trade, s.place, (date_trunc('month', said_on) + make_interval(months => m.ahead))::date, least(s.people, 999)
    FROM span s, generate_series(s.ahead, s.until - 1) AS m (ahead)
$$;

-- `at` orders what was said; its months are counted from `said_on`.
CREATE FUNCTION need_write(said_origin text, subject uuid, said_in uuid, at timestamptz, said_on date, needs jsonb) RETURNS int LANGUAGE plpgsql
AS $$
DECLARE written int;
BEGIN
    DELETE FROM need n WHERE n.source_id = said_in;
    INSERT INTO need (origin, lead_id, employer_id, source_id, said_at, trade_code, municipality_code, month, people)
    SELECT said_origin, CASE said_origin WHEN 'contact' THEN subject END, CASE said_origin WHEN 'panel' THEN subject END, said_in, at,
           m.trade_code, m.municipality_code, m.month, m.people
    FROM need_months(CASE jsonb_typeof(needs) WHEN 'array' THEN needs ELSE '[]' END, said_on) AS m;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

-- What was said of a lead at a contact (services/leads); without faults (need_faults). The same contact again says it anew.
CREATE FUNCTION need_say(said_lead uuid, said_in uuid, said_at timestamptz, needs jsonb) RETURNS int LANGUAGE plpgsql
AS $$ BEGIN RETURN need_write('contact', said_lead, said_in, said_at, (said_at AT TIME ZONE 'Europe/Copenhagen')::date, needs); END $$;

-- Two leads became one.
CREATE FUNCTION need_move(from_lead uuid, into_lead uuid) RETURNS void LANGUAGE plpgsql
AS $$ BEGIN UPDATE need n SET lead_id = into_lead WHERE n.lead_id = from_lead; END $$;

-- What stands of it: what was said last, of each month.
CREATE FUNCTION need_standing(first_month date, last_month date) RETURNS SETOF need LANGUAGE sql STABLE
AS $$
    SELECT n.* FROM need n
    WHERE n.month BETWEEN first_month AND last_month AND NOT EXISTS (
        SELECT FROM need o WHERE o.month = n.month AND (o.said_at, o.source_id) > (n.said_at, n.source_id)
                             AND (o.lead_id = n.lead_id OR o.employer_id = n.employer_id))
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- What leads say to the rules

-- The month of "2026-03" or "2026-03-12"; NULL for anything else.
CREATE FUNCTION need_month(said text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN said ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])(-|$)' THEN make_date(left(said, 4)::int, substr(said, 6, 2)::int, 1) END $$;

-- Million DKK; NULL where no usable value stands. An agreement's ceiling is no value; a consortium's is shared evenly; a krone is written
-- where a number had to be.
CREATE FUNCTION need_million(lead_data jsonb, dkk_per_1000_eur int) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN jsonb_typeof(lead_data #> '{value,minor}') = 'number' AND (lead_data #>> '{value,minor}')::numeric > 100
                     AND lead_data ->> 'value_kind' IS DISTINCT FROM 'ceiling'
                THEN (lead_data #>> '{value,minor}')::numeric / 100000000
                     * CASE lead_data #>> '{value,currency}' WHEN 'DKK' THEN 1 WHEN 'EUR' THEN dkk_per_1000_eur / 1000.0 END
                     / CASE WHEN lead_data ->> 'role' IN ('leader', 'member') THEN greatest(jsonb_array_length(lead_data -> 'members'), 1) ELSE 1 END
           END
$$;

-- Where the work is: a municipality, 'several' of them, 'outside' all of them, NULL when nobody says. `wanted` NULL: of all leads, or of
-- those in our municipalities alone.
CREATE FUNCTION need_places(wanted uuid, ours boolean) RETURNS TABLE (lead_id uuid, place text) LANGUAGE sql STABLE
AS $$
    SELECT l.id, CASE
        WHEN p.count = 1 THEN p.code
        WHEN p.count > 1 THEN 'several'
        WHEN EXISTS (SELECT FROM jsonb_array_elements(l.data -> 'places') AS i (item)
                     WHERE length(i.item ->> 'nuts') > 3 OR i.item ->> 'country' <> 'DNK'
                        OR EXISTS (SELECT FROM postcode c WHERE c.code = i.item ->> 'postal_code' AND i.item ->> 'country' = 'DNK')) THEN 'outside'
        END
    FROM lead l
    LEFT JOIN (SELECT m.lead_id, count(*) AS count, min(m.municipality_code)::text AS code
               FROM lead_municipality m WHERE wanted IS NULL OR m.lead_id = wanted GROUP BY m.lead_id) AS p ON p.lead_id = l.id
    WHERE (wanted IS NULL OR l.id = wanted) AND (NOT ours OR p.count > 0)
$$;

CREATE FUNCTION need_stage_rank(stage text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT array_position(ARRAY['unknown', 'planned', 'tender', 'awarded', 'construction', 'completed'], stage) $$;

-- Leads whose project has gone further in another lead of the same company: that one counts instead.
CREATE FUNCTION need_outrun() RETURNS SETOF uuid LANGUAGE sql STABLE
AS $$
    SELECT a.id
    FROM (SELECT o.lead_id, p.lead_id AS other_id FROM lead_origin o
          JOIN lead_origin p ON p.cvr = o.cvr AND p.ref = o.ref AND p.ref_kind = o.ref_kind AND p.lead_id <> o.lead_id
          UNION
          SELECT o.lead_id, p.lead_id FROM lead_origin o
          JOIN lead_origin p ON p.cvr = o.cvr AND p.project = o.project AND p.lead_id <> o.lead_id) AS pair
    JOIN lead a ON a.id = pair.lead_id
    JOIN lead b ON b.id = pair.other_id AND b.merged_into IS NULL AND b.state <> 'dismissed'
    WHERE need_stage_rank(b.stage) > need_stage_rank(a.stage)
$$;

-- Every lead that may need people, as the rules of a version see it: the rule's prefix, million DKK, first and last month, where; and what
-- is not known. `wanted` NULL: all that count, or those in our municipalities alone; else that one whether it counts or not.
CREATE FUNCTION need_leads(ruleset int, wanted uuid, ours boolean)
    RETURNS TABLE (lead_id uuid, cvr char(8), prefix text, million numeric, begins date, ends date, place text, unknown text[])
    LANGUAGE sql STABLE
AS $$
    WITH code AS MATERIALIZED (
        SELECT c.cpv, (SELECT max(r.prefix) FROM need_rule r WHERE r.version = ruleset AND starts_with(c.cpv, r.prefix)) AS prefix
        FROM (SELECT DISTINCT l.cpv FROM lead l WHERE wanted IS NULL OR l.id = wanted) AS c
    ), known AS MATERIALIZED (
        SELECT l.id, l.cvr, l.cpv, c.prefix, l.stage, need_million(l.data, s.dkk_per_1000_eur) AS million, l.data ->> 'value_kind' AS kind,
               l.data #>> '{value,currency}' AS currency, (l.data #>> '{value,minor}') IS NOT NULL AS valued,
               need_month(l.data ->> 'start_date') AS begins, need_month(l.data ->> 'end_date') AS ends, p.place
        FROM lead l
        JOIN need_ruleset s ON s.version = ruleset
        JOIN need_places(wanted, ours) AS p ON p.lead_id = l.id
        LEFT JOIN code c ON c.cpv = l.cpv
        WHERE l.id = wanted OR wanted IS NULL AND l.listed AND l.merged_into IS NULL AND l.state <> 'dismissed' AND l.stage <> 'completed'
                               AND l.id NOT IN (SELECT o FROM need_outrun() AS o)
    )
    SELECT k.id, k.cvr, k.prefix, k.million, k.begins, k.ends, k.place, array_remove(ARRAY[
        CASE WHEN k.stage IN ('planned', 'tender') THEN 'NOT_AWARDED' END,
        CASE WHEN k.cpv IS NULL THEN 'NO_CPV' WHEN k.prefix IS NULL THEN 'NO_RULE' END,
        CASE WHEN k.million IS NOT NULL THEN NULL WHEN k.kind = 'ceiling' THEN 'VALUE_CEILING'
             WHEN k.valued AND coalesce(k.currency, '?') NOT IN ('DKK', 'EUR') THEN 'VALUE_CURRENCY' ELSE 'NO_VALUE' END,
        CASE WHEN k.begins IS NULL OR k.ends IS NULL OR k.ends < k.begins THEN 'NO_PERIOD' END,
        CASE WHEN k.place IS NULL THEN 'NO_PLACE' END], NULL)
    FROM known k
$$;

-- How much of each third of a period of `months` lies in its month `at`, from 0.
CREATE FUNCTION need_thirds(at int, months int, OUT first float8, OUT second float8, OUT third float8) LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT greatest(least(t.until, 1) - t.since, 0), greatest(least(t.until, 2) - greatest(t.since, 1), 0), greatest(t.until - greatest(t.since, 2), 0)
    FROM (SELECT 3.0::float8 * at / months AS since, 3.0::float8 * (at + 1) / months AS until) AS t
$$;

CREATE FUNCTION need_months_between(first_month date, last_month date) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ((extract(year FROM last_month) - extract(year FROM first_month)) * 12 + extract(month FROM last_month) - extract(month FROM first_month))::int
$$;

-- What the rules say of one lead that says enough, per month and trade: who works there, and how many of them are to be found.
CREATE FUNCTION need_of_rules(ruleset int, wanted uuid, first_month date, last_month date)
    RETURNS TABLE (trade_code text, month date, working float8, people float8) LANGUAGE sql STABLE
AS $$
    SELECT r.trade_code, m.at::date, w.working, w.working * s.found_percent / 100
    FROM need_leads(ruleset, wanted, false) AS f
    JOIN need_ruleset s ON s.version = ruleset
    JOIN need_rule r ON r.version = ruleset AND r.prefix = f.prefix
    CROSS JOIN LATERAL generate_series(greatest(f.begins, first_month), least(f.ends, last_month), interval '1 month') AS m (at)
    CROSS JOIN LATERAL need_thirds(need_months_between(f.begins, m.at::date), need_months_between(f.begins, f.ends) + 1) AS t
    CROSS JOIN LATERAL (SELECT least(f.million, r.cap_million)::float8 * r.months_per_100m / 100
        * (t.first * r.begin_percent + t.second * r.middle_percent + t.third * r.end_percent) / 100 AS working) AS w
    WHERE cardinality(f.unknown) = 0
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The forecast

CREATE FUNCTION need_version() RETURNS int LANGUAGE sql STABLE AS $$ SELECT max(version) FROM need_ruleset $$;

-- What stands of what companies said, of leads that are still ours.
CREATE FUNCTION forecast_standing(first_month date, last_month date)
    RETURNS TABLE (lead_id uuid, cvr char(8), panel boolean, place text, trade_code text, month date, people int) LANGUAGE sql STABLE
AS $$
    SELECT n.lead_id, coalesce(l.cvr, o.cvr), n.origin = 'panel', coalesce(n.municipality_code::text, p.place), n.trade_code, n.month, n.people
    FROM need_standing(first_month, last_month) AS n
    LEFT JOIN organisation o ON o.id = n.employer_id
    LEFT JOIN lead l ON l.id = n.lead_id
    LEFT JOIN LATERAL need_places(n.lead_id, false) AS p ON n.lead_id IS NOT NULL
    WHERE n.lead_id IS NULL OR l.state <> 'dismissed' AND l.merged_into IS NULL
$$;

-- The people of it; a place of NULL: nobody said where. A panel's answer is of all that a company has: what its projects' contacts said is
-- a part of it, and only the rest is added. With a municipality, what is in it, in it and others, or nobody said where.
CREATE FUNCTION forecast_said(first_month date, last_month date, wanted_place text)
    RETURNS TABLE (origin text, lead_id uuid, place text, trade_code text, month date, people float8) LANGUAGE sql STABLE
AS $$
    WITH said AS MATERIALIZED (
        SELECT * FROM forecast_standing(first_month, last_month)
    ), total AS (
        SELECT s.cvr, s.trade_code, s.month, sum(s.people) FILTER (WHERE s.panel) AS panel, coalesce(sum(s.people) FILTER (WHERE NOT s.panel), 0) AS contact
        FROM said s GROUP BY 1, 2, 3
    )
    SELECT CASE WHEN s.panel THEN 'panel' ELSE 'contact' END, s.lead_id, s.place, s.trade_code, s.month,
           CASE WHEN s.panel AND t.panel > 0 THEN s.people * greatest(t.panel - t.contact, 0)::float8 / t.panel ELSE s.people END
    FROM said s
    LEFT JOIN total t ON t.cvr = s.cvr AND t.trade_code IS NOT DISTINCT FROM s.trade_code AND t.month = s.month
    WHERE s.people > 0 AND s.place IS DISTINCT FROM 'outside'
      AND (wanted_place IS NULL OR s.place IS NULL OR s.place = wanted_place OR s.place = 'several' AND EXISTS (
              SELECT FROM lead_municipality k WHERE k.lead_id = s.lead_id AND k.municipality_code = wanted_place))
$$;

-- What the rules guess of all leads in our municipalities, or of those in one, where companies said nothing of the month. Leads are summed
-- before their trades are looked up: the thirds of a period are the same for all of them.
CREATE FUNCTION forecast_guessed(first_month date, last_month date, wanted_place text)
    RETURNS TABLE (place text, trade_code text, month date, people float8) LANGUAGE sql STABLE
AS $$
    WITH said AS MATERIALIZED (
        SELECT DISTINCT s.lead_id, s.cvr, s.panel, s.month FROM forecast_standing(first_month, last_month) AS s
    ), cap AS (
        SELECT DISTINCT r.prefix, r.cap_million FROM need_rule r WHERE r.version = need_version()
    ), guessed AS MATERIALIZED (
        SELECT f.lead_id, f.cvr, f.prefix, f.place, f.million::float8, m.at::date AS month,
               need_months_between(f.begins, m.at::date) AS done, need_months_between(f.begins, f.ends) + 1 AS months
        FROM need_leads(need_version(), NULL, true) AS f,
             LATERAL generate_series(greatest(f.begins, first_month), least(f.ends, last_month), interval '1 month') AS m (at)
        WHERE cardinality(f.unknown) = 0 AND (wanted_place IS NULL OR f.place = wanted_place OR f.place = 'several' AND EXISTS (
                  SELECT FROM lead_municipality k WHERE k.lead_id = f.lead_id AND k.municipality_code = wanted_place))
    ), thirds AS (
        SELECT g.prefix, c.cap_million, g.place, g.month, sum(least(g.million, c.cap_million) * t.first) AS first,
               sum(least(g.million, c.cap_million) * t.second) AS second, sum(least(g.million, c.cap_million) * t.third) AS third
        FROM guessed g
        JOIN cap c ON c.prefix = g.prefix
        CROSS JOIN LATERAL need_thirds(g.done, g.months) AS t
        WHERE NOT EXISTS (SELECT FROM said s WHERE s.lead_id = g.lead_id AND s.month = g.month)
          AND NOT EXISTS (SELECT FROM said s WHERE s.panel AND s.cvr = g.cvr AND s.month = g.month)
        GROUP BY 1, 2, 3, 4
    )
    SELECT t.place, r.trade_code, t.month,
           (t.first * r.begin_percent + t.second * r.middle_percent + t.third * r.end_percent) * r.months_per_100m * s.found_percent / 1000000
    FROM thirds t
    JOIN need_ruleset s ON s.version = need_version()
    JOIN need_rule r ON r.version = s.version AND r.prefix = t.prefix AND r.cap_million IS NOT DISTINCT FROM t.cap_million
$$;

-- Begins an answer, which is for partners alone. `from_month`, `to_month`: "2026-11"; this month, and a year from the first. Several faults
-- of the question are told one at a time.
CREATE FUNCTION forecast_open(from_month text, to_month text, wanted_trade text, wanted_place text, OUT first_month date, OUT last_month date)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Prognosen er for myndighederne og det fælles team.');
    END IF;
    first_month := CASE WHEN from_month IS NULL THEN date_trunc('month', app_today())::date
                        WHEN from_month ~ '^2[0-9]{3}-[0-9]{2}$' THEN need_month(from_month) END;
    last_month := CASE WHEN to_month IS NULL THEN (first_month + interval '11 months')::date
                       WHEN to_month ~ '^2[0-9]{3}-[0-9]{2}$' THEN need_month(to_month) END;
    IF first_month IS NULL OR last_month IS NULL THEN
        PERFORM raise_problem('EB400', 'query-invalid', 'from og to skal være måneder som 2026-11.');
    ELSIF last_month NOT BETWEEN first_month AND (first_month + interval '35 months')::date THEN
        PERFORM raise_problem('EB400', 'query-invalid', 'from skal ligge før eller i to, og der kan højst spørges om 36 måneder.');
    ELSIF wanted_trade IS NOT NULL AND NOT EXISTS (SELECT FROM trade t WHERE t.code = wanted_trade) THEN
        PERFORM raise_problem('EB400', 'query-invalid', 'trade skal være en kendt stillingskode; se /v1/trades.');
    ELSIF wanted_place IS NOT NULL AND NOT EXISTS (SELECT FROM municipality m WHERE m.code = wanted_place) THEN
        PERFORM raise_problem('EB400', 'query-invalid', 'municipality skal være en af samarbejdets kommuner.');
    END IF;
END $$;

-- People of the pool by trade, home (NULL: all) and month: screening in force today, available within the month, without protection and
-- without a job; one with several trades is counted in each. Exact for the team and of one's own; others' in whole steps (figures_step).
-- SECURITY DEFINER: it counts over all homes.
CREATE FUNCTION forecast_supply(trades text[], first_month date, last_month date)
    RETURNS TABLE (trade_code text, place text, month date, people bigint, exact boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    WITH free AS (
        SELECT f.code, h.municipality_code AS home, greatest(date_trunc('month', c.available_from)::date, first_month) AS since
        FROM candidate c
        JOIN candidate_fact f ON f.candidate_id = c.id AND f.kind = 'occupation' AND f.to_version IS NULL AND f.code = ANY (trades)
        JOIN organisation h ON h.id = c.organisation_id
        WHERE (SELECT app_partner()) AND c.withdrawn_at IS NULL AND c.protection = 'none' AND c.screening_until >= (SELECT app_today())
          AND c.available_from < last_month + interval '1 month'
          AND NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = c.id AND e.state = 'hired' AND e.hired_until IS NULL)
    ), since AS (
        SELECT f.code, f.home, f.since, count(*) AS people FROM free f GROUP BY 1, 2, 3
    ), counted AS (
        SELECT s.code, s.home, m.at::date AS month, sum(s.people)::bigint AS people
        FROM generate_series(first_month, last_month, interval '1 month') AS m (at) JOIN since s ON s.since <= m.at
        GROUP BY GROUPING SETS ((s.code, s.home, m.at), (s.code, m.at))
    )
    SELECT c.code, c.home, c.month, CASE WHEN j.exact THEN c.people ELSE c.people - c.people % figures_step() END, j.exact
    FROM counted c, organisation reader,
         LATERAL (SELECT reader.kind = 'team' OR coalesce(c.home = reader.municipality_code, false) AS exact) AS j
    WHERE reader.id = app_tenant()
$$;

-- A row per month, trade and place where people are needed; `place` is a municipality, 'several' (of them; nobody said how many are where)
-- or 'all'. With a municipality asked for, its own rows, and those of projects in it and others.
CREATE FUNCTION forecast_rows(from_month text, to_month text, wanted_trade text, wanted_place text)
    RETURNS TABLE (month text, trade_code text, trade_title text, place text, place_name text, needed numeric, by_rule numeric,
                   by_contact numeric, by_panel numeric, supply bigint, exact boolean, short numeric)
    LANGUAGE plpgsql STABLE SET jit = off
AS $$
DECLARE
    span record;
    partner boolean;
BEGIN
    SELECT * INTO span FROM forecast_open(from_month, to_month, wanted_trade, wanted_place);
    SELECT app_kind() <> 'team' INTO partner;
    RETURN QUERY
    WITH wanted AS MATERIALIZED (
        SELECT n.*
        FROM (SELECT 'rule' AS origin, g.place, g.trade_code, g.month, g.people
              FROM forecast_guessed(span.first_month, span.last_month, wanted_place) AS g
              UNION ALL
              SELECT s.origin, s.place, s.trade_code, s.month, s.people
              FROM forecast_said(span.first_month, span.last_month, wanted_place) AS s) AS n
        WHERE n.trade_code IS NOT NULL AND n.place IS NOT NULL AND (wanted_trade IS NULL OR n.trade_code = wanted_trade)
    ), total AS (
        SELECT w.month, w.trade_code, coalesce(w.place, 'all') AS place, round(sum(w.people)::numeric, 1) AS needed,
               round(coalesce(sum(w.people) FILTER (WHERE w.origin = 'rule'), 0)::numeric, 1) AS by_rule,
               round(coalesce(sum(w.people) FILTER (WHERE w.origin = 'contact'), 0)::numeric, 1) AS by_contact,
               round(coalesce(sum(w.people) FILTER (WHERE w.origin = 'panel'), 0)::numeric, 1) AS by_panel
        FROM wanted w
        GROUP BY GROUPING SETS ((w.month, w.trade_code, w.place), (w.month, w.trade_code))
        HAVING wanted_place IS NULL OR grouping(w.place) = 0
    ), supply AS MATERIALIZED (
        SELECT s.* FROM forecast_supply(ARRAY(SELECT DISTINCT w.trade_code FROM wanted w), span.first_month, span.last_month) AS s
    ), answer AS (
        SELECT t.*, CASE WHEN t.place <> 'several' THEN coalesce(s.people, 0) END AS supply,
               CASE WHEN t.place <> 'several' THEN coalesce(s.exact, NOT partner OR t.place = own.code) END AS exact
        FROM total t
        LEFT JOIN supply s ON s.trade_code = t.trade_code AND s.month = t.month AND coalesce(s.place, 'all') = t.place
        LEFT JOIN (SELECT o.municipality_code::text AS code FROM organisation o WHERE o.id = app_tenant()) AS own ON true
        WHERE t.needed > 0
    )
    SELECT to_char(a.month, 'YYYY-MM'), a.trade_code, t.title_da, a.place,
           CASE a.place WHEN 'all' THEN 'Alle' WHEN 'several' THEN 'Flere kommuner' ELSE m.name END, a.needed, a.by_rule, a.by_contact, a.by_panel,
           a.supply, a.exact, greatest(a.needed - a.supply, 0)
    FROM answer a JOIN trade t ON t.code = a.trade_code LEFT JOIN municipality m ON m.code = a.place
    ORDER BY a.month, t.title_da COLLATE "C", a.trade_code, array_position(ARRAY['several', 'all'], a.place) NULLS FIRST, a.place;
END $$;

-- What is not in the rows because something is not known: per reason how many leads (or answers of companies), the newest of them, and how
-- many people were said, in the month with most. A lead may lack several things. Leads whose period lies outside are left out.
CREATE FUNCTION forecast_unknown(from_month text, to_month text, wanted_place text)
    RETURNS TABLE (reason text, reason_da text, leads bigint, newest uuid[], people numeric)
    LANGUAGE plpgsql STABLE SET jit = off
AS $$
DECLARE span record;
BEGIN
    SELECT * INTO span FROM forecast_open(from_month, to_month, NULL, wanted_place);
    RETURN QUERY
    WITH missing AS (
        SELECT u.reason, f.lead_id FROM need_leads(need_version(), NULL, false) AS f, unnest(f.unknown) AS u (reason)
        WHERE f.place IS DISTINCT FROM 'outside' AND coalesce(f.begins <= span.last_month, true) AND coalesce(f.ends >= span.first_month, true)
          AND NOT EXISTS (SELECT FROM need n WHERE n.lead_id = f.lead_id AND n.month BETWEEN span.first_month AND span.last_month)
          AND (wanted_place IS NULL OR f.place IS NULL OR EXISTS (
                SELECT FROM lead_municipality m WHERE m.lead_id = f.lead_id AND m.municipality_code = wanted_place))
    ), said AS (
        SELECT CASE WHEN n.trade_code IS NULL THEN 'NO_TRADE' ELSE 'NO_PLACE' END AS reason, n.lead_id, n.month, n.people
        FROM forecast_said(span.first_month, span.last_month, wanted_place) AS n
        WHERE n.people > 0 AND (n.trade_code IS NULL OR n.place IS NULL)
    ), most AS (
        SELECT m.reason, max(m.people) AS people
        FROM (SELECT s.reason, s.month, sum(s.people) AS people FROM said s GROUP BY 1, 2) AS m GROUP BY 1
    ), every AS (
        SELECT m.reason, m.lead_id FROM missing m UNION SELECT s.reason, s.lead_id FROM said s
    ), title (reason, place, text) AS (VALUES
        ('NOT_AWARDED', 1, 'Projektet er ikke tildelt endnu'), ('NO_CPV', 2, 'Emnet har ingen CPV-kode'), ('NO_RULE', 3, 'CPV-koden har ingen regel'),
        ('NO_VALUE', 4, 'Emnet har ingen værdi'), ('VALUE_CEILING', 5, 'Værdien er en rammeaftales loft'),
        ('VALUE_CURRENCY', 6, 'Værdien er hverken i kroner eller euro'), ('NO_PERIOD', 7, 'Emnet har ingen periode'),
        ('NO_PLACE', 8, 'Arbejdets sted er ikke kendt'), ('NO_TRADE', 9, 'Virksomheden nævnte ikke noget fag'))
    SELECT e.reason, t.text, count(e.lead_id), (array_agg(e.lead_id ORDER BY l.created_at DESC, l.id DESC) FILTER (WHERE l.id IS NOT NULL))[1:20],
           round(max(m.people)::numeric, 1)
    FROM every e JOIN title t ON t.reason = e.reason LEFT JOIN lead l ON l.id = e.lead_id LEFT JOIN most m ON m.reason = e.reason
    GROUP BY e.reason, t.text, t.place ORDER BY t.place;
END $$;

-- Ends an answer: the audit comes last, since it makes the rest of the organisation wait.
CREATE FUNCTION forecast_told(from_month text, to_month text, wanted_trade text, wanted_place text) RETURNS void LANGUAGE sql
AS $$
    SELECT audit_append('forecast.read', 'forecast', coalesce(from_month, '') || '/' || coalesce(to_month, ''), '{}',
                        jsonb_build_object('trade', wanted_trade, 'municipality', wanted_place))
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- One lead

CREATE FUNCTION need_reply(document jsonb, reply_status int, etag bigint, location text) RETURNS api_reply LANGUAGE sql IMMUTABLE
AS $$ SELECT (reply_status, document::text, etag, location, false)::api_reply $$;

-- GET /v1/leads/{id}/needs: what the rules say of it, month by month, what companies said, and what is not known.
CREATE FUNCTION need_of_lead(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE
    seen record;
    rules need_ruleset;
BEGIN
    SELECT * INTO rules FROM need_ruleset s WHERE s.version = need_version();
    SELECT * INTO seen FROM need_leads(rules.version, wanted, false);
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    RETURN need_reply(jsonb_build_object(
        'lead_id', wanted, 'rules', jsonb_build_object('version', rules.version, 'draft', rules.draft, 'found_percent', rules.found_percent),
        'prefix', seen.prefix, 'value_dkk', round(seen.million * 1000000), 'first_month', to_char(seen.begins, 'YYYY-MM'),
        'last_month', to_char(seen.ends, 'YYYY-MM'), 'place', seen.place, 'unknown', to_jsonb(seen.unknown),
        'months', (SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(r.month, 'YYYY-MM'), 'trade', r.trade_code, 'title_da', t.title_da,
                              'working', round(r.working::numeric, 2), 'people', round(r.people::numeric, 2)) ORDER BY r.month, r.trade_code), '[]')
                   FROM need_of_rules(rules.version, wanted, greatest(seen.begins, date '1990-01-01'),
                                      least(seen.ends, (seen.begins + interval '119 months')::date)) AS r JOIN trade t ON t.code = r.trade_code),
        'said', (SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(n.month, 'YYYY-MM'), 'trade', n.trade_code, 'title_da', t.title_da,
                            'people', n.people, 'municipality', n.municipality_code, 'said_at', order_time(n.said_at), 'contact_id', n.source_id)
                            ORDER BY n.month, n.trade_code, n.municipality_code), '[]')
                 FROM need_standing(date '1990-01-01', date '2999-12-01') AS n LEFT JOIN trade t ON t.code = n.trade_code
                 WHERE n.lead_id = wanted)), 200, NULL, NULL);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The table of rules

-- GET /v1/need-rules: a version, the newest when `wanted` is NULL.
CREATE FUNCTION need_rules_read(wanted int) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE rules need_ruleset;
BEGIN
    SELECT * INTO rules FROM need_ruleset s WHERE s.version = coalesce(wanted, need_version());
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Regelsættet findes ikke.');
    END IF;
    RETURN need_reply(jsonb_build_object(
        'version', rules.version, 'newest', rules.version = need_version(), 'draft', rules.draft, 'note', rules.note,
        'found_percent', rules.found_percent, 'dkk_per_1000_eur', rules.dkk_per_1000_eur, 'made_at', order_time(rules.made_at),
        'made_by', (SELECT o.name FROM organisation o WHERE o.id = rules.made_by),
        'rules', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('prefix', r.prefix, 'trade', r.trade_code, 'title_da', t.title_da,
                            'months_per_100m', r.months_per_100m, 'cap_million', r.cap_million, 'begin_percent', r.begin_percent,
                            'middle_percent', r.middle_percent, 'end_percent', r.end_percent))
                            ORDER BY r.prefix, r.months_per_100m DESC, r.trade_code), '[]')
                  FROM need_rule r JOIN trade t ON t.code = r.trade_code WHERE r.version = rules.version)), 200, rules.version, NULL);
END $$;

-- What only the tables know to be wrong with rules that are of the right form.
CREATE FUNCTION need_rules_faults(body jsonb) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', '/rules/' || f.place - 1 || f.below, 'code', f.code, 'detail', f.detail)
                              ORDER BY f.place, f.below), '[]')
    FROM (SELECT r.place, '/trade' AS below, 'UNKNOWN' AS code, reference_unknown_text('occupation') AS detail
          FROM order_list(body -> 'rules') AS r
          WHERE jsonb_typeof(r.item -> 'trade') = 'string' AND NOT EXISTS (SELECT FROM trade t WHERE t.code = r.item ->> 'trade')
          UNION ALL
          SELECT d.place, '/trade', 'TAKEN', 'Præfikset har allerede en regel for faget.'
          FROM (SELECT r.place, row_number() OVER (PARTITION BY r.item -> 'prefix', r.item -> 'trade' ORDER BY r.place) AS turn
                FROM order_list(body -> 'rules') AS r WHERE jsonb_typeof(r.item -> 'trade') = 'string') AS d
          WHERE d.turn > 1) AS f
$$;

-- PUT /v1/need-rules: the whole table anew, as the next version. By the team alone.
CREATE FUNCTION need_rules_put(seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    faults jsonb;
    next_version int;
BEGIN
    IF app_kind() IS DISTINCT FROM 'team' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun det fælles team ændrer behovsreglerne.');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('need_ruleset', 0)); -- two edits of one version: the later is told
    IF seen_version <> 0 AND seen_version <> need_version() THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Reglerne er ændret, siden de blev læst.');
    END IF;
    faults := need_rules_faults(body);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    next_version := need_version() + 1;
    INSERT INTO need_ruleset (version, draft, note, found_percent, dkk_per_1000_eur, made_by)
    VALUES (next_version, (body ->> 'draft')::boolean, body ->> 'note', (body ->> 'found_percent')::int, (body ->> 'dkk_per_1000_eur')::int, app_tenant());
    INSERT INTO need_rule
    SELECT next_version, r.item ->> 'prefix', r.item ->> 'trade', (r.item ->> 'months_per_100m')::int, (r.item ->> 'cap_million')::int,
           (r.item ->> 'begin_percent')::int, (r.item ->> 'middle_percent')::int, (r.item ->> 'end_percent')::int
    FROM order_list(body -> 'rules') AS r;
    PERFORM audit_append('need_rules.changed', 'need_ruleset', next_version::text, '{}',
                         jsonb_build_object('rules', jsonb_array_length(body -> 'rules'), 'draft', body -> 'draft'));
    RETURN need_rules_read(next_version);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The panel

CREATE FUNCTION panel_document(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', a.id, 'employer', jsonb_build_object('id', e.id, 'cvr', e.cvr, 'name', e.name), 'said_on', a.said_on,
        'needs', a.needs, 'note', a.note, 'recorded_by', jsonb_build_object('id', r.id, 'name', r.name), 'recorded_at', order_time(a.recorded_at))
    FROM panel_answer a JOIN organisation e ON e.id = a.employer_id JOIN organisation r ON r.id = a.recorded_by
    WHERE a.id = wanted
$$;

-- What only the tables know to be wrong with an answer.
CREATE FUNCTION panel_faults(body jsonb) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT need_faults(body -> 'needs', '/needs')
        || coalesce((SELECT jsonb_agg(jsonb_build_object('pointer', '/needs/' || n.place - 1 || '/people/' || k.ahead, 'code', 'UNKNOWN_MEMBER',
                                      'detail', 'Panelet spørges om 3 og 12 måneder.') ORDER BY n.place, k.ahead)
                     FROM order_list(body -> 'needs') AS n,
                          jsonb_object_keys(CASE jsonb_typeof(n.item -> 'people') WHEN 'object' THEN n.item -> 'people' ELSE '{}' END) AS k (ahead)
                     WHERE k.ahead IN ('0', '6')), '[]')
        || CASE WHEN body ->> 'said_on' ~ '^[0-9-]{10}$' AND body ->> 'said_on' > app_today()::text
                THEN jsonb_build_array(jsonb_build_object('pointer', '/said_on', 'code', 'RANGE', 'detail', 'Må ikke ligge efter i dag.'))
                ELSE '[]' END
$$;

-- POST /v1/panel: what a company answered. Its answer of the same day again stands instead.
CREATE FUNCTION panel_post(request_method text, request_path text, request_key text, request_fingerprint text, body jsonb)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    faults jsonb;
    made uuid;
    employer uuid;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    faults := panel_faults(body);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    employer := employer_ensure(body #>> '{employer,cvr}', body #>> '{employer,name}');
    INSERT INTO panel_answer (employer_id, said_on, needs, note, recorded_by)
    VALUES (employer, (body ->> 'said_on')::date, body -> 'needs', body ->> 'note', app_tenant())
    RETURNING id INTO made;
    -- Of one day, what was written down last; UTC's hour of the day is late enough for that.
    PERFORM need_write('panel', employer, made, (body ->> 'said_on')::date + (app_now() AT TIME ZONE 'UTC')::time, (body ->> 'said_on')::date,
                       body -> 'needs');
    PERFORM audit_append('panel.answered', 'panel_answer', made::text);
    answer := need_reply(panel_document(made), 201, NULL, NULL);
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- GET /v1/panel: answers, newest first. `position` is what `next` was on the page before, '' for the first.
CREATE FUNCTION panel_page(wanted_cvr text, after_position text, page_limit int, OUT items text, OUT next_position text) LANGUAGE sql STABLE
AS $$
    WITH page AS MATERIALIZED (
        SELECT a.id, a.said_on, row_number() OVER (ORDER BY a.said_on DESC, a.id DESC) AS place
        FROM panel_answer a
        WHERE (wanted_cvr IS NULL OR a.employer_id = (SELECT o.id FROM organisation o WHERE o.kind = 'employer' AND o.cvr = wanted_cvr))
          AND (after_position = '' OR (a.said_on, a.id)
               < (nullif(split_part(after_position, ',', 1), '')::date, nullif(split_part(after_position, ',', 2), '')::uuid))
        ORDER BY a.said_on DESC, a.id DESC
        LIMIT page_limit + 1)
    SELECT coalesce(jsonb_agg(panel_document(p.id) ORDER BY p.place) FILTER (WHERE p.place <= page_limit), '[]')::text,
           max(p.said_on || ',' || p.id) FILTER (WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
    FROM page p
$$;

GRANT EXECUTE ON FUNCTION need_faults(jsonb, text), need_months(jsonb, date), need_write(text, uuid, uuid, timestamptz, date, jsonb),
    need_say(uuid, uuid, timestamptz, jsonb), need_move(uuid, uuid), need_standing(date, date), need_month(text), need_million(jsonb, int),
    need_places(uuid, boolean), need_stage_rank(text), need_outrun(), need_leads(int, uuid, boolean), need_thirds(int, int), need_months_between(date, date),
    need_of_rules(int, uuid, date, date), need_version(), forecast_standing(date, date), forecast_said(date, date, text), forecast_guessed(date, date, text), forecast_open(text, text, text, text),
    forecast_supply(text[], date, date), forecast_rows(text, text, text, text), forecast_unknown(text, text, text),
    forecast_told(text, text, text, text), need_reply(jsonb, int, bigint, text), need_of_lead(uuid), need_rules_read(int),
    need_rules_faults(jsonb), need_rules_put(bigint, jsonb), panel_document(uuid), panel_faults(jsonb),
    panel_post(text, text, text, text, jsonb), panel_page(text, text, int) TO emnebank_front;

RESET ROLE;
