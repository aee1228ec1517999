-- Figures of the partnership (services/figures): orders, how far and how fast they came, who was hired, and what the
-- municipalities gave and received. What each figure means stands in services/figures/README.md.
--
-- Months come as their borders, so that only one place knows Danish time (common/domain/calendar): n months are n + 1
-- moments, ascending, and month 1 goes from the first to before the second.
--
-- All functions are SECURITY DEFINER, for they count over all homes; who may ask is checked first, and what would show one
-- person's fate to those who may not know it never leaves the database.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

CREATE INDEX job_order_received ON job_order (received_at);
CREATE INDEX referral_hired ON referral (at) WHERE to_state = 'hired';

-- The municipality that an order counts under, as order_reach has it: the one that received it, or, when the team did, that
-- of the workplace. NULL: a workplace outside the partnership.
CREATE FUNCTION figures_place(counted job_order) RETURNS char(4) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = emnebank, pg_temp
AS $$
    SELECT coalesce((SELECT o.municipality_code FROM organisation o WHERE o.id = counted.organisation_id),
                    (SELECT p.municipality_code FROM postcode p WHERE p.code = counted.postcode))
$$;

-- Begins an answer, which is for partners alone. The municipalities, a line each, code|name. `wanted` NULL: all.
CREATE FUNCTION figures_open(wanted text) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Tallene er for myndighederne og det fælles team.');
    END IF;
    IF wanted IS NOT NULL AND NOT EXISTS (SELECT FROM municipality m WHERE m.code = wanted) THEN
        PERFORM raise_problem('EB400', 'query-invalid', 'municipality skal være en af samarbejdets kommuner.');
    END IF;
    RETURN (SELECT string_agg(m.code || '|' || m.name, E'\n' ORDER BY m.code) FROM municipality m);
END $$;

-- Ends an answer: the audit comes last, since it makes the rest of the organisation wait.
CREATE FUNCTION figures_told(first_month text, last_month text, wanted text) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT audit_append('figures.read', 'figures', first_month || '/' || last_month, '{}',
                        jsonb_build_object('municipality', wanted))
    WHERE app_partner()
$$;

-- An order counts in the month when it was received (opened, if it was a draft); drafts, and drafts that came to nothing, do
-- not count. Moments are microseconds since 1970, NULL where none came so far; further steps imply the earlier ones, since an
-- answer may skip a step. A hire that was undone is none.
CREATE FUNCTION figures_orders(borders timestamptz[])
    RETURNS TABLE (month int, place char(4), of_team boolean, posts int, hires int, filled boolean, received_at bigint,
                   put_forward_at bigint, confirmed_at bigint, released_at bigint, hired_at bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT width_bucket(o.received_at, borders), figures_place(o), receiver.kind = 'team', o.posts, hired.entries,
           o.state = 'filled', micro.received, micro.put_forward, micro.confirmed, micro.released, micro.hired
    FROM job_order o
    JOIN organisation receiver ON receiver.id = o.organisation_id
    CROSS JOIN LATERAL (
        SELECT count(*)::int AS entries FROM shortlist_entry e WHERE e.order_id = o.id AND e.state = 'hired') AS hired
    CROSS JOIN LATERAL (
        SELECT min(r.at) FILTER (WHERE entry_live(r.to_state)) AS put_forward,
               min(r.at) FILTER (WHERE entry_live(r.to_state) AND r.to_state <> 'proposed') AS confirmed,
               min(r.at) FILTER (WHERE r.to_state IN ('released', 'interview', 'hired')) AS released,
               min(r.at) FILTER (WHERE r.to_state = 'hired' AND e.state = 'hired') AS hired
        FROM referral r JOIN shortlist_entry e ON e.id = r.entry_id WHERE r.order_id = o.id) AS first
    CROSS JOIN LATERAL (
        SELECT (extract(epoch FROM o.received_at) * 1000000)::bigint AS received,
               (extract(epoch FROM first.put_forward) * 1000000)::bigint AS put_forward,
               (extract(epoch FROM first.confirmed) * 1000000)::bigint AS confirmed,
               (extract(epoch FROM first.released) * 1000000)::bigint AS released,
               (extract(epoch FROM first.hired) * 1000000)::bigint AS hired) AS micro
    WHERE (SELECT app_partner()) AND o.due_at IS NOT NULL AND o.state <> 'draft'
      AND o.received_at >= borders[1] AND o.received_at < borders[cardinality(borders)]
    ORDER BY o.received_at, o.id
$$;

-- Those hired within the borders: an entry that is `hired` now, at the moment when it last became so. The occupation is the
-- order's; of several, the one that ranking matched the candidate with, else the first. Of several kinds of work nobody said
-- which it became: 'several'. For the functions below.
CREATE FUNCTION figures_hired(borders timestamptz[]) RETURNS TABLE (home char(4), place char(4), occupation text, kind text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT h.municipality_code, figures_place(o),
           CASE WHEN cardinality(o.occupations) < 2 THEN o.occupations[1]
                ELSE coalesce((SELECT u.code FROM unnest(o.occupations) AS u (code)
                               WHERE u.code = e.parts::jsonb #>> '{0,fact,code}'), o.occupations[1]) END,
           CASE WHEN cardinality(o.kinds) = 1 THEN o.kinds[1] ELSE 'several' END
    FROM referral r
    JOIN shortlist_entry e ON e.id = r.entry_id AND e.state = 'hired'
    JOIN job_order o ON o.id = e.order_id
    JOIN organisation h ON h.id = e.organisation_id
    WHERE r.to_state = 'hired' AND r.at >= borders[1] AND r.at < borders[cardinality(borders)]
      AND NOT EXISTS (SELECT FROM referral later WHERE later.entry_id = r.entry_id AND later.to_state = 'hired' AND later.id > r.id)
$$;

-- Who was hired from one municipality (giver) on an order of another (taker; NULL: outside). The balance is agreed between
-- the partners: each sees all of it.
CREATE FUNCTION figures_balance(borders timestamptz[]) RETURNS TABLE (giver char(4), taker char(4), hires bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT h.home, h.place, count(*) FROM figures_hired(borders) AS h WHERE (SELECT app_partner()) GROUP BY 1, 2 ORDER BY 1, 2
$$;

-- Below this many, others' hires are not told by occupation or kind; above it, in whole steps of it (DESIGN 6.8).
CREATE FUNCTION figures_step() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 5 $$;

-- Hires by the home's municipality (NULL: all together) and by occupation and kind of work. Exact for the team, which takes
-- part in each, and of the caller's own candidates. The rest is rounded down to whole steps, and what is less than a step is
-- left out with its occupation: that one person was hired from a small municipality may be known, not as what.
CREATE FUNCTION figures_breakdown(borders timestamptz[])
    RETURNS TABLE (home char(4), breakdown text, code text, title text, hires bigint, exact boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    WITH counted AS (
        SELECT h.home, part.breakdown, part.code, count(*) AS hires
        FROM figures_hired(borders) AS h
        CROSS JOIN LATERAL (VALUES ('occupation', h.occupation), ('kind', h.kind)) AS part (breakdown, code)
        WHERE (SELECT app_partner())
        GROUP BY GROUPING SETS ((h.home, part.breakdown, part.code), (part.breakdown, part.code))
    ), judged AS (
        SELECT c.*, app_kind() = 'team' OR coalesce(c.home = reader.municipality_code, false) AS exact
        FROM counted c, organisation reader
        WHERE reader.id = app_tenant()
    )
    SELECT j.home, j.breakdown, j.code, t.title_da, CASE WHEN j.exact THEN j.hires ELSE j.hires - j.hires % figures_step() END, j.exact
    FROM judged j
    LEFT JOIN trade t ON j.breakdown = 'occupation' AND t.code = j.code
    WHERE j.exact OR j.hires >= figures_step()
    ORDER BY j.home NULLS LAST, j.breakdown DESC, 5 DESC, j.code
$$;

GRANT EXECUTE ON FUNCTION figures_open(text), figures_told(text, text, text), figures_orders(timestamptz[]), figures_balance(timestamptz[]),
    figures_breakdown(timestamptz[]), figures_place(job_order), figures_step() TO emnebank_front;

RESET ROLE;
