-- Access (who calls) and the pool (candidates): what the API's operations do, one function each. They run as the
-- caller, so row-level security decides what there is; those that are wider say so.
--
-- Locks: every write of the pool takes pool_lock first, so pool writes commit one after another and the order of pool
-- versions is the order of commits; then candidates; then the audit chain.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Access

-- The key with this id while it counts. SECURITY DEFINER: it runs before anybody is known. The caller compares the
-- hash; `touch` says that its last use was not noted within the last minute.
CREATE FUNCTION access_key_find(key_id uuid)
    RETURNS TABLE (hash bytea, organisation_id uuid, kind text, municipality text, person text, scopes text, touch boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT k.hash, o.id, o.kind, coalesce(o.municipality_code, ''), coalesce(k.person, ''),
           array_to_string(k.scopes, ' '), coalesce(k.last_used_at < now() - interval '1 minute', true)
    FROM api_key k
    JOIN organisation o ON o.id = k.organisation_id
    WHERE k.id = key_id AND k.revoked_at IS NULL AND k.expires_at > now()
$$;

-- SECURITY DEFINER: nobody else writes keys. At most once a minute, however often it is called.
CREATE FUNCTION access_key_touch(key_id uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    UPDATE api_key SET last_used_at = now()
    WHERE id = key_id AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
$$;

GRANT EXECUTE ON FUNCTION access_key_find(uuid), access_key_touch(uuid) TO emnebank_front;

-- ---------------------------------------------------------------------------------------------------------------
-- Reference

-- ISO 639-1.
CREATE TABLE language (code text PRIMARY KEY);
INSERT INTO language SELECT unnest(string_to_array(
    'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz '
    'ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik '
    'io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml '
    'mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd '
    'se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi '
    'vo wa wo xh yi yo za zh zu', ' '));
GRANT SELECT ON language TO emnebank_front, emnebank_match;

-- Functions that an import calls for each row are plpgsql, which keeps their plans; SQL functions are planned anew at
-- each call.

-- Every code that a fact or a requirement may name.
CREATE VIEW reference_code WITH (security_invoker = true) AS
    SELECT 'competence' AS kind, key AS code FROM competence
    UNION ALL SELECT 'certificate', key FROM certificate
    UNION ALL SELECT 'licence', key FROM licence
    UNION ALL SELECT 'occupation', code FROM trade
    UNION ALL SELECT 'language', code FROM language;
GRANT SELECT ON reference_code TO emnebank_front;

CREATE FUNCTION reference_known(fact_kind text, fact_code text) RETURNS boolean LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT FROM reference_code r WHERE r.kind = fact_kind AND r.code = fact_code) $$;

CREATE FUNCTION reference_unknown_text(fact_kind text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE fact_kind
        WHEN 'competence' THEN 'Kompetencen findes ikke; se /v1/competences.'
        WHEN 'certificate' THEN 'Certifikatet findes ikke; se /v1/certificates.'
        WHEN 'licence' THEN 'Kørekortkategorien findes ikke: B, BE, C1, C, CE, D eller TM.'
        WHEN 'language' THEN 'Sproget findes ikke; brug to bogstaver efter ISO 639-1, for eksempel da.'
        ELSE 'Stillingskoden findes ikke; se /v1/trades.' END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The pool: reading

-- The facts in force, as the API gives and takes them.
CREATE FUNCTION candidate_facts(wanted uuid) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'kind', f.kind, 'code', f.code, 'level', f.level, 'years', f.years, 'last_used', f.last_used,
        'valid_until', f.valid_until, 'stated_on', f.stated_on, 'source', f.source)) ORDER BY f.kind, f.code), '[]')
    FROM candidate_fact f WHERE f.candidate_id = wanted AND f.to_version IS NULL);
END $$;

-- All that the home may read but the sealed person.
CREATE FUNCTION candidate_document(c candidate) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
        'id', c.id, 'version', c.version, 'external_ref', c.external_ref,
        'municipality', (SELECT o.municipality_code FROM organisation o WHERE o.id = c.organisation_id),
        'postcode', c.postcode, 'max_travel_km', c.max_travel_km, 'available_from', c.available_from,
        'kinds', to_jsonb(c.kinds), 'protection', c.protection,
        'screening', CASE WHEN c.screened_on IS NOT NULL THEN jsonb_build_object(
            'by', c.screened_by, 'on', c.screened_on, 'until', c.screening_until) END,
        'withdrawn', CASE WHEN c.withdrawn_at IS NOT NULL THEN jsonb_build_object(
            'at', to_char(c.withdrawn_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'reason', c.withdrawn_reason) END,
        'facts', candidate_facts(c.id)));
END $$;

-- One candidate of the caller's own, with the person sealed; the read is audited.
CREATE FUNCTION candidate_read(wanted_ref text)
    RETURNS TABLE (version int, document text, wrapped_key bytea, name bytea, phone bytea, email bytea, address bytea,
                   note bytea, cpr bytea) LANGUAGE plpgsql
AS $$
DECLARE found_one candidate;
BEGIN
    SELECT * INTO found_one FROM candidate c WHERE c.organisation_id = app_tenant() AND c.external_ref = wanted_ref;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    PERFORM audit_append('candidate.read', 'candidate', found_one.id::text, ARRAY[found_one.id]);
    RETURN QUERY SELECT found_one.version, candidate_document(found_one)::text, p.wrapped_key, p.name, p.phone, p.email,
                        p.address, p.note, p.cpr
                 FROM candidate_person p WHERE p.candidate_id = found_one.id;
END $$;

-- A page of the caller's own candidates after `after_id`, in the order of ids; the listing is audited with every id.
-- `next_id` is NULL on the last page.
CREATE FUNCTION candidate_page(after_id uuid, size int) RETURNS TABLE (items text, next_id uuid) LANGUAGE plpgsql
AS $$
DECLARE
    page candidate[];
    ids uuid[];
BEGIN
    page := ARRAY(SELECT c FROM candidate c
                  WHERE c.organisation_id = app_tenant() AND (after_id IS NULL OR c.id > after_id)
                  ORDER BY c.id LIMIT size + 1);
    IF cardinality(page) > size THEN
        page := page[1:size];
        next_id := (page[size]).id;
    END IF;
    SELECT coalesce(array_agg(c.id), '{}'), coalesce(jsonb_agg(jsonb_build_object(
               'id', c.id, 'external_ref', c.external_ref, 'postcode', c.postcode, 'available_from', c.available_from,
               'screening_until', c.screening_until, 'withdrawn', c.withdrawn_at IS NOT NULL, 'version', c.version)
               ORDER BY c.id), '[]')::text
    INTO ids, items FROM unnest(page) c;
    IF cardinality(ids) > 0 THEN
        PERFORM audit_append('candidate.listed', 'organisation', app_tenant()::text, ids);
    END IF;
    RETURN NEXT;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The pool: what only the database can find wrong

-- Unknown codes in a list of facts, as [{"pointer", "code", "detail"}]. What has no kind and code is not looked at:
-- the API has named it already.
CREATE FUNCTION candidate_fact_faults(facts jsonb, base text) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'pointer', base || '/' || place - 1 || '/code', 'code', 'UNKNOWN',
        'detail', reference_unknown_text(fact ->> 'kind')) ORDER BY place), '[]')
    FROM jsonb_array_elements(facts) WITH ORDINALITY AS f (fact, place)
    WHERE fact ->> 'kind' IS NOT NULL AND fact ->> 'code' IS NOT NULL
      AND NOT EXISTS (SELECT FROM reference_code r WHERE r.kind = fact ->> 'kind' AND r.code = fact ->> 'code'));
END $$;

-- The same for a prepared row (see candidate_apply), which may lack what the API found wrong.
CREATE FUNCTION candidate_faults(prepared jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE faults jsonb := candidate_fact_faults(coalesce(prepared -> 'facts', '[]'), '/facts');
BEGIN
    IF NOT EXISTS (SELECT FROM postcode p WHERE p.code = coalesce(prepared ->> 'postcode', p.code)) THEN
        faults := jsonb_build_array(jsonb_build_object('pointer', '/postcode', 'code', 'UNKNOWN',
            'detail', 'Postnummeret findes ikke i emnebankens tabel.')) || faults;
    END IF;
    IF prepared #>> '{person,cpr_index}' IS NOT NULL AND EXISTS (
               SELECT FROM candidate_person p JOIN candidate c ON c.id = p.candidate_id
               WHERE p.organisation_id = app_tenant() AND c.external_ref <> prepared ->> 'external_ref'
                 AND p.cpr_index = decode(prepared #>> '{person,cpr_index}', 'hex')) THEN
        faults := faults || jsonb_build_array(jsonb_build_object('pointer', '/person/cpr', 'code', 'TAKEN',
            'detail', 'Personnummeret står allerede på en anden kandidat i kommunen.'));
    END IF;
    RETURN faults;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The pool: writing

-- SECURITY DEFINER: the version's row is nobody's to write. Held to the end of the transaction.
CREATE FUNCTION pool_lock() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT FROM pool_version FOR UPDATE $$;

CREATE FUNCTION candidate_texts(list jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN
    RETURN ARRAY(SELECT value FROM jsonb_array_elements_text(list) WITH ORDINALITY AS t (value, place) ORDER BY place);
END $$;

CREATE TYPE candidate_statement AS (
    kind text, code text, level smallint, years smallint, last_used date, valid_until date, stated_on date, source text);

-- Makes `wanted` the facts in force from version `at` on: only what differs gets a new row.
CREATE FUNCTION candidate_facts_write(who candidate, wanted candidate_statement[], at bigint) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE candidate_fact f SET to_version = at
    WHERE f.candidate_id = who.id AND f.to_version IS NULL AND NOT EXISTS (
        SELECT FROM unnest(wanted) w
        WHERE w IS NOT DISTINCT FROM (f.kind, f.code, f.level, f.years, f.last_used, f.valid_until, f.stated_on,
                                      f.source)::candidate_statement);
    INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, years, last_used, valid_until, stated_on,
                                source, from_version)
    SELECT who.id, who.organisation_id, w.kind, w.code, w.level, w.years, w.last_used, w.valid_until, w.stated_on, w.source, at
    FROM unnest(wanted) w
    WHERE NOT EXISTS (SELECT FROM candidate_fact f WHERE f.candidate_id = who.id AND f.to_version IS NULL
                        AND f.kind = w.kind AND f.code = w.code);
END $$;

CREATE FUNCTION candidate_state_write(who candidate, at bigint) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE candidate_state s SET to_version = at WHERE s.candidate_id = who.id AND s.to_version IS NULL;
    INSERT INTO candidate_state (candidate_id, organisation_id, from_version, postcode, max_travel_km, available_from, kinds,
                                 protected, screening_until, withdrawn)
    VALUES (who.id, who.organisation_id, at, who.postcode, who.max_travel_km, who.available_from, who.kinds,
            who.protection <> 'none', who.screening_until, who.withdrawn_at IS NOT NULL);
END $$;

-- Lets ranking see a candidate as the row now stands, with these facts (NULL: those it has). Advances the pool when
-- something that ranking sees has changed and `at` is NULL; returns the version of this transaction, or NULL still.
CREATE FUNCTION candidate_publish(who candidate, facts jsonb, at bigint) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE
    wanted candidate_statement[];
    present candidate_statement[];
    new_state boolean;
    new_facts boolean;
BEGIN
    present := ARRAY(SELECT (f.kind, f.code, f.level, f.years, f.last_used, f.valid_until, f.stated_on,
                             f.source)::candidate_statement
                     FROM candidate_fact f WHERE f.candidate_id = who.id AND f.to_version IS NULL ORDER BY f.kind, f.code);
    wanted := CASE WHEN facts IS NULL THEN present ELSE ARRAY(
        SELECT w FROM jsonb_populate_recordset(NULL::candidate_statement, facts) w ORDER BY w.kind, w.code) END;
    new_facts := wanted IS DISTINCT FROM present;
    new_state := NOT EXISTS (
        SELECT FROM candidate_state s WHERE s.candidate_id = who.id AND s.to_version IS NULL
           AND (s.postcode, s.max_travel_km, s.available_from, s.kinds, s.protected, s.screening_until, s.withdrawn)
               IS NOT DISTINCT FROM (who.postcode, who.max_travel_km, who.available_from, who.kinds,
                                     who.protection <> 'none', who.screening_until, who.withdrawn_at IS NOT NULL));
    IF NOT new_facts AND NOT new_state THEN
        RETURN at;
    END IF;
    at := coalesce(at, pool_advance());
    IF new_state THEN
        PERFORM candidate_state_write(who, at);
    END IF;
    IF new_facts THEN
        PERFORM candidate_facts_write(who, wanted, at);
    END IF;
    UPDATE candidate c SET changed_version = at WHERE c.id = who.id;
    RETURN at;
END $$;

CREATE FUNCTION candidate_person_write(who candidate, sealed jsonb) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO candidate_person (candidate_id, organisation_id, wrapped_key, name, phone, email, address, note, cpr, cpr_index)
    VALUES (who.id, who.organisation_id, decode(sealed ->> 'wrapped_key', 'hex'), decode(sealed ->> 'name', 'hex'),
            decode(sealed ->> 'phone', 'hex'), decode(sealed ->> 'email', 'hex'), decode(sealed ->> 'address', 'hex'),
            decode(sealed ->> 'note', 'hex'), decode(sealed ->> 'cpr', 'hex'), decode(sealed ->> 'cpr_index', 'hex'))
    ON CONFLICT (candidate_id) DO UPDATE SET wrapped_key = EXCLUDED.wrapped_key, name = EXCLUDED.name,
        phone = EXCLUDED.phone, email = EXCLUDED.email, address = EXCLUDED.address, note = EXCLUDED.note,
        cpr = EXCLUDED.cpr, cpr_index = EXCLUDED.cpr_index;
END $$;

CREATE TYPE candidate_result AS (candidate_id uuid, outcome text, version int, pool_version bigint);

-- Writes one prepared row: {external_ref, postcode, max_travel_km, available_from, kinds, protection, screening?,
-- facts, content_mac (hex), person: {wrapped_key, name, …, cpr_index} (hex)}. The caller holds pool_lock and has found
-- no faults. `at`: the version of this transaction, NULL while nothing has changed.
--
-- A body that was sent before changes nothing. The newest screening stands: an older one in the body does not replace
-- it, none leaves it. A withdrawn candidate comes back only by a screening made on the day of withdrawal or later.
CREATE FUNCTION candidate_apply(prepared jsonb, at bigint) RETURNS candidate_result LANGUAGE plpgsql
AS $$
DECLARE
    c candidate;
    known boolean;
    result candidate_result;
    screened date := (prepared #>> '{screening,on}')::date;
    mac bytea := decode(prepared ->> 'content_mac', 'hex');
BEGIN
    SELECT * INTO c FROM candidate k
    WHERE k.organisation_id = app_tenant() AND k.external_ref = prepared ->> 'external_ref' FOR UPDATE;
    known := FOUND;
    IF known AND c.content_mac = mac THEN
        RETURN (c.id, 'unchanged', c.version, at)::candidate_result;
    END IF;
    c.postcode := prepared ->> 'postcode';
    c.max_travel_km := (prepared ->> 'max_travel_km')::int;
    c.available_from := (prepared ->> 'available_from')::date;
    c.kinds := candidate_texts(prepared -> 'kinds');
    c.protection := prepared ->> 'protection';
    IF screened >= coalesce(c.screened_on, screened) THEN
        c.screened_by := prepared #>> '{screening,by}';
        c.screened_on := screened;
        c.screening_until := (prepared #>> '{screening,until}')::date;
    END IF;
    IF screened >= (c.withdrawn_at AT TIME ZONE 'Europe/Copenhagen')::date THEN
        c.withdrawn_at := NULL;
        c.withdrawn_reason := NULL;
    END IF;
    IF known THEN
        UPDATE candidate k SET postcode = c.postcode, max_travel_km = c.max_travel_km, available_from = c.available_from,
            kinds = c.kinds, protection = c.protection, screened_by = c.screened_by, screened_on = c.screened_on,
            screening_until = c.screening_until, withdrawn_at = c.withdrawn_at, withdrawn_reason = c.withdrawn_reason,
            content_mac = mac, version = k.version + 1, changed_at = now()
        WHERE k.id = c.id RETURNING * INTO c;
    ELSE
        INSERT INTO candidate (organisation_id, external_ref, changed_version, postcode, max_travel_km, available_from, kinds,
                               protection, screened_by, screened_on, screening_until, content_mac)
        VALUES (app_tenant(), prepared ->> 'external_ref', 0, c.postcode, c.max_travel_km, c.available_from, c.kinds,
                c.protection, c.screened_by, c.screened_on, c.screening_until, mac)
        RETURNING * INTO c;
    END IF;
    PERFORM candidate_person_write(c, prepared -> 'person');
    result := (c.id, CASE WHEN known THEN 'updated' ELSE 'created' END, c.version,
               candidate_publish(c, prepared -> 'facts', at));
    RETURN result;
END $$;

CREATE FUNCTION candidate_reply(wanted uuid, reply_status int, changed boolean) RETURNS api_reply LANGUAGE sql STABLE
AS $$
    SELECT (reply_status, jsonb_build_object('id', c.id, 'municipality', o.municipality_code, 'external_ref', c.external_ref,
                                             'version', c.version, 'changed', changed, 'withdrawn', c.withdrawn_at IS NOT NULL,
                                             'pool_version', pool_current())::text,
            c.version::bigint, NULL, false)::api_reply
    FROM candidate c JOIN organisation o ON o.id = c.organisation_id WHERE c.id = wanted
$$;

-- The caller's own candidate, locked, if it still has the version asked for (0: any; NULL: the caller did not ask).
CREATE FUNCTION candidate_take(wanted_ref text, wanted_version bigint) RETURNS candidate LANGUAGE plpgsql
AS $$
DECLARE c candidate;
BEGIN
    PERFORM pool_lock();
    SELECT * INTO c FROM candidate k WHERE k.organisation_id = app_tenant() AND k.external_ref = wanted_ref FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    IF wanted_version <> 0 AND wanted_version <> c.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Kandidaten er ændret siden; hent den igen.');
    END IF;
    RETURN c;
END $$;

-- PUT: made, changed or left as it is.
CREATE FUNCTION candidate_put(prepared jsonb, wanted_version bigint) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    present int;
    faults jsonb;
    result candidate_result;
BEGIN
    IF app_kind() IS DISTINCT FROM 'municipality' THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    PERFORM pool_lock();
    SELECT c.version INTO present FROM candidate c
    WHERE c.organisation_id = app_tenant() AND c.external_ref = prepared ->> 'external_ref';
    IF wanted_version IS NOT NULL AND (present IS NULL OR wanted_version NOT IN (0, present)) THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Kandidaten er ændret siden; hent den igen.');
    END IF;
    faults := candidate_faults(prepared);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    result := candidate_apply(prepared, NULL);
    IF result.outcome <> 'unchanged' THEN
        PERFORM audit_append('candidate.' || result.outcome, 'candidate', result.candidate_id::text,
                             ARRAY[result.candidate_id]);
    END IF;
    RETURN candidate_reply(result.candidate_id, CASE result.outcome WHEN 'created' THEN 201 ELSE 200 END,
                           result.outcome <> 'unchanged');
END $$;

-- Whether a prepared row is the body that the home sent last.
CREATE FUNCTION candidate_sent(prepared jsonb) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$ BEGIN
    RETURN EXISTS (SELECT FROM candidate c WHERE c.organisation_id = app_tenant()
                      AND c.external_ref = prepared ->> 'external_ref'
                      AND c.content_mac = decode(prepared ->> 'content_mac', 'hex'));
END $$;

-- A batch of an import: each prepared row has a `line`, and `apply`: false when the API has found faults already, and
-- then it is only looked at for more. One pool version for all that changes; none when nothing does.
CREATE FUNCTION candidate_import(prepared jsonb) RETURNS TABLE (line bigint, outcome text, faults text) LANGUAGE plpgsql
AS $$
DECLARE
    item jsonb;
    found_faults jsonb;
    result candidate_result;
    at bigint;
    touched uuid[] := '{}';
    created int := 0;
BEGIN
    IF EXISTS (SELECT FROM jsonb_array_elements(prepared) AS r (item)
               WHERE (r.item ->> 'apply')::boolean AND NOT candidate_sent(r.item)) THEN
        PERFORM pool_lock();
    END IF;
    FOR item IN SELECT value FROM jsonb_array_elements(prepared) WITH ORDINALITY AS r (value, place) ORDER BY place LOOP
        line := (item ->> 'line')::bigint;
        found_faults := '[]';
        IF (item ->> 'apply')::boolean AND candidate_sent(item) THEN
            outcome := 'unchanged';
        ELSE
            found_faults := candidate_faults(item);
            outcome := 'rejected';
            IF found_faults = '[]' AND (item ->> 'apply')::boolean THEN
                result := candidate_apply(item, at);
                at := result.pool_version;
                outcome := result.outcome;
            END IF;
        END IF;
        IF outcome IN ('created', 'updated') THEN
            touched := touched || result.candidate_id;
            created := created + (outcome = 'created')::int;
        END IF;
        faults := found_faults::text;
        RETURN NEXT;
    END LOOP;
    IF touched <> '{}' THEN
        PERFORM audit_append('candidate.imported', 'organisation', app_tenant()::text, touched,
            jsonb_build_object('created', created, 'updated', cardinality(touched) - created, 'pool_version', at));
    END IF;
END $$;

-- PATCH of facts: those in `given` are added or replaced, those in `removed` end.
CREATE FUNCTION candidate_facts_patch(wanted_ref text, wanted_version bigint, given jsonb, removed jsonb) RETURNS api_reply
    LANGUAGE plpgsql
AS $$
DECLARE
    c candidate := candidate_take(wanted_ref, wanted_version);
    present jsonb := candidate_facts(c.id);
    wanted jsonb;
    faults jsonb := candidate_fact_faults(given, '/set');
    at bigint;
BEGIN
    SELECT faults || coalesce(jsonb_agg(jsonb_build_object('pointer', '/remove/' || place - 1, 'code', 'UNKNOWN',
                                        'detail', 'Kandidaten har ikke oplysningen.') ORDER BY place), '[]')
    INTO faults
    FROM jsonb_array_elements(removed) WITH ORDINALITY AS r (fact, place)
    WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(present) p (fact)
                      WHERE p.fact ->> 'kind' = r.fact ->> 'kind' AND p.fact ->> 'code' = r.fact ->> 'code');
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    SELECT given || coalesce(jsonb_agg(p.fact), '[]') INTO wanted
    FROM jsonb_array_elements(present) p (fact)
    WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(given || removed) g (fact)
                      WHERE g.fact ->> 'kind' = p.fact ->> 'kind' AND g.fact ->> 'code' = p.fact ->> 'code');
    at := candidate_publish(c, wanted, NULL);
    IF at IS NOT NULL THEN
        -- The body that the home sent in full no longer describes the candidate: sent again, it counts as new.
        UPDATE candidate k SET version = k.version + 1, content_mac = '', changed_at = now() WHERE k.id = c.id;
        PERFORM audit_append('candidate.updated', 'candidate', c.id::text, ARRAY[c.id]);
    END IF;
    RETURN candidate_reply(c.id, 200, at IS NOT NULL);
END $$;

CREATE FUNCTION candidate_screening_put(wanted_ref text, wanted_version bigint, screener text, made_on date, holds_until date)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    c candidate := candidate_take(wanted_ref, wanted_version);
BEGIN
    IF (c.screened_by, c.screened_on, c.screening_until) IS NOT DISTINCT FROM (screener, made_on, holds_until) THEN
        RETURN candidate_reply(c.id, 200, false);
    END IF;
    UPDATE candidate k SET screened_by = screener, screened_on = made_on, screening_until = holds_until,
        version = k.version + 1, changed_at = now()
    WHERE k.id = c.id RETURNING * INTO c;
    PERFORM candidate_publish(c, NULL, NULL);
    PERFORM audit_append('candidate.updated', 'candidate', c.id::text, ARRAY[c.id], jsonb_build_object('part', 'screening'));
    RETURN candidate_reply(c.id, 200, true);
END $$;

-- Out of the pool. A second time changes nothing, whatever version is asked for. What was released is called back by
-- the shortlists' trigger on candidate.
CREATE FUNCTION candidate_withdraw(wanted_ref text, wanted_version bigint, reason text) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    c candidate := candidate_take(wanted_ref, 0);
BEGIN
    IF c.withdrawn_at IS NOT NULL THEN
        RETURN candidate_reply(c.id, 200, false);
    END IF;
    c := candidate_take(wanted_ref, wanted_version);
    UPDATE candidate k SET withdrawn_at = now(), withdrawn_reason = reason, version = k.version + 1, changed_at = now()
    WHERE k.id = c.id RETURNING * INTO c;
    PERFORM candidate_publish(c, NULL, NULL);
    PERFORM audit_append('candidate.withdrawn', 'candidate', c.id::text, ARRAY[c.id], jsonb_build_object('reason', reason));
    RETURN candidate_reply(c.id, 200, true);
END $$;

GRANT EXECUTE ON FUNCTION
    reference_known(text, text), reference_unknown_text(text), candidate_facts(uuid), candidate_document(candidate),
    candidate_read(text), candidate_page(uuid, int), candidate_fact_faults(jsonb, text), candidate_faults(jsonb),
    pool_lock(), candidate_texts(jsonb), candidate_facts_write(candidate, candidate_statement[], bigint),
    candidate_state_write(candidate, bigint), candidate_publish(candidate, jsonb, bigint),
    candidate_person_write(candidate, jsonb), candidate_apply(jsonb, bigint), candidate_reply(uuid, int, boolean),
    candidate_take(text, bigint), candidate_put(jsonb, bigint), candidate_sent(jsonb), candidate_import(jsonb),
    candidate_facts_patch(text, bigint, jsonb, jsonb), candidate_screening_put(text, bigint, text, date, date),
    candidate_withdraw(text, bigint, text)
    TO emnebank_front;

RESET ROLE;
