-- The forecast, mended: at once beside 50,000 leads; what a company says of one trade leaves what it said of others; a project that has
-- gone further keeps what its company said; notes are forgotten; sums agree.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- What leads say to the rules: worked out when a lead is written, so that it is never behind it. Bodies are bound when they are made:
-- a restore writes the columns anew, with another search_path.

DROP FUNCTION need_of_rules(int, uuid, date, date), need_leads(int, uuid, boolean), need_million(jsonb, int), need_outrun(),
    need_places(uuid, boolean), need_standing(date, date), forecast_standing(date, date), forecast_said(date, date, text),
    forecast_guessed(date, date, text), need_thirds(int, int);

-- Million in its own currency; NULL where no usable value stands. An agreement's ceiling is no value; a consortium's is shared evenly; a
-- krone is written where a number had to be.
CREATE FUNCTION need_own_million(lead_data jsonb) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(lead_data #> '{value,minor}') = 'number' AND (lead_data #>> '{value,minor}')::numeric > 100
                 AND lead_data ->> 'value_kind' IS DISTINCT FROM 'ceiling' AND lead_data #>> '{value,currency}' IN ('DKK', 'EUR')
            THEN (lead_data #>> '{value,minor}')::float8 / 100000000
                 / CASE WHEN lead_data ->> 'role' IN ('leader', 'member') AND jsonb_typeof(lead_data -> 'members') = 'array'
                        THEN greatest(jsonb_array_length(lead_data -> 'members'), 1) ELSE 1 END
       END;

-- Why there is none.
CREATE FUNCTION need_lack(lead_data jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN need_own_million(lead_data) IS NOT NULL THEN NULL
            WHEN lead_data ->> 'value_kind' = 'ceiling' THEN 'VALUE_CEILING'
            WHEN lead_data #>> '{value,minor}' IS NOT NULL AND coalesce(lead_data #>> '{value,currency}', '?') NOT IN ('DKK', 'EUR') THEN 'VALUE_CURRENCY'
            ELSE 'NO_VALUE' END;

ALTER TABLE lead
    ADD COLUMN need_million float8 GENERATED ALWAYS AS (need_own_million(data)) STORED,
    ADD COLUMN need_euro boolean GENERATED ALWAYS AS (data #>> '{value,currency}' = 'EUR') STORED,
    ADD COLUMN need_lack text GENERATED ALWAYS AS (need_lack(data)) STORED,
    ADD COLUMN need_begins date GENERATED ALWAYS AS (need_month(data ->> 'start_date')) STORED,
    ADD COLUMN need_ends date GENERATED ALWAYS AS (need_month(data ->> 'end_date')) STORED;
-- All that the forecast reads of a lead, without the lead.
CREATE INDEX lead_need ON lead (id)
    INCLUDE (cvr, cpv, stage, need_million, need_euro, need_lack, need_begins, need_ends, listed, merged_into, state);

DROP INDEX lead_origin_ref, lead_origin_project;
CREATE INDEX lead_origin_ref ON lead_origin (cvr, ref, ref_kind, lead_id) WHERE ref IS NOT NULL;
CREATE INDEX lead_origin_project ON lead_origin (cvr, project, lead_id) WHERE project IS NOT NULL;

-- Where the work is, of leads in our municipalities: one, or 'several'.
CREATE FUNCTION need_ours() RETURNS TABLE (lead_id uuid, place text) LANGUAGE sql STABLE
AS $$ SELECT m.lead_id, CASE count(*) WHEN 1 THEN min(m.municipality_code)::text ELSE 'several' END FROM lead_municipality m GROUP BY m.lead_id $$;

-- 'outside' when a lead that is in none of them says so; NULL when nobody says where.
CREATE FUNCTION need_elsewhere(wanted uuid) RETURNS text LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT 'outside' FROM lead l
            WHERE l.id = wanted AND EXISTS (
                SELECT FROM jsonb_array_elements(l.data -> 'places') AS i (item)
                WHERE length(i.item ->> 'nuts') > 3 OR i.item ->> 'country' <> 'DNK'
                   OR EXISTS (SELECT FROM postcode c WHERE c.code = i.item ->> 'postal_code' AND i.item ->> 'country' = 'DNK')));
END $$;

-- Leads whose project has gone further in another lead of the same company, and that one, the furthest: it counts instead.
CREATE FUNCTION need_outrun() RETURNS TABLE (lead_id uuid, heir uuid) LANGUAGE sql STABLE
AS $$
    WITH met AS MATERIALIZED (
        SELECT row_number() OVER () AS number, m.leads
        FROM (SELECT array_agg(o.lead_id) AS leads FROM lead_origin o
              WHERE o.cvr IS NOT NULL AND o.ref IS NOT NULL GROUP BY o.cvr, o.ref, o.ref_kind HAVING count(*) > 1
              UNION ALL
              SELECT array_agg(o.lead_id) FROM lead_origin o
              WHERE o.cvr IS NOT NULL AND o.project IS NOT NULL GROUP BY o.cvr, o.project HAVING count(*) > 1) AS m
    ), ranked AS (
        SELECT m.number, l.id, need_stage_rank(l.stage) AS rank, l.created_at, l.merged_into IS NULL AND l.state <> 'dismissed' AS live
        FROM met m, unnest(m.leads) AS u (id) JOIN lead l ON l.id = u.id
    ), furthest AS (
        SELECT DISTINCT ON (r.number) r.number, r.id, r.rank, r.created_at FROM ranked r
        WHERE r.live ORDER BY r.number, r.rank DESC, r.created_at DESC, r.id
    )
    SELECT DISTINCT ON (r.id) r.id, f.id FROM ranked r JOIN furthest f ON f.number = r.number AND f.rank > r.rank
    ORDER BY r.id, f.rank DESC, f.created_at DESC, f.id
$$;

-- Every lead that may need people, as the rules of a version see it: the rule's prefix, million DKK, first and last month, where; and what
-- is not known. `wanted` NULL: all that count, or those in our municipalities alone; else that one whether it counts or not.
CREATE FUNCTION need_leads(ruleset int, wanted uuid, ours boolean)
    RETURNS TABLE (lead_id uuid, cvr char(8), prefix text, million float8, begins date, ends date, place text, unknown text[])
    LANGUAGE sql STABLE
AS $$
    WITH code AS MATERIALIZED (
        SELECT c.cpv, (SELECT max(r.prefix) FROM need_rule r WHERE r.version = ruleset AND starts_with(c.cpv, r.prefix)) AS prefix
        FROM (SELECT DISTINCT l.cpv FROM lead l WHERE wanted IS NULL OR l.id = wanted) AS c
    ), known AS MATERIALIZED (
        SELECT l.id, l.cvr, l.cpv, c.prefix, l.stage, l.need_lack, l.need_begins AS begins, l.need_ends AS ends,
               l.need_million * CASE WHEN l.need_euro THEN s.dkk_per_1000_eur / 1000.0::float8 ELSE 1 END AS million,
               CASE WHEN p.lead_id IS NOT NULL THEN p.place ELSE need_elsewhere(l.id) END AS place
        FROM lead l
        JOIN need_ruleset s ON s.version = ruleset
        LEFT JOIN need_ours() AS p ON p.lead_id = l.id
        LEFT JOIN code c ON c.cpv = l.cpv
        WHERE (l.id = wanted OR wanted IS NULL AND l.listed AND l.merged_into IS NULL AND l.state <> 'dismissed' AND l.stage <> 'completed'
                                AND l.id NOT IN (SELECT o.lead_id FROM need_outrun() AS o))
          AND (NOT ours OR p.lead_id IS NOT NULL)
    )
    SELECT k.id, k.cvr, k.prefix, k.million, k.begins, k.ends, k.place, array_remove(ARRAY[
        CASE WHEN k.stage IN ('planned', 'tender') THEN 'NOT_AWARDED' END,
        CASE WHEN k.cpv IS NULL THEN 'NO_CPV' WHEN k.prefix IS NULL THEN 'NO_RULE' END,
        k.need_lack,
        CASE WHEN k.begins IS NULL OR k.ends IS NULL OR k.ends < k.begins THEN 'NO_PERIOD' END,
        CASE WHEN k.place IS NULL THEN 'NO_PLACE' END], NULL)
    FROM known k
$$;

-- How much of each third of a period of `months` lies in its month `at`, from 0. A table of one row: that is worked into the query.
CREATE FUNCTION need_thirds(at int, months int) RETURNS TABLE (first float8, second float8, third float8) LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT greatest(least(t.until, 1) - t.since, 0), greatest(least(t.until, 2) - greatest(t.since, 1), 0), greatest(t.until - greatest(t.since, 2), 0)
    FROM (SELECT 3.0::float8 * at / months AS since, 3.0::float8 * (at + 1) / months AS until) AS t
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
    CROSS JOIN LATERAL (SELECT least(f.million, r.cap_million) * r.months_per_100m / 100
        * (t.first * r.begin_percent + t.second * r.middle_percent + t.third * r.end_percent) / 100 AS working) AS w
    WHERE cardinality(f.unknown) = 0
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- What companies said

-- The months that needs speak of. What is said of a moment holds until the next that was said of that trade and place, the last for a
-- quarter of a year; none, said last, ends the trade: it holds for as long as anything that was said before.
CREATE OR REPLACE FUNCTION need_months(needs jsonb, said_on date) RETURNS TABLE (trade_code text, municipality_code char(4), month date, people int)
    LANGUAGE sql STABLE
AS $$
    WITH said AS (
        SELECT n.item ->> 'trade' AS trade, (n.item ->> 'municipality')::char(4) AS place, p.ahead::int AS ahead, sum(p.people::int)::int AS people
        FROM jsonb_array_elements(needs) AS n (item), jsonb_each_text(n.item -> 'people') AS p (ahead, people)
        GROUP BY 1, 2, 3
    ), span AS (
        SELECT s.*, coalesce(lead(s.ahead) OVER (PARTITION BY s.trade, s.place ORDER BY s.ahead), CASE s.people WHEN 0 THEN 15 ELSE s.ahead + 3 END) AS until
        FROM said s
    )
    SELECT s.trade, s.place, (date_trunc('month', said_on) + make_interval(months => m.ahead))::date, least(s.people, 999)
    FROM span s, generate_series(s.ahead, s.until - 1) AS m (ahead)
$$;

-- What stands of it, month by month. Of a contact (`wanted` NULL: of all): of each trade what was said last, and none without a trade and
-- a place ends all trades. Of the panel: the last answer, which is of all that a company has. What was said of a lead that its project
-- has outrun is said of the `subject` that counts instead.
CREATE FUNCTION need_standing(wanted uuid, first_month date, last_month date)
    RETURNS TABLE (subject uuid, lead_id uuid, employer_id uuid, source_id uuid, said_at timestamptz, trade_code text, municipality_code char(4),
                   month date, people int) LANGUAGE sql STABLE
AS $$
    WITH said AS (
        SELECT n.*, coalesce(o.heir, n.lead_id) AS subject
        FROM need n LEFT JOIN need_outrun() AS o ON wanted IS NULL AND o.lead_id = n.lead_id
        WHERE n.month BETWEEN first_month AND last_month AND (wanted IS NULL OR n.lead_id = wanted)
    ), aged AS (
        SELECT s.*, dense_rank() OVER (PARTITION BY s.subject, s.employer_id, s.month ORDER BY s.said_at DESC, s.source_id DESC) AS age FROM said s
    ), turn AS (
        SELECT a.*, min(a.age) OVER (PARTITION BY a.subject, a.employer_id, a.month, a.trade_code) AS newest,
               min(a.age) FILTER (WHERE a.trade_code IS NULL AND a.municipality_code IS NULL AND a.people = 0)
                   OVER (PARTITION BY a.subject, a.employer_id, a.month) AS ended
        FROM aged a
    )
    SELECT t.subject, t.lead_id, t.employer_id, t.source_id, t.said_at, t.trade_code, t.municipality_code, t.month, t.people
    FROM turn t
    WHERE CASE t.origin WHEN 'panel' THEN t.age = 1 ELSE t.age = t.newest AND t.age <= coalesce(t.ended, t.age) END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The forecast

-- Who is needed, from contacts, the panel and (unless `said_only`) the rules; a place or trade of NULL: nobody said. With a municipality,
-- what is in it, in it and others, or nobody said where.
--
-- A panel's answer is of all that a company has: what its projects' contacts said is a part of it, and only the rest is added. The rules
-- speak of leads in our municipalities, in months of which nothing was said. Leads are summed before their trades are looked up: the
-- thirds of a period are the same for all of them.
CREATE FUNCTION forecast_people(first_month date, last_month date, wanted_place text, said_only boolean)
    RETURNS TABLE (origin text, lead_id uuid, place text, trade_code text, month date, people float8) LANGUAGE sql STABLE
AS $$
    WITH said AS MATERIALIZED (
        SELECT n.subject, n.lead_id, coalesce(l.cvr, e.cvr) AS cvr, n.employer_id IS NOT NULL AS panel, n.trade_code, n.month, n.people,
               coalesce(n.municipality_code::text, p.place, CASE WHEN n.lead_id IS NOT NULL THEN need_elsewhere(n.lead_id) END) AS place
        FROM need_standing(NULL, first_month, last_month) AS n
        LEFT JOIN organisation e ON e.id = n.employer_id
        LEFT JOIN lead l ON l.id = n.lead_id
        LEFT JOIN lead s ON s.id = n.subject
        LEFT JOIN need_ours() AS p ON p.lead_id = n.lead_id
        WHERE n.lead_id IS NULL OR l.state <> 'dismissed' AND l.merged_into IS NULL AND s.stage <> 'completed'
    ), total AS (
        SELECT s.cvr, s.trade_code, s.month, sum(s.people) FILTER (WHERE s.panel) AS panel, coalesce(sum(s.people) FILTER (WHERE NOT s.panel), 0) AS contact
        FROM said s GROUP BY 1, 2, 3 HAVING bool_or(s.panel)
    ), cap AS (
        SELECT DISTINCT r.prefix, r.cap_million FROM need_rule r WHERE r.version = need_version()
    ), site AS MATERIALIZED (
        SELECT f.*, need_months_between(f.begins, f.ends) + 1 AS months, need_months_between(f.begins, first_month) AS done
        FROM need_leads(need_version(), NULL, true) AS f
        WHERE NOT said_only AND cardinality(f.unknown) = 0 AND f.begins <= last_month AND f.ends >= first_month
          AND (wanted_place IS NULL OR f.place = wanted_place OR f.place = 'several' AND EXISTS (
                  SELECT FROM lead_municipality k WHERE k.lead_id = f.lead_id AND k.municipality_code = wanted_place))
    ), spoken AS MATERIALIZED (
        SELECT s.subject AS lead_id, s.month FROM said s WHERE NOT s.panel
        UNION
        SELECT f.lead_id, s.month FROM said s JOIN site f ON f.cvr = s.cvr WHERE s.panel
    ), thirds AS (
        SELECT f.prefix, c.cap_million, f.place, m.month, sum(least(f.million, c.cap_million) * t.first) AS first,
               sum(least(f.million, c.cap_million) * t.second) AS second, sum(least(f.million, c.cap_million) * t.third) AS third
        FROM site f
        JOIN (SELECT at::date AS month, ahead::int - 1 AS ahead
              FROM generate_series(first_month, last_month, interval '1 month') WITH ORDINALITY AS g (at, ahead)) AS m
            ON m.month BETWEEN f.begins AND f.ends
        JOIN cap c ON c.prefix = f.prefix
        LEFT JOIN spoken s ON s.lead_id = f.lead_id AND s.month = m.month
        CROSS JOIN LATERAL need_thirds(f.done + m.ahead, f.months) AS t
        WHERE s.lead_id IS NULL
        GROUP BY 1, 2, 3, 4
    )
    SELECT CASE WHEN s.panel THEN 'panel' ELSE 'contact' END, s.lead_id, s.place, s.trade_code, s.month,
           CASE WHEN s.panel THEN s.people * greatest(t.panel - t.contact, 0)::float8 / t.panel ELSE s.people END
    FROM said s
    LEFT JOIN total t ON t.cvr = s.cvr AND t.trade_code IS NOT DISTINCT FROM s.trade_code AND t.month = s.month
    WHERE s.people > 0 AND s.place IS DISTINCT FROM 'outside'
      AND (wanted_place IS NULL OR s.place IS NULL OR s.place = wanted_place OR s.place = 'several' AND EXISTS (
              SELECT FROM lead_municipality k WHERE k.lead_id = s.lead_id AND k.municipality_code = wanted_place))
    UNION ALL
    SELECT 'rule', NULL, t.place, r.trade_code, t.month,
           (t.first * r.begin_percent + t.second * r.middle_percent + t.third * r.end_percent) * r.months_per_100m * s.found_percent / 1000000
    FROM thirds t
    JOIN need_ruleset s ON s.version = need_version()
    JOIN need_rule r ON r.version = s.version AND r.prefix = t.prefix AND r.cap_million IS NOT DISTINCT FROM t.cap_million
$$;

-- People of the pool by trade, home (NULL: all) and month: screening in force today, available within the month, without protection and
-- without a job; one with several trades is counted in each. Exact for the team and of one's own; others' in whole steps (figures_step),
-- all together one's own exactly and the others' sum in steps: what one's own are tells nothing of where the others' sum stands.
-- SECURITY DEFINER: it counts over all homes.
CREATE OR REPLACE FUNCTION forecast_supply(trades text[], first_month date, last_month date)
    RETURNS TABLE (trade_code text, place text, month date, people bigint, exact boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    WITH reader AS (
        SELECT r.kind = 'team' AS team, r.municipality_code AS home FROM organisation r WHERE r.id = app_tenant()
    ), free AS (
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
        SELECT s.code, s.home, m.at::date AS month, sum(s.people)::bigint AS people,
               coalesce(sum(s.people) FILTER (WHERE r.team OR s.home = r.home), 0)::bigint AS known, bool_or(r.team) AS team
        FROM generate_series(first_month, last_month, interval '1 month') AS m (at) JOIN since s ON s.since <= m.at CROSS JOIN reader r
        GROUP BY GROUPING SETS ((s.code, s.home, m.at), (s.code, m.at))
    )
    SELECT c.code, c.home, c.month, c.known + (c.people - c.known) / figures_step() * figures_step(),
           c.team OR c.home IS NOT NULL AND c.known = c.people
    FROM counted c
$$;

-- A row per month, trade and place where people are needed; `place` is a municipality, 'several' (of them; nobody said how many are where)
-- or 'all'. With a municipality asked for, its own rows, and those of projects in it and others. Each figure of a place and origin is
-- rounded by itself, and the sums are of what is shown: `needed` is its three parts, 'all' its places.
CREATE OR REPLACE FUNCTION forecast_rows(from_month text, to_month text, wanted_trade text, wanted_place text)
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
        SELECT n.origin, n.place, n.trade_code, n.month, round(sum(n.people)::numeric, 1) AS people
        FROM forecast_people(span.first_month, span.last_month, wanted_place, false) AS n
        WHERE n.trade_code IS NOT NULL AND n.place IS NOT NULL AND (wanted_trade IS NULL OR n.trade_code = wanted_trade)
        GROUP BY 1, 2, 3, 4
    ), total AS (
        SELECT w.month, w.trade_code, coalesce(w.place, 'all') AS place, sum(w.people) AS needed,
               coalesce(sum(w.people) FILTER (WHERE w.origin = 'rule'), 0.0) AS by_rule,
               coalesce(sum(w.people) FILTER (WHERE w.origin = 'contact'), 0.0) AS by_contact,
               coalesce(sum(w.people) FILTER (WHERE w.origin = 'panel'), 0.0) AS by_panel
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

DO $$
BEGIN
    PERFORM function_reword('forecast_unknown(text, text, text)',
        'forecast_said(span.first_month, span.last_month, wanted_place) AS n', 'forecast_people(span.first_month, span.last_month, wanted_place, true) AS n');
    PERFORM function_reword('need_of_lead(uuid)', $old$need_standing(date '1990-01-01', date '2999-12-01')$old$,
        $new$need_standing(wanted, date '1990-01-01', date '2999-12-01')$new$);
    PERFORM function_reword('need_of_lead(uuid)', 'round(seen.million * 1000000)', 'round((seen.million * 1000000)::numeric)');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Notes of the panel are for the time that the answer is of, fifteen months at most. After it they are forgotten, for they are free text.

CREATE INDEX panel_answer_note ON panel_answer (said_on) WHERE note IS NOT NULL;

CREATE FUNCTION panel_forget() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ UPDATE panel_answer SET note = NULL WHERE note IS NOT NULL AND said_on < app_today() - interval '15 months' $$;

DO $$
BEGIN
    PERFORM function_reword('fresh_tick()', '    PERFORM pool_lock();', E'    PERFORM panel_forget(); -- on every new day, at least\n    PERFORM pool_lock();');
END $$;

GRANT EXECUTE ON FUNCTION need_ours(), need_elsewhere(uuid), need_outrun(), need_leads(int, uuid, boolean), need_of_rules(int, uuid, date, date), need_thirds(int, int),
    need_standing(uuid, date, date), forecast_people(date, date, text, boolean), need_own_million(jsonb), need_lack(jsonb) TO emnebank_front;

RESET ROLE;
