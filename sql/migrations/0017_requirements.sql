-- What was asked is said once per list; an entry says only what its candidate has. Until now every part of every entry said
-- again which part of the order it was: kind, code, label, weight and the rest were three quarters of an entry's parts.
--
-- `shortlist.requirements` is that, in the order of the parts: [{part, kind, code, label, necessity, weight, minimum_level,
-- through_period, of}]. `shortlist_entry.parts` is [{part, status, points, relation?, fact?}]; what is not there is unknown.
-- RANKING.md has both.
--
-- Lists that stand are put into the new form, and lose nothing by it: `related` is what `relation` says, and where a list of
-- ruleset 1 or 2 had no `relation`, the rest says which it was. A digest is made anew only where the old one held, so that
-- whoever touched a list before is found out after as well.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE shortlist ADD COLUMN requirements json NOT NULL DEFAULT '[]' CHECK (json_typeof(requirements) = 'array');

-- ---------------------------------------------------------------------------------------------------------------
-- Lists that stand

-- From the parts of one of its entries.
CREATE FUNCTION requirements_of_parts(parts json) RETURNS json LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce('[' || string_agg(format(
            '{"part":%s,"kind":%s,"code":%s,"label":%s,"necessity":%s,"weight":%s,"minimum_level":%s,"through_period":%s,"of":%s}',
            coalesce(p -> 'part', 'null'), coalesce(p -> 'kind', 'null'), coalesce(p -> 'code', 'null'), coalesce(p -> 'label', 'null'),
            coalesce(p -> 'necessity', 'null'), coalesce(p -> 'weight', 'null'), coalesce(p -> 'minimum_level', 'null'),
            coalesce(p -> 'through_period', 'null'), coalesce(p -> 'of', 'null')), ',' ORDER BY place) || ']', '[]')::json
    FROM json_array_elements(parts) WITH ORDINALITY AS e (p, place)
$$;

-- Of a list with nobody on it, from what was asked; the shares by RANKING.md R8.
CREATE FUNCTION requirements_of_asked(asked jsonb) RETURNS json LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce('[' || string_agg(format(
            '{"part":%s,"kind":%s,"code":%s,"label":%s,"necessity":%s,"weight":%s,"minimum_level":%s,"through_period":%s,"of":%s}',
            part, p -> 'kind', CASE part WHEN 0 THEN 'null' ELSE p #> '{codes,0,code}' END,
            to_json((SELECT string_agg(c ->> 'label', ' eller ' ORDER BY n)
                     FROM jsonb_array_elements(p -> 'codes') WITH ORDINALITY AS l (c, n))),
            p -> 'necessity', p -> 'weight', p -> 'minimum_level', p -> 'through_period',
            share + CASE WHEN most <= 1000 - shared THEN 1 ELSE 0 END), ',' ORDER BY part) || ']', '[]')::json
    FROM (SELECT part, p, share, sum(share) OVER () AS shared, row_number() OVER (ORDER BY remainder DESC, part) AS most
          FROM (SELECT place - 1 AS part, p, 1000 * weight / total AS share, 1000 * weight % total AS remainder
                FROM (SELECT place, p, (p ->> 'weight')::int AS weight, sum((p ->> 'weight')::int) OVER () AS total
                      FROM jsonb_array_elements(asked -> 'parts') WITH ORDINALITY AS e (p, place)) AS weighed) AS divided) AS ranked
$$;

CREATE FUNCTION parts_without_requirements(parts json) RETURNS json LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(json_strip_nulls(json_agg(json_build_object(
            'part', p -> 'part', 'status', p -> 'status', 'points', p -> 'points',
            'relation', CASE WHEN json_typeof(p -> 'fact') = 'object' THEN coalesce(p ->> 'relation',
                CASE WHEN (p ->> 'related')::boolean THEN 'unit'     -- all that rulesets 1 and 2 know
                     WHEN p ->> 'kind' = 'licence' AND p #>> '{fact,code}' <> p ->> 'code' THEN 'implied'
                     ELSE 'exact' END) END,
            'fact', CASE WHEN json_typeof(p -> 'fact') = 'object' THEN json_build_object(
                'code', p #> '{fact,code}', 'level', p #> '{fact,level}', 'years', p #> '{fact,years}',
                'valid_until', p #> '{fact,valid_until}', 'last_used', p #> '{fact,last_used}',
                'stated_on', p #> '{fact,stated_on}') END) ORDER BY place)), '[]')
    FROM json_array_elements(parts) WITH ORDINALITY AS e (p, place)
$$;

-- As 0013 made it, with a line of what was asked before the lines of the entries.
ALTER FUNCTION shortlist_digest(uuid) RENAME TO shortlist_digest_before;
CREATE FUNCTION shortlist_digest(wanted uuid) RETURNS bytea LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT sha256(convert_to(concat(s.requirements, E'\n', (
                SELECT string_agg(concat('[', e.rank, ', "', e.candidate_id, '", ', e.score, ', ', e.parts, ', ', e.facts, ', ',
                                         to_json(e.explanation_da), ']'), E'\n' ORDER BY e.rank)
                FROM shortlist_entry e WHERE e.shortlist_id = s.id)), 'UTF8'))
        FROM shortlist s WHERE s.id = wanted);
END $$;

-- Those whose digest does not hold keep it, and so do those of whose entries some have been erased.
DO $$
DECLARE held uuid[] := ARRAY(SELECT s.id FROM shortlist s WHERE s.digest = shortlist_digest_before(s.id));
BEGIN
    UPDATE shortlist s SET requirements = coalesce(
        (SELECT requirements_of_parts(e.parts) FROM shortlist_entry e WHERE e.shortlist_id = s.id ORDER BY e.rank LIMIT 1),
        requirements_of_asked(s.asked), '[]');
    UPDATE shortlist_entry SET parts = parts_without_requirements(parts);
    UPDATE shortlist s SET digest = shortlist_digest(s.id) WHERE s.id = ANY (held);
END $$;

DROP FUNCTION shortlist_digest_before(uuid);
DROP FUNCTION requirements_of_parts(json);
DROP FUNCTION requirements_of_asked(jsonb);
DROP FUNCTION parts_without_requirements(json);

-- What stores and reads a list from now on is in 0018.

RESET ROLE;
