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

-- ---------------------------------------------------------------------------------------------------------------
-- Lists to come: as 0016 made it, with `used_requirements`

DROP FUNCTION shortlist_store(uuid, int, int, bigint, date, int, jsonb, uuid[], int[], text, text, text, jsonb, bigint);
CREATE FUNCTION shortlist_store(ranked_order uuid, ranked_version int, used_ruleset int, used_pool bigint, used_day date,
                                looked_at int, exclusions jsonb, used_requirements json, ranked uuid[], scores int[], parts text,
                                facts text, explanations text, used_input jsonb, used_vocabulary bigint)
    RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    wanted job_order;
    stored uuid;
    kept int;
    chain record;
BEGIN
    PERFORM FROM candidate k WHERE k.id = ANY (ranked) ORDER BY k.id FOR SHARE;
    SELECT * INTO wanted FROM job_order o WHERE o.id = ranked_order FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    SELECT s.id INTO stored FROM shortlist s WHERE s.order_id = ranked_order AND s.order_version = ranked_version;
    IF FOUND THEN
        RETURN stored;
    END IF;
    IF wanted.state <> 'open' OR ranked_version < wanted.ranking_version THEN
        RETURN NULL;
    END IF;
    IF used_pool < wanted.pool_version THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Ranglisten bygger på en ældre emnebank end jobordren.');
    END IF;
    INSERT INTO shortlist (order_id, order_version, ruleset, pool_version, as_of, considered, excluded, requirements, asked,
                           vocabulary_version, listed, digest)
    VALUES (ranked_order, ranked_version, used_ruleset, used_pool, used_day, looked_at, exclusions, used_requirements, used_input,
            used_vocabulary, 0, sha256(''))
    RETURNING id INTO stored;
    INSERT INTO shortlist_entry (shortlist_id, order_id, candidate_id, organisation_id, rank, score, parts, facts, explanation_da, state)
    SELECT stored, ranked_order, k.id, k.organisation_id, r.rank, r.score, r.parts::json, r.facts::json, r.explanation::json #>> '{}',
           CASE WHEN k.withdrawn_at IS NULL THEN 'proposed' ELSE 'withdrawn' END
    FROM unnest(ranked, scores, string_to_array(parts, E'\n'), string_to_array(facts, E'\n'), string_to_array(explanations, E'\n'))
         WITH ORDINALITY AS r (candidate_id, score, parts, facts, explanation, rank)
    JOIN candidate k ON k.id = r.candidate_id
    ORDER BY r.rank;
    GET DIAGNOSTICS kept = ROW_COUNT;
    UPDATE shortlist s SET listed = kept, digest = shortlist_digest(stored) WHERE s.id = stored;

    PERFORM shortlist_tell(wanted, stored);
    FOR chain IN
        SELECT e.organisation_id AS id, 'candidate.listed' AS action, array_agg(e.candidate_id ORDER BY e.rank) AS candidates
        FROM shortlist_entry e WHERE e.shortlist_id = stored GROUP BY e.organisation_id
        UNION ALL
        SELECT wanted.organisation_id, 'shortlist.ranked', '{}'
        ORDER BY id, action
    LOOP
        PERFORM audit_append_for(chain.id, chain.action, 'shortlist', stored::text, chain.candidates,
                                 jsonb_build_object('order_id', ranked_order, 'ruleset', used_ruleset, 'pool_version', used_pool,
                                                    'vocabulary_version', used_vocabulary));
    END LOOP;
    RETURN stored;
END $$;
GRANT EXECUTE ON FUNCTION shortlist_store(uuid, int, int, bigint, date, int, jsonb, json, uuid[], int[], text, text, text, jsonb,
                                          bigint) TO emnebank_match;

-- ---------------------------------------------------------------------------------------------------------------
-- Reading

-- GET /v1/job-orders/{id}/shortlist: the newest. As 0016 made it, with what was asked.
CREATE OR REPLACE FUNCTION shortlist_read(wanted_order uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    found_list shortlist;
BEGIN
    SELECT * INTO found_list FROM shortlist s WHERE s.order_id = wanted_order ORDER BY s.order_version DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke, eller dens kandidatliste er ikke klar endnu.');
    END IF;
    answer.body := json_build_object('id', found_list.id, 'order_id', found_list.order_id, 'order_version', found_list.order_version,
        'ruleset', found_list.ruleset, 'pool_version', found_list.pool_version, 'as_of', found_list.as_of,
        'considered', found_list.considered, 'excluded', found_list.excluded, 'created_at', order_time(found_list.created_at),
        'tie_break', 'Står flere lige i point, afgør en hash af jobordre og kandidat rækkefølgen, så ingen altid står sidst.',
        'requirements', found_list.requirements,
        'entries', (SELECT coalesce(json_agg(entry_document(e) ORDER BY e.rank), '[]')
                    FROM shortlist_entry e WHERE e.shortlist_id = found_list.id));
    PERFORM audit_append('candidate.listed', 'shortlist', found_list.id::text,
                         ARRAY(SELECT e.candidate_id FROM shortlist_entry e WHERE e.shortlist_id = found_list.id ORDER BY e.rank),
                         jsonb_build_object('order_id', wanted_order));
    answer.status := 200;
    answer.replayed := false;
    RETURN answer;
END $$;

-- An entry that is answered alone brings what was asked along, so that its parts can be read without the list.
CREATE OR REPLACE FUNCTION entry_reply(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    shown shortlist_entry;
BEGIN
    SELECT * INTO shown FROM shortlist_entry e WHERE e.id = wanted;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    answer.status := 200;
    answer.body := concat(left(entry_document(shown)::text, -1), ',"requirements":',
                          (SELECT s.requirements FROM shortlist s WHERE s.id = shown.shortlist_id), '}');
    answer.etag := shown.version;
    answer.replayed := false;
    RETURN answer;
END $$;

RESET ROLE;
