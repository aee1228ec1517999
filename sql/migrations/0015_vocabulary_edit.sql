-- The vocabulary is edited: by the team, one word at a time, and by a newer release of an official list (services/vocabulary).
-- A word that somebody names is never removed: it is retired, keeps what it has, and nothing new may name it.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Words in use, and words that are out of use: what names such a word already keeps it, nothing new may name it.

CREATE VIEW vocabulary_retired (kind, code) AS
    SELECT 'competence', key FROM competence WHERE retired
    UNION ALL SELECT 'occupation', code FROM trade WHERE obsolete_since IS NOT NULL;

CREATE INDEX competence_retired ON competence (key) WHERE retired;
CREATE INDEX trade_obsolete ON trade (code) WHERE obsolete_since IS NOT NULL;

-- Who names a word: 'fact', 'requirement', 'order', 'cpv', each with how many.
CREATE FUNCTION vocabulary_used(wanted_kind text, wanted text) RETURNS TABLE (what text, count bigint)
    LANGUAGE sql STABLE
AS $$
    SELECT * FROM (
        SELECT 'fact', count(*) FROM candidate_fact WHERE kind = wanted_kind AND code = wanted
        UNION ALL SELECT 'requirement', count(*) FROM job_requirement WHERE kind = wanted_kind AND code = wanted
        UNION ALL SELECT 'order', count(*) FROM job_order WHERE wanted_kind = 'occupation' AND wanted = ANY (occupations)
        UNION ALL SELECT 'cpv', count(*) FROM cpv_trade WHERE wanted_kind = 'occupation' AND trade_code = wanted) AS uses (what, n)
    WHERE n > 0
$$;

-- An order that names a competence or trade keeps it: waits for who removes it, and is refused when it is gone. Facts need no
-- such lock: who removes a word holds pool_version, as every write of the pool does.
CREATE FUNCTION vocabulary_keep(wanted_kind text, codes text[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF wanted_kind = 'competence' THEN
        PERFORM FROM competence c WHERE c.key = ANY (codes) ORDER BY c.key FOR KEY SHARE;
    ELSE
        PERFORM FROM trade t WHERE t.code = ANY (codes) ORDER BY t.code FOR KEY SHARE;
    END IF;
    IF EXISTS (SELECT FROM unnest(codes) AS c (code) WHERE NOT reference_known(wanted_kind, c.code)) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Et ord, som jobordren bruger, er netop fjernet fra emnebankens ordliste.');
    END IF;
END $$;

CREATE FUNCTION job_requirement_keeps() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM vocabulary_keep(NEW.kind, ARRAY[NEW.code]); RETURN NEW; END $$;
CREATE TRIGGER job_requirement_keeps BEFORE INSERT ON job_requirement FOR EACH ROW
    WHEN (NEW.kind IN ('competence', 'occupation')) EXECUTE FUNCTION job_requirement_keeps();

CREATE FUNCTION job_order_keeps() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM vocabulary_keep('occupation', NEW.occupations); RETURN NEW; END $$;
CREATE TRIGGER job_order_keeps BEFORE INSERT OR UPDATE OF occupations ON job_order FOR EACH ROW
    EXECUTE FUNCTION job_order_keeps();

-- The items of `list` that name a retired word which `held` does not name, as faults; `pointer` has a % for the place.
CREATE FUNCTION vocabulary_retired_faults(list jsonb, held jsonb, pointer text) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', replace(pointer, '%', (place - 1)::text), 'code', 'RETIRED',
                                                 'detail', 'Ordet er udgået af emnebankens ordliste; brug et andet.')
                              ORDER BY place), '[]')
    FROM jsonb_array_elements(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) WITH ORDINALITY AS l (item, place)
    JOIN vocabulary_retired r ON r.kind = l.item ->> 'kind' AND r.code = l.item ->> 'code'
    WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(held) AS h (item)
                      WHERE h.item ->> 'kind' = r.kind AND h.item ->> 'code' = r.code)
$$;

-- As in 0004, with retired words: a candidate keeps those it has.
ALTER FUNCTION candidate_faults(jsonb) RENAME TO candidate_unknown_faults;
CREATE FUNCTION candidate_faults(prepared jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE faults jsonb := candidate_unknown_faults(prepared);
BEGIN
    -- Hardly ever: an import asks this for each of its rows.
    IF EXISTS (SELECT FROM vocabulary_retired) AND EXISTS (
            SELECT FROM jsonb_array_elements(prepared -> 'facts') AS f (fact)
            JOIN vocabulary_retired r ON r.kind = f.fact ->> 'kind' AND r.code = f.fact ->> 'code') THEN
        faults := faults || vocabulary_retired_faults(prepared -> 'facts', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'code', f.code)), '[]')
            FROM candidate_fact f JOIN candidate c ON c.id = f.candidate_id
            WHERE c.organisation_id = app_tenant() AND c.external_ref = prepared ->> 'external_ref' AND f.to_version IS NULL),
            '/facts/%/code');
    END IF;
    RETURN faults;
END $$;

ALTER FUNCTION candidate_facts_patch(text, bigint, jsonb, jsonb) RENAME TO candidate_facts_patch_any;
CREATE FUNCTION candidate_facts_patch(wanted_ref text, wanted_version bigint, given jsonb, removed jsonb) RETURNS api_reply
    LANGUAGE plpgsql
AS $$
DECLARE
    c candidate := candidate_take(wanted_ref, wanted_version);
    faults jsonb := vocabulary_retired_faults(given, candidate_facts(c.id), '/set/%/code');
BEGIN
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', (candidate_fact_faults(given, '/set') || faults)::text);
    END IF;
    RETURN candidate_facts_patch_any(wanted_ref, wanted_version, given, removed);
END $$;

-- As in 0008; an order keeps the words that it has. A change passes the order's whole document, with its id.
ALTER FUNCTION order_faults(jsonb) RENAME TO order_unknown_faults;
CREATE FUNCTION order_faults(body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE before jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM vocabulary_retired) THEN
        RETURN order_unknown_faults(body);
    END IF;
    before := order_document(CASE WHEN body ->> 'id' ~ '^[0-9a-f-]{36}$' THEN (body ->> 'id')::uuid END);
    RETURN order_unknown_faults(body)
        || vocabulary_retired_faults(vocabulary_trades(body -> 'occupations'),
                                     vocabulary_trades(coalesce(before -> 'occupations', '[]')), '/occupations/%')
        || vocabulary_retired_faults(body -> 'requirements', coalesce(before -> 'requirements', '[]'), '/requirements/%/code');
END $$;
CREATE FUNCTION vocabulary_trades(list jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(jsonb_agg(jsonb_build_object('kind', 'occupation', 'code', item) ORDER BY place), '[]') FROM order_list(list) $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Editing, by the team. A word's version is the vocabulary version that last changed it, its synonyms or its links.

-- A word as the API gives it, in version `at`; NULL when it was not there.
CREATE FUNCTION vocabulary_document(wanted_kind text, wanted text, at bigint) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    WITH links AS (
        SELECT related, relation, from_version, to_version FROM vocabulary_link WHERE kind = wanted_kind AND code = wanted
        UNION ALL
        SELECT code, vocabulary_inverse(relation), from_version, to_version FROM vocabulary_link
        WHERE kind = wanted_kind AND related = wanted), marks (version) AS (
        SELECT unnest(ARRAY[from_version, to_version]) FROM vocabulary_word WHERE kind = wanted_kind AND code = wanted
        UNION ALL SELECT unnest(ARRAY[from_version, to_version]) FROM vocabulary_synonym WHERE kind = wanted_kind AND code = wanted
        UNION ALL SELECT unnest(ARRAY[from_version, to_version]) FROM links)
    SELECT jsonb_build_object('kind', w.kind, 'code', w.code, 'label', w.label,
               'version', (SELECT max(version) FROM marks WHERE version <= at))
           || CASE w.kind
              WHEN 'competence' THEN jsonb_build_object('field', w.detail ->> 'field', 'esco_uri', w.detail ->> 'esco_uri',
                                                        'retired', (w.detail ->> 'retired')::boolean)
              WHEN 'certificate' THEN jsonb_build_object('basis', w.detail ->> 'basis',
                  'validity_months', (w.detail ->> 'validity_months')::int, 'course_days', (w.detail ->> 'course_days')::int)
              ELSE jsonb_build_object('esco_uri', w.detail ->> 'esco_uri', 'obsolete_since', w.detail ->> 'obsolete_since') END
           || jsonb_build_object(
               'synonyms', (SELECT coalesce(jsonb_agg(s.text ORDER BY s.text COLLATE "C"), '[]') FROM vocabulary_synonym s
                            WHERE s.kind = wanted_kind AND s.code = wanted AND s.from_version <= at
                              AND (s.to_version IS NULL OR s.to_version > at)),
               'relations', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', l.related, 'relation', l.relation)
                                                       ORDER BY l.related COLLATE "C"), '[]') FROM links l
                             WHERE l.from_version <= at AND (l.to_version IS NULL OR l.to_version > at)))
    FROM vocabulary_word w
    WHERE w.kind = wanted_kind AND w.code = wanted AND w.from_version <= at AND (w.to_version IS NULL OR w.to_version > at)
$$;

CREATE FUNCTION vocabulary_reply(wanted_kind text, wanted text, reply_status int) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE
    document jsonb := vocabulary_document(wanted_kind, wanted, vocabulary_current());
    answer api_reply;
BEGIN
    IF document IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Ordet findes ikke i emnebankens ordliste.');
    END IF;
    answer := (reply_status, document::text, (document ->> 'version')::bigint,
               CASE reply_status WHEN 201 THEN '/v1/vocabulary/' || wanted_kind || 's/' || wanted END, false)::api_reply;
    RETURN answer;
END $$;

-- What only the database can find wrong with a word. `wanted` is NULL while it is new, and then the body has its key.
CREATE FUNCTION vocabulary_faults(wanted_kind text, wanted text, body jsonb) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', pointer, 'code', code, 'detail', detail) ORDER BY part, place), '[]')
    FROM (
        SELECT 1 AS part, 0::bigint AS place, '/label' AS pointer, 'TAKEN' AS code, 'En anden kompetence hedder det samme.' AS detail
        WHERE wanted_kind = 'competence' AND EXISTS (
            SELECT FROM competence c WHERE lower(c.label_da) = lower(body ->> 'label') AND c.key IS DISTINCT FROM wanted)
        UNION ALL
        SELECT 2, 0, '/esco_uri', 'UNKNOWN', 'ESCO-færdigheden er ikke indlæst; se emnebank vocabulary import.'
        WHERE jsonb_typeof(body -> 'esco_uri') = 'string' AND NOT EXISTS (
            SELECT FROM vocabulary_concept c WHERE c.kind = 'esco-skill' AND c.code = body ->> 'esco_uri')
        UNION ALL
        SELECT 3, place, '/relations/' || place - 1 || '/code', CASE WHEN item ->> 'code' = coalesce(wanted, body ->> 'key')
                   THEN 'NOT_ALLOWED' ELSE 'UNKNOWN' END, 'Skal være et andet ord af samme slags, som emnebanken har.'
        FROM order_list(body -> 'relations') AS r (item, place)
        WHERE jsonb_typeof(item -> 'code') = 'string'
          AND (item ->> 'code' = coalesce(wanted, body ->> 'key') OR NOT reference_known(wanted_kind, item ->> 'code'))
        UNION ALL
        SELECT 4, place, '/relations/' || place - 1 || '/code', 'DUPLICATE', 'Ordet står der allerede.'
        FROM (SELECT place, row_number() OVER (PARTITION BY item ->> 'code' ORDER BY place) AS nth
              FROM order_list(body -> 'relations') WHERE jsonb_typeof(item -> 'code') = 'string') AS r WHERE nth > 1
        UNION ALL
        SELECT 5, place, '/synonyms/' || place - 1, 'DUPLICATE', 'Ordet står der allerede; store og små bogstaver er ens.'
        FROM (SELECT place, row_number() OVER (PARTITION BY lower(item #>> '{}') ORDER BY place) AS nth
              FROM order_list(body -> 'synonyms') WHERE jsonb_typeof(item) = 'string') AS s WHERE nth > 1
    ) AS faults
$$;

-- Whom the vocabulary is open to, one at a time until the end of the transaction.
CREATE FUNCTION vocabulary_hold() RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF app_kind() IS DISTINCT FROM 'team' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun det fælles team retter i ordlisten.');
    END IF;
    PERFORM FROM vocabulary_version FOR UPDATE;
END $$;

-- The word to be changed, held, as it is; `seen_version` is what the caller has read, or 0.
CREATE FUNCTION vocabulary_take(wanted_kind text, wanted text, seen_version bigint) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE held jsonb;
BEGIN
    PERFORM vocabulary_hold();
    held := vocabulary_document(wanted_kind, wanted, vocabulary_current());
    IF held IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Ordet findes ikke i emnebankens ordliste.');
    END IF;
    IF seen_version NOT IN (0, (held ->> 'version')::bigint) THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Ordet er ændret, siden det blev læst.');
    END IF;
    RETURN held;
END $$;

-- The body's relations as links: once for both ways.
CREATE FUNCTION vocabulary_given_links(wanted text, body jsonb) RETURNS TABLE (code text, related text, relation text)
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT least(wanted COLLATE "C", item ->> 'code'), greatest(wanted COLLATE "C", item ->> 'code'),
           CASE WHEN wanted COLLATE "C" < item ->> 'code' THEN item ->> 'relation' ELSE vocabulary_inverse(item ->> 'relation') END
    FROM jsonb_array_elements(body -> 'relations') AS r (item)
$$;

-- Makes the body's synonyms and relations those of the word from version `at` on.
CREATE FUNCTION vocabulary_write(wanted_kind text, wanted text, body jsonb, at bigint) RETURNS void LANGUAGE sql
AS $$
    UPDATE vocabulary_synonym s SET to_version = at
    WHERE s.kind = wanted_kind AND s.code = wanted AND s.to_version IS NULL AND NOT coalesce(body -> 'synonyms' ? s.text, false);
    INSERT INTO vocabulary_synonym (kind, code, text, from_version)
    SELECT wanted_kind, wanted, text, at FROM jsonb_array_elements_text(body -> 'synonyms') AS t (text)
    WHERE NOT EXISTS (SELECT FROM vocabulary_synonym s WHERE s.kind = wanted_kind AND s.code = wanted AND s.text = t.text
                        AND s.to_version IS NULL);
    UPDATE vocabulary_link l SET to_version = at
    WHERE l.kind = wanted_kind AND wanted IN (l.code, l.related) AND l.to_version IS NULL
      AND (l.code, l.related, l.relation) NOT IN (SELECT * FROM vocabulary_given_links(wanted, body));
    INSERT INTO vocabulary_link (kind, code, related, relation, from_version)
    SELECT wanted_kind, g.code, g.related, g.relation, at FROM vocabulary_given_links(wanted, body) g
    WHERE NOT EXISTS (SELECT FROM vocabulary_link l WHERE l.to_version IS NULL
                        AND (l.kind, l.code, l.related) = (wanted_kind, g.code, g.related));
$$;

-- vocabulary_settle (0012) for an edit of one word: it and those that it is, was or becomes related to. The whole of a large
-- vocabulary takes seconds.
CREATE INDEX vocabulary_relation_back ON vocabulary_relation (kind, related) WHERE to_version IS NULL;
CREATE FUNCTION vocabulary_settle_word(at bigint, wanted_kind text, wanted text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    touched text[] := ARRAY(
        SELECT wanted
        UNION SELECT r.code FROM vocabulary_relation r WHERE r.kind = wanted_kind AND r.related = wanted AND r.to_version IS NULL
        UNION SELECT r.code FROM vocabulary_reason r WHERE r.kind = wanted_kind AND r.related = wanted);
BEGIN
    UPDATE vocabulary_word w SET to_version = at
    WHERE w.to_version IS NULL AND w.kind = wanted_kind AND w.code = wanted AND NOT EXISTS (
        SELECT FROM vocabulary_word_now n
        WHERE (n.kind, n.code, n.label, n.expires, n.detail) = (w.kind, w.code, w.label, w.expires, w.detail));
    INSERT INTO vocabulary_word (kind, code, label, expires, detail, from_version)
    SELECT n.kind, n.code, n.label, n.expires, n.detail, at FROM vocabulary_word_now n
    WHERE n.kind = wanted_kind AND n.code = wanted
      AND NOT EXISTS (SELECT FROM vocabulary_word w WHERE w.to_version IS NULL AND (w.kind, w.code) = (n.kind, n.code));
    WITH settled AS MATERIALIZED (
        SELECT * FROM vocabulary_relation_now n WHERE n.kind = wanted_kind AND n.code = ANY (touched)), held AS MATERIALIZED (
        SELECT r.kind, r.code, r.related, r.relation, r.place FROM vocabulary_relation r
        WHERE r.to_version IS NULL AND r.kind = wanted_kind AND r.code = ANY (touched)), gone AS (
        UPDATE vocabulary_relation r SET to_version = at
        FROM (SELECT * FROM held EXCEPT SELECT * FROM settled) AS d
        WHERE r.to_version IS NULL AND (r.kind, r.code, r.related) = (d.kind, d.code, d.related))
    INSERT INTO vocabulary_relation (kind, code, related, relation, place, from_version)
    SELECT d.kind, d.code, d.related, d.relation, d.place, at FROM (SELECT * FROM settled EXCEPT SELECT * FROM held) AS d;
END $$;

-- Writes down who made version `at`, in the vocabulary and in the audit.
CREATE FUNCTION vocabulary_note(at bigint, done text, wanted_kind text, wanted text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO vocabulary_change (version, actor, person, action, kind, code)
    VALUES (at, coalesce(app_setting('actor'), session_user), (SELECT k.person FROM api_key k WHERE k.id::text = app_setting('actor')),
            done, wanted_kind, wanted);
    PERFORM audit_append('vocabulary.' || done, wanted_kind, wanted, '{}', jsonb_build_object('vocabulary_version', at));
END $$;

-- PUT: the word becomes what the body says. Nothing changes when it says what is there.
CREATE FUNCTION vocabulary_put(wanted_kind text, wanted text, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    before jsonb := vocabulary_take(wanted_kind, wanted, seen_version);
    faults jsonb;
    at bigint;
BEGIN
    faults := vocabulary_faults(wanted_kind, wanted, body);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    at := vocabulary_current() + 1;
    UPDATE competence c SET label_da = body ->> 'label', field = body ->> 'field', esco_uri = body ->> 'esco_uri',
        retired = (body ->> 'retired')::boolean
    WHERE wanted_kind = 'competence' AND c.key = wanted;
    UPDATE certificate c SET label_da = body ->> 'label', basis = body ->> 'basis',
        validity_months = (body ->> 'validity_months')::int, course_days = (body ->> 'course_days')::int
    WHERE wanted_kind = 'certificate' AND c.key = wanted;
    PERFORM vocabulary_write(wanted_kind, wanted, body, at);
    PERFORM vocabulary_settle_word(at, wanted_kind, wanted);
    IF vocabulary_document(wanted_kind, wanted, at) - 'version' <> before - 'version' THEN
        PERFORM vocabulary_advance();
        PERFORM vocabulary_note(at, 'changed', wanted_kind, wanted);
    END IF;
    RETURN vocabulary_reply(wanted_kind, wanted, 200);
END $$;

-- POST: a new competence, which facts and orders may name at once.
CREATE FUNCTION vocabulary_create(request_method text, request_path text, request_key text, request_fingerprint text, body jsonb)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    faults jsonb;
    at bigint;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    PERFORM vocabulary_hold();
    IF EXISTS (SELECT FROM competence c WHERE c.key = body ->> 'key') THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Nøglen er i brug; ret den kompetence, der har den.');
    END IF;
    faults := vocabulary_faults('competence', NULL, body);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    at := vocabulary_advance();
    INSERT INTO competence (key, label_da, field, esco_uri)
    VALUES (body ->> 'key', body ->> 'label', body ->> 'field', body ->> 'esco_uri');
    PERFORM vocabulary_write('competence', body ->> 'key', body, at);
    PERFORM vocabulary_settle_word(at, 'competence', body ->> 'key');
    PERFORM vocabulary_note(at, 'added', 'competence', body ->> 'key');
    answer := vocabulary_reply('competence', body ->> 'key', 201);
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- DELETE: only what nobody has ever named; else retire it.
CREATE FUNCTION vocabulary_remove(wanted text, seen_version bigint) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    at bigint;
    answer api_reply;
BEGIN
    PERFORM vocabulary_take('competence', wanted, seen_version);
    PERFORM pool_lock();
    PERFORM FROM competence c WHERE c.key = wanted FOR UPDATE;
    IF EXISTS (SELECT FROM vocabulary_used('competence', wanted)) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kompetencen er i brug og kan ikke slettes; lad den udgå med retired.');
    END IF;
    at := vocabulary_advance();
    PERFORM vocabulary_write('competence', wanted, '{"synonyms": [], "relations": []}', at);
    DELETE FROM competence c WHERE c.key = wanted;
    PERFORM vocabulary_settle_word(at, 'competence', wanted);
    PERFORM vocabulary_note(at, 'removed', 'competence', wanted);
    answer.status := 204;
    answer.replayed := false;
    RETURN answer;
END $$;

-- GET /v1/vocabulary/changes: what each version after `since` changed, of one word or all, the oldest first. An edited word is
-- shown before and after. `next_version` is NULL on the last page.
CREATE FUNCTION vocabulary_changes(since bigint, wanted_kind text, wanted text, size int)
    RETURNS TABLE (current bigint, items text, next_version bigint) LANGUAGE sql STABLE
AS $$
    WITH page AS MATERIALIZED (
        SELECT * FROM vocabulary_change c
        WHERE c.version > since AND (wanted_kind IS NULL OR c.kind = wanted_kind) AND (wanted IS NULL OR c.code = wanted)
        ORDER BY c.version LIMIT size + 1), shown AS (SELECT * FROM page ORDER BY version LIMIT size)
    SELECT vocabulary_current(), (SELECT coalesce(jsonb_agg(jsonb_build_object(
               'version', c.version, 'at', order_time(c.at), 'person', c.person, 'action', c.action, 'kind', c.kind, 'code', c.code,
               'before', vocabulary_document(c.kind, c.code, c.version - 1), 'after', vocabulary_document(c.kind, c.code, c.version),
               'detail', c.detail)
               ORDER BY c.version), '[]')::text FROM shown c),
           CASE WHEN (SELECT count(*) FROM page) > size THEN (SELECT max(version) FROM shown) END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Import of the official lists, by the owner: staged, then merged in one transaction. Nothing here is granted.

CREATE UNLOGGED TABLE vocabulary_staged_list (
    name text PRIMARY KEY,
    file text NOT NULL,
    release text NOT NULL,
    digest bytea NOT NULL,
    rows int NOT NULL
);
CREATE UNLOGGED TABLE vocabulary_staged_term (LIKE vocabulary_term, notation text NOT NULL,
                                              PRIMARY KEY (source, kind, code, language, place, text));
CREATE UNLOGGED TABLE vocabulary_staged_arc (LIKE vocabulary_arc, PRIMARY KEY (source, kind, code, relation, related));
-- What a list no longer has. `last`: no other list has it either; `used`: who names it; `known`: it was so before.
CREATE UNLOGGED TABLE vocabulary_staged_gone (
    source text NOT NULL, kind text NOT NULL, code text NOT NULL, label text NOT NULL, last boolean NOT NULL,
    used jsonb NOT NULL DEFAULT '[]', known boolean NOT NULL DEFAULT false
);

-- Whether a list is as it was imported last; the first of an import takes the vocabulary for itself.
CREATE FUNCTION vocabulary_import_begin(list text, list_file text, list_release text, list_digest bytea, list_rows int,
                                        first boolean) RETURNS boolean LANGUAGE plpgsql
AS $$
BEGIN
    IF first THEN
        PERFORM FROM vocabulary_version FOR UPDATE;
    END IF;
    INSERT INTO vocabulary_staged_list VALUES (list, list_file, coalesce(list_release, current_date::text), list_digest, list_rows);
    RETURN EXISTS (SELECT FROM vocabulary_source s WHERE s.name = list AND s.digest = list_digest);
END $$;

-- Who names a concept: [{"what", "count", "codes"}].
CREATE FUNCTION vocabulary_concept_used(wanted_kind text, wanted text) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('what', what, 'count', n, 'codes', codes) ORDER BY what), '[]') FROM (
        SELECT what, count AS n, '[]'::jsonb AS codes FROM vocabulary_used('occupation', wanted) WHERE wanted_kind = 'trade'
        UNION ALL
        SELECT 'trade', count(*), jsonb_agg(x.code ORDER BY x.code COLLATE "C") FROM vocabulary_trade_esco x
        WHERE wanted_kind = 'esco-occupation' AND x.uri = wanted
        UNION ALL
        SELECT 'trade', count(*), jsonb_agg(t.code ORDER BY t.code COLLATE "C") FROM trade t
        WHERE wanted_kind = 'isco-group' AND (t.esco_uri = wanted OR wanted LIKE '%/isco/C' || t.disco4)
        UNION ALL
        SELECT 'competence', count(*), jsonb_agg(c.key ORDER BY c.key COLLATE "C") FROM competence c
        WHERE wanted_kind = 'esco-skill' AND c.esco_uri = wanted
        UNION ALL
        SELECT 'cpv', count(*), '[]' FROM cpv_trade r WHERE wanted_kind = 'cpv' AND rpad(r.prefix, 8, '0') = wanted
        UNION ALL
        SELECT 'lead', count(*), '[]' FROM lead l
        WHERE wanted_kind = 'cpv' AND (l.cpv = wanted OR l.data -> 'more_cpv' ? wanted)) AS uses
    WHERE n > 0
$$;

-- A skill that its list names by label alone is the skill of that label, where the list of skills is known.
CREATE FUNCTION vocabulary_import_known_labels() RETURNS TABLE (label text, uri text) LANGUAGE sql STABLE
AS $$
    SELECT l.code, s.code
    FROM (SELECT code, text FROM vocabulary_staged_term
          WHERE source = 'esco-skills-en' AND language = 'en' AND place = 0
          UNION
          SELECT code, text FROM vocabulary_term WHERE source = 'esco-skills-en' AND language = 'en' AND place = 0
            AND NOT EXISTS (SELECT FROM vocabulary_staged_list WHERE name = 'esco-skills-en')) AS s
    JOIN vocabulary_staged_term l ON l.source = 'esco-occupation-skills' AND l.place = 0 AND l.text = s.text
$$;

CREATE FUNCTION vocabulary_import_labelled() RETURNS void LANGUAGE sql
AS $$
    UPDATE vocabulary_staged_arc a SET related = k.uri FROM vocabulary_import_known_labels() k
    WHERE a.source = 'esco-occupation-skills' AND a.related = k.label;
    UPDATE competence c SET esco_uri = k.uri FROM vocabulary_import_known_labels() k WHERE c.esco_uri = k.label;
    DELETE FROM vocabulary_staged_term t USING vocabulary_import_known_labels() k
    WHERE t.source = 'esco-occupation-skills' AND t.code = k.label;
$$;

CREATE FUNCTION vocabulary_import_kept(wanted_kind text, wanted text) RETURNS boolean LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT FROM vocabulary_staged_gone g WHERE (g.kind, g.code) = (wanted_kind, wanted) AND g.used <> '[]') $$;

-- What differs, before anything is changed: [{"list", …, "added", "relabelled", "gone", "gone_in_use", …}].
CREATE FUNCTION vocabulary_import_report() RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_agg(jsonb_build_object(
        'list', l.name, 'file', l.file, 'rows', l.rows, 'release', l.release,
        'release_before', (SELECT s.release FROM vocabulary_source s WHERE s.name = l.name),
        'added', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', t.code, 'label', t.text) ORDER BY t.code COLLATE "C"), '[]')
                  FROM (SELECT DISTINCT ON (source, kind, code) * FROM vocabulary_staged_term WHERE place = 0
                        ORDER BY source, kind, code, language) AS t
                  WHERE t.source = l.name AND NOT EXISTS (
                      SELECT FROM vocabulary_term o WHERE (o.source, o.kind, o.code, o.place) = (t.source, t.kind, t.code, 0))),
        'relabelled', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', t.code, 'label', t.text, 'label_before', o.text)
                                                 ORDER BY t.code COLLATE "C"), '[]')
                       FROM vocabulary_staged_term t JOIN vocabulary_term o ON (o.source, o.kind, o.code, o.language, o.place) =
                                                                               (t.source, t.kind, t.code, t.language, 0)
                       WHERE t.source = l.name AND t.place = 0 AND o.text <> t.text),
        'gone_in_use', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', g.code, 'label', g.label, 'used', g.used)
                                                  ORDER BY g.code COLLATE "C"), '[]')
                        FROM vocabulary_staged_gone g WHERE g.source = l.name AND g.used <> '[]' AND NOT g.known),
        'gone', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', g.code, 'label', g.label) ORDER BY g.code COLLATE "C"), '[]')
                 FROM vocabulary_staged_gone g WHERE g.source = l.name AND g.used = '[]'),
        'synonyms_added', (SELECT count(*) FROM vocabulary_staged_term t WHERE t.source = l.name AND t.place > 0 AND NOT EXISTS (
            SELECT FROM vocabulary_term o WHERE (o.source, o.kind, o.code, o.language, o.place, o.text) =
                                                (t.source, t.kind, t.code, t.language, t.place, t.text))),
        'synonyms_removed', (SELECT count(*) FROM vocabulary_term o WHERE o.source = l.name AND o.place > 0 AND NOT EXISTS (
            SELECT FROM vocabulary_staged_term t WHERE (o.source, o.kind, o.code, o.language, o.place, o.text) =
                                                       (t.source, t.kind, t.code, t.language, t.place, t.text))
            AND NOT vocabulary_import_kept(o.kind, o.code)),
        'relations_added', (SELECT count(*) FROM vocabulary_staged_arc t WHERE t.source = l.name AND NOT EXISTS (
            SELECT FROM vocabulary_arc o WHERE (o.source, o.kind, o.code, o.relation, o.related) =
                                               (t.source, t.kind, t.code, t.relation, t.related))),
        'relations_removed', (SELECT count(*) FROM vocabulary_arc o WHERE o.source = l.name AND NOT EXISTS (
            SELECT FROM vocabulary_staged_arc t WHERE (o.source, o.kind, o.code, o.relation, o.related) =
                                                      (t.source, t.kind, t.code, t.relation, t.related))
            AND NOT vocabulary_import_kept(o.kind, o.code)))
        ORDER BY l.name)
    FROM vocabulary_staged_list l
$$;

-- Makes the lists what the stage says. What is gone and in use stays as it was, marked with the release that left it out.
CREATE FUNCTION vocabulary_import_apply() RETURNS void LANGUAGE sql
AS $$
    INSERT INTO vocabulary_concept (kind, code, notation)
    SELECT DISTINCT ON (kind, code) kind, code, nullif(notation, '') FROM vocabulary_staged_term
    ORDER BY kind, code, notation DESC
    ON CONFLICT (kind, code) DO UPDATE SET notation = coalesce(EXCLUDED.notation, vocabulary_concept.notation), obsolete_since = NULL
        WHERE (vocabulary_concept.notation, vocabulary_concept.obsolete_since) IS DISTINCT FROM
              (coalesce(EXCLUDED.notation, vocabulary_concept.notation), NULL::text);
    DELETE FROM vocabulary_term o USING vocabulary_staged_list l
    WHERE o.source = l.name
      AND NOT EXISTS (SELECT FROM vocabulary_staged_term t WHERE (o.source, o.kind, o.code, o.language, o.place, o.text) =
                                                                 (t.source, t.kind, t.code, t.language, t.place, t.text))
      AND NOT vocabulary_import_kept(o.kind, o.code);
    INSERT INTO vocabulary_term (source, kind, code, place, language, text)
    SELECT source, kind, code, place, language, text FROM vocabulary_staged_term ORDER BY kind, code, source   -- so that indexes fill in order
    ON CONFLICT DO NOTHING;
    DELETE FROM vocabulary_arc o USING vocabulary_staged_list l
    WHERE o.source = l.name
      AND NOT EXISTS (SELECT FROM vocabulary_staged_arc t WHERE (o.source, o.kind, o.code, o.relation, o.related) =
                                                                (t.source, t.kind, t.code, t.relation, t.related))
      AND NOT vocabulary_import_kept(o.kind, o.code);
    INSERT INTO vocabulary_arc SELECT * FROM vocabulary_staged_arc ORDER BY kind, code, relation, related ON CONFLICT DO NOTHING;
    UPDATE vocabulary_concept c SET obsolete_since = l.release
    FROM vocabulary_staged_gone g JOIN vocabulary_staged_list l ON l.name = g.source
    WHERE (c.kind, c.code) = (g.kind, g.code) AND g.used <> '[]' AND c.obsolete_since IS NULL;
    DELETE FROM vocabulary_concept c USING vocabulary_staged_gone g
    WHERE (c.kind, c.code) = (g.kind, g.code) AND g.last AND g.used = '[]';
$$;

-- The pool's trades are those of the STAR list, and those that it left while they were in use.
CREATE FUNCTION vocabulary_import_trades(at bigint) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO trade (code, title_da, disco4, esco_uri)
    SELECT t.code, t.text, c.notation, (SELECT a.related FROM vocabulary_arc a
                                        WHERE a.kind = 'trade' AND a.code = t.code AND a.relation IN ('exact', 'narrow')
                                        ORDER BY a.relation, a.related LIMIT 1)
    FROM vocabulary_term t JOIN vocabulary_concept c ON (c.kind, c.code) = (t.kind, t.code)
    WHERE t.kind = 'trade' AND t.place = 0
    ON CONFLICT (code) DO UPDATE SET title_da = EXCLUDED.title_da WHERE trade.title_da <> EXCLUDED.title_da;
    UPDATE trade t SET obsolete_since = c.obsolete_since FROM vocabulary_concept c
    WHERE c.kind = 'trade' AND c.code = t.code AND c.obsolete_since IS DISTINCT FROM t.obsolete_since;
    UPDATE vocabulary_synonym s SET to_version = at WHERE s.kind = 'occupation' AND s.to_version IS NULL
        AND NOT EXISTS (SELECT FROM vocabulary_concept c WHERE c.kind = 'trade' AND c.code = s.code);
    UPDATE vocabulary_link l SET to_version = at WHERE l.kind = 'occupation' AND l.to_version IS NULL
        AND (SELECT count(*) FROM vocabulary_concept c WHERE c.kind = 'trade' AND c.code IN (l.code, l.related)) < 2;
    DELETE FROM trade t WHERE NOT EXISTS (SELECT FROM vocabulary_concept c WHERE c.kind = 'trade' AND c.code = t.code);
$$;

CREATE FUNCTION vocabulary_import_note(at bigint, report jsonb) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE counts jsonb := (SELECT jsonb_agg(jsonb_build_object(
    'list', r ->> 'list', 'release', r ->> 'release', 'added', jsonb_array_length(r -> 'added'),
    'relabelled', jsonb_array_length(r -> 'relabelled'), 'gone', jsonb_array_length(r -> 'gone'),
    'gone_in_use', jsonb_array_length(r -> 'gone_in_use'))) FROM jsonb_array_elements(report) AS l (r));
BEGIN
    INSERT INTO vocabulary_change (version, actor, action, detail)
    VALUES (at, session_user, 'imported', jsonb_build_object('lists', counts));
    PERFORM audit_append_for(o.id, 'vocabulary.imported', 'vocabulary', at::text, '{}', jsonb_build_object('lists', counts))
    FROM organisation o WHERE o.kind = 'team';
END $$;

-- Merges what is staged. Where trades are about to go, facts and orders wait, so that none names one meanwhile.
CREATE FUNCTION vocabulary_import_end() RETURNS TABLE (changed boolean, current bigint, report text) LANGUAGE plpgsql
AS $$
DECLARE
    at bigint := vocabulary_current() + 1;
    lists jsonb;
BEGIN
    ANALYZE vocabulary_staged_list, vocabulary_staged_term, vocabulary_staged_arc;
    PERFORM vocabulary_import_labelled();
    INSERT INTO vocabulary_staged_gone (source, kind, code, label, last)
    SELECT o.source, o.kind, o.code, min(o.text), NOT EXISTS (
               SELECT FROM vocabulary_staged_term t WHERE (t.kind, t.code) = (o.kind, o.code)) AND NOT EXISTS (
               SELECT FROM vocabulary_term t WHERE (t.kind, t.code) = (o.kind, o.code) AND t.source <> o.source
                  AND t.source NOT IN (SELECT name FROM vocabulary_staged_list))
    FROM vocabulary_term o JOIN vocabulary_staged_list l ON l.name = o.source
    WHERE o.place = 0 AND NOT EXISTS (SELECT FROM vocabulary_staged_term t
                                      WHERE (t.source, t.kind, t.code, t.place) = (o.source, o.kind, o.code, 0))
    GROUP BY o.source, o.kind, o.code;
    IF EXISTS (SELECT FROM vocabulary_staged_gone WHERE kind = 'trade') THEN
        PERFORM pool_lock();
        PERFORM FROM trade t ORDER BY t.code FOR UPDATE;
    END IF;
    UPDATE vocabulary_staged_gone g SET used = vocabulary_concept_used(g.kind, g.code) WHERE g.last;
    UPDATE vocabulary_staged_gone g SET known = true FROM vocabulary_concept c
    WHERE (c.kind, c.code) = (g.kind, g.code) AND c.obsolete_since IS NOT NULL;
    lists := vocabulary_import_report();
    changed := EXISTS (SELECT FROM jsonb_array_elements(lists) AS l (r), jsonb_each(l.r) AS m (name, value)
                       WHERE (jsonb_typeof(value) = 'array' AND value <> '[]')
                          OR (name ~ '_(added|removed)$' AND value <> '0'));
    IF changed THEN
        PERFORM vocabulary_import_apply();
        PERFORM vocabulary_import_trades(at);
        PERFORM vocabulary_advance();
        PERFORM vocabulary_settle(at);
        PERFORM vocabulary_import_note(at, lists);
    END IF;
    INSERT INTO vocabulary_source (name, release, digest, rows, version)
    SELECT name, release, digest, rows, vocabulary_current() FROM vocabulary_staged_list
    ON CONFLICT (name) DO UPDATE SET release = EXCLUDED.release, digest = EXCLUDED.digest, rows = EXCLUDED.rows,
        version = EXCLUDED.version, imported_at = now();
    TRUNCATE vocabulary_staged_list, vocabulary_staged_term, vocabulary_staged_arc, vocabulary_staged_gone;
    current := vocabulary_current();
    report := lists::text;
    RETURN NEXT;
END $$;

GRANT SELECT ON vocabulary_retired TO emnebank_front;
GRANT EXECUTE ON FUNCTION vocabulary_inverse(text), vocabulary_keep(text, text[]), job_requirement_keeps(), job_order_keeps(),
    vocabulary_retired_faults(jsonb, jsonb, text), vocabulary_trades(jsonb), candidate_faults(jsonb), order_faults(jsonb),
    candidate_facts_patch(text, bigint, jsonb, jsonb), vocabulary_document(text, text, bigint),
    vocabulary_reply(text, text, int), vocabulary_faults(text, text, jsonb), vocabulary_put(text, text, bigint, jsonb),
    vocabulary_create(text, text, text, text, jsonb), vocabulary_remove(text, bigint),
    vocabulary_changes(bigint, text, text, int) TO emnebank_front;

RESET ROLE;
