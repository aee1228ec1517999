-- What the team asks of the engine besides a list: what if, which course, who nearly, and who has become better than the last
-- one on a list. The engine's answers are counts or pseudonyms; nothing here names a person.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Before the engine is asked (services/match: desk.h)

-- The pool version that an answer must at least be of. Of an order that the caller may not see nobody learns that it is there.
CREATE FUNCTION order_askable(wanted uuid, action text) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE asked job_order;
BEGIN
    SELECT * INTO asked FROM job_order o WHERE o.id = wanted AND app_partner();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF asked.occupations = '{}' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren har ingen stilling endnu.');
    END IF;
    PERFORM audit_append(action, 'job_order', wanted::text);
    RETURN pool_current();
END $$;

-- The municipalities, a line each: code|name.
CREATE FUNCTION municipality_lines() RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT coalesce(string_agg(o.municipality_code || '|' || o.name, E'\n' ORDER BY o.municipality_code), '')
    FROM organisation o WHERE o.kind = 'municipality'
$$;

-- Certificates that a course gives, a line each: code|working days that it takes.
CREATE FUNCTION course_lines() RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT coalesce(string_agg(c.code || '|' || c.course_days, E'\n' ORDER BY c.code COLLATE "C"), '')
    FROM vocabulary_certificates(vocabulary_current()) c WHERE c.course_days > 0
$$;

-- POST /v1/job-orders/what-if: an order that nobody has posted, as sql/statements/match/order.sql gives one that is. The body
-- is checked by the API; faults that only the database sees raise EB422 with all pointers.
CREATE FUNCTION order_draft(body jsonb, at timestamptz)
    RETURNS TABLE (open boolean, version int, pool bigint, posts int, minimum int, latitude int, longitude int, radius int,
                   first_day int, last_day int, today int, kinds text, occupations text, requirements text)
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team opretter jobordrer.');
    END IF;
    PERFORM order_refuse_faults(body, false);
    PERFORM audit_append('order.what_if', 'job_order', 'draft');
    RETURN QUERY
    SELECT true, 0, pool_current(), (body ->> 'posts')::int,
           coalesce((body ->> 'minimum')::int, order_minimum((body ->> 'posts')::int)), p.latitude_e6, p.longitude_e6,
           (body ->> 'radius_km')::int, (body ->> 'start_date')::date - date '1970-01-01',
           (body ->> 'end_date')::date - date '1970-01-01',
           (at AT TIME ZONE 'Europe/Copenhagen')::date - date '1970-01-01',
           array_to_string(order_texts(body -> 'kinds'), ','), array_to_string(order_texts(body -> 'occupations'), ','),
           (SELECT string_agg(concat(r.item ->> 'kind', '|', r.item ->> 'code', '|', r.item ->> 'necessity', '|',
                                     r.item ->> 'weight', '|', r.item ->> 'minimum_level', '|',
                                     (r.item ->> 'through_period')::boolean), E'\n' ORDER BY r.place)
            FROM order_list(order_full_requirements(coalesce(body -> 'requirements', '[]'))) AS r (item, place))
    FROM postcode p WHERE p.code = body ->> 'postcode';
END $$;

GRANT EXECUTE ON FUNCTION order_askable(uuid, text), municipality_lines(), course_lines(), order_draft(jsonb, timestamptz)
    TO emnebank_front;

RESET ROLE;
