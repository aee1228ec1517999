-- Job orders: what the API's operations do, as one function each (services/orders). Everything runs as the caller and
-- sees what the caller may see; the two doors that are wider say so.
--
-- An order's body has the same members in every place: POST, PATCH (those that change), and the answer. So the functions
-- take and give jsonb of that one form, already checked by the API for types and ranges; here come the faults that only
-- the database can see, all of them at once.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE job_order
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
    -- The order's version when what is ranked last changed. A shortlist of an older version is superseded; a new title
    -- alone supersedes nothing.
    ADD COLUMN ranking_version int NOT NULL DEFAULT 1;
CREATE INDEX job_order_created ON job_order (created_at DESC, id DESC);

-- RFC 3339 in UTC, as every time in the API (A8).
CREATE FUNCTION order_time(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- The employer with this CVR number, made on first sight. A name that is known already stays as it is.
CREATE FUNCTION employer_ensure(employer_cvr text, employer_name text) RETURNS uuid LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE employer uuid;
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team opretter arbejdsgivere.');
    END IF;
    SELECT id INTO employer FROM organisation WHERE kind = 'employer' AND cvr = employer_cvr;
    IF NOT FOUND THEN
        INSERT INTO organisation (kind, name, cvr) VALUES ('employer', employer_name, employer_cvr)
        ON CONFLICT (cvr) WHERE kind = 'employer' DO NOTHING;
        SELECT id INTO STRICT employer FROM organisation WHERE kind = 'employer' AND cvr = employer_cvr;
    END IF;
    RETURN employer;
END $$;

-- What a person may read about an order (GET), and the form in which POST and PATCH send it.
CREATE FUNCTION order_document(wanted uuid) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
        'id', o.id, 'state', o.state, 'version', o.version, 'title', o.title,
        'employer', jsonb_build_object('id', e.id, 'cvr', e.cvr, 'name', e.name),
        'received_by', jsonb_build_object('id', r.id, 'name', r.name),
        'posts', o.posts, 'minimum', o.minimum, 'occupations', to_jsonb(o.occupations), 'postcode', o.postcode,
        'radius_km', o.radius_km, 'start_date', o.start_date, 'end_date', o.end_date, 'kinds', to_jsonb(o.kinds),
        'requirements', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'kind', q.kind, 'code', q.code, 'necessity', q.necessity, 'weight', q.weight,
                'minimum_level', q.minimum_level, 'through_period', q.through_period) ORDER BY q.position), '[]')
            FROM job_requirement q WHERE q.order_id = o.id),
        'lead_id', o.lead_id, 'received_at', order_time(o.received_at), 'due_at', order_time(o.due_at),
        'closed_reason', o.closed_reason, 'pool_version', o.pool_version,
        'shortlist_id', (SELECT s.id FROM shortlist s WHERE s.order_id = o.id ORDER BY s.order_version DESC LIMIT 1))
    FROM job_order o
    JOIN organisation e ON e.id = o.employer_id
    JOIN organisation r ON r.id = o.organisation_id
    WHERE o.id = wanted);
END $$;

CREATE FUNCTION order_reply(wanted uuid, reply_status int) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    document jsonb := order_document(wanted);
    answer api_reply;
BEGIN
    IF document IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    answer.status := reply_status;
    answer.body := document::text;
    answer.etag := (document ->> 'version')::bigint;
    answer.location := CASE WHEN reply_status = 201 THEN '/v1/job-orders/' || wanted END;
    answer.replayed := false;
    RETURN answer;
END $$;

-- The items of a list, from 1; none when it is no list.
CREATE FUNCTION order_list(list jsonb, OUT item jsonb, OUT place bigint) RETURNS SETOF record LANGUAGE sql IMMUTABLE
AS $$ SELECT * FROM jsonb_array_elements(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) WITH ORDINALITY $$;

-- The faults that only the reference tables (0004) know, as [{"pointer", "code", "detail"}], in the body's own order. What
-- is missing or of a wrong form is passed over: those are the API's faults, named beside these.
CREATE FUNCTION order_faults(body jsonb) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', pointer, 'code', 'UNKNOWN', 'detail', detail)
                              ORDER BY part, place), '[]')
    FROM (
        SELECT 1 AS part, 0::bigint AS place, '/postcode' AS pointer, 'Postnummeret findes ikke.' AS detail
        WHERE body ->> 'postcode' ~ '^[0-9]{4}$' AND NOT EXISTS (SELECT FROM postcode p WHERE p.code = body ->> 'postcode')
        UNION ALL
        SELECT 2, place, '/occupations/' || place - 1, reference_unknown_text('occupation')
        FROM order_list(body -> 'occupations') AS o (item, place)
        WHERE jsonb_typeof(o.item) = 'string' AND o.item #>> '{}' ~ '\S' AND NOT reference_known('occupation', o.item #>> '{}')
        UNION ALL
        SELECT 3, place, '/requirements/' || place - 1 || '/code', reference_unknown_text(r.item ->> 'kind')
        FROM order_list(body -> 'requirements') AS r (item, place)
        WHERE r.item ->> 'kind' IN ('competence', 'certificate', 'licence', 'language', 'occupation')
          AND jsonb_typeof(r.item -> 'code') = 'string' AND NOT reference_known(r.item ->> 'kind', r.item ->> 'code')
    ) AS faults
$$;

CREATE FUNCTION order_refuse_faults(body jsonb, draft boolean) RETURNS void LANGUAGE plpgsql STABLE
AS $$
DECLARE faults jsonb := order_faults(body);
BEGIN
    IF NOT draft AND body -> 'occupations' = '[]' THEN
        faults := faults || jsonb_build_array(jsonb_build_object('pointer', '/occupations', 'code', 'REQUIRED',
                                                                 'detail', 'Kun en kladde kan være uden stillinger.'));
    END IF;
    IF (body ->> 'end_date')::date < (body ->> 'start_date')::date THEN
        faults := faults || jsonb_build_array(jsonb_build_object('pointer', '/end_date', 'code', 'RANGE',
                                                                 'detail', 'Slutdatoen ligger før startdatoen.'));
    END IF;
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
END $$;

CREATE FUNCTION order_texts(list jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(array_agg(value ORDER BY place), '{}') FROM jsonb_array_elements_text(list) WITH ORDINALITY AS t (value, place) $$;

-- Every member of every requirement, so that two lists that mean the same are the same.
CREATE FUNCTION order_full_requirements(list jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(jsonb_agg('{"minimum_level": null, "through_period": false}'::jsonb || item ORDER BY place), '[]')
    FROM jsonb_array_elements(list) WITH ORDINALITY AS r (item, place)
$$;

CREATE FUNCTION order_set_requirements(wanted uuid, requirements jsonb) RETURNS void LANGUAGE sql
AS $$
    DELETE FROM job_requirement WHERE order_id = wanted;
    INSERT INTO job_requirement (order_id, position, kind, code, necessity, weight, minimum_level, through_period)
    SELECT wanted, place, item ->> 'kind', item ->> 'code', item ->> 'necessity', (item ->> 'weight')::smallint,
           (item ->> 'minimum_level')::smallint, (item ->> 'through_period')::boolean
    FROM jsonb_array_elements(order_full_requirements(requirements)) WITH ORDINALITY AS r (item, place)
$$;

-- How many candidates are wanted by the deadline when nobody said (DESIGN 3).
CREATE FUNCTION order_minimum(posts int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT greatest(4, 2 * posts) $$;

-- Ranking starts when the order's own transaction commits, on a pool at least as new as the order (pool_version).
CREATE FUNCTION order_rank(wanted uuid, wanted_version int) RETURNS void LANGUAGE sql
AS $$ SELECT job_enqueue('rank', jsonb_build_object('order_id', wanted, 'order_version', wanted_version)) $$;

-- Receives an order, or keeps a draft ("draft": true); `due` counts only when it is not a draft. Other rooms that make
-- orders (a lead becomes a draft) call this. Faults raise EB422 with all pointers.
CREATE FUNCTION order_new(body jsonb, received timestamptz, due timestamptz) RETURNS uuid LANGUAGE plpgsql
AS $$
DECLARE
    made uuid;
    draft boolean := coalesce((body ->> 'draft')::boolean, false);
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team opretter jobordrer.');
    END IF;
    PERFORM order_refuse_faults(body, draft);
    INSERT INTO job_order (organisation_id, employer_id, lead_id, title, state, posts, minimum, occupations, postcode,
                           radius_km, start_date, end_date, kinds, pool_version, received_at, due_at)
    VALUES (app_tenant(), employer_ensure(body #>> '{employer,cvr}', body #>> '{employer,name}'),
            (body ->> 'lead_id')::uuid, body ->> 'title', CASE WHEN draft THEN 'draft' ELSE 'open' END,
            (body ->> 'posts')::int,
            coalesce((body ->> 'minimum')::int, order_minimum((body ->> 'posts')::int)),
            order_texts(body -> 'occupations'), body ->> 'postcode', (body ->> 'radius_km')::int,
            (body ->> 'start_date')::date, (body ->> 'end_date')::date, order_texts(body -> 'kinds'), pool_current(),
            received, CASE WHEN NOT draft THEN due END)
    RETURNING id INTO made;
    PERFORM order_set_requirements(made, coalesce(body -> 'requirements', '[]'));
    IF NOT draft THEN
        PERFORM order_rank(made, 1);
    END IF;
    PERFORM audit_append('order.created', 'job_order', made::text, '{}', jsonb_build_object('draft', draft));
    RETURN made;
END $$;

-- POST /v1/job-orders
CREATE FUNCTION order_create(request_method text, request_path text, request_key text, request_fingerprint text,
                             body jsonb, received timestamptz, due timestamptz) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    made uuid;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    made := order_new(body, received, due);
    answer := order_reply(made, 201);
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- The order, locked, when it is the caller's to change and the caller has seen its present version.
CREATE FUNCTION order_hold(wanted uuid, seen_version bigint) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE held job_order;
BEGIN
    SELECT * INTO held FROM job_order o WHERE o.id = wanted AND o.organisation_id = app_tenant() FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Jobordren er ændret, siden den blev læst.');
    END IF;
    IF held.state = 'closed' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren er lukket.');
    END IF;
    RETURN held;
END $$;

-- Tells the team and the municipalities that have people on the order's shortlists, but not the one who did it.
-- SECURITY DEFINER: the outbox is nobody's to write; of the caller's own orders alone.
CREATE FUNCTION order_tell(wanted uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT outbox_put('order.changed', receiver.id, o.id, NULL, NULL, NULL,
                      jsonb_build_object('state', o.state, 'version', o.version))
    FROM job_order o, organisation receiver
    WHERE o.id = wanted AND o.organisation_id = app_tenant() AND receiver.id <> app_tenant()
      AND (receiver.kind = 'team' OR receiver.id IN (SELECT e.organisation_id FROM shortlist_entry e WHERE e.order_id = o.id))
    ORDER BY receiver.id
$$;

-- PATCH /v1/job-orders/{id}: `patch` as RFC 7396, null empties what may be empty. {"state": "open"} opens a draft, and the
-- clock starts. What ranking sees has changed: a new ranking; nothing has changed: nothing happens.
CREATE FUNCTION order_change(wanted uuid, seen_version bigint, patch jsonb, received timestamptz, due timestamptz)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held job_order := order_hold(wanted, seen_version);
    before jsonb := order_document(wanted);
    after jsonb := before || patch;
    unranked text[] := ARRAY['title', 'employer', 'state'];
    opens boolean := held.state = 'draft' AND patch ->> 'state' = 'open';
    ranked boolean;
BEGIN
    after := jsonb_set(after, '{requirements}', order_full_requirements(after -> 'requirements'));
    ranked := before - unranked <> after - unranked;
    IF patch ? 'employer' THEN
        after := jsonb_set(after, '{employer}', (before -> 'employer') || (patch -> 'employer'));
        IF before #>> '{employer,cvr}' = after #>> '{employer,cvr}' THEN
            after := jsonb_set(after, '{employer}', before -> 'employer');
        ELSIF held.state <> 'draft' THEN
            PERFORM raise_problem('EB409', 'state-conflict', 'Arbejdsgiveren kan kun skiftes, mens jobordren er en kladde.');
        END IF;
    END IF;
    PERFORM order_refuse_faults(after, held.state = 'draft' AND NOT opens);
    IF after = before THEN
        RETURN order_reply(wanted, 200);
    END IF;
    UPDATE job_order o SET
        employer_id = employer_ensure(after #>> '{employer,cvr}', after #>> '{employer,name}'), title = after ->> 'title',
        state = CASE WHEN opens THEN 'open' ELSE o.state END,
        posts = (after ->> 'posts')::int,
        minimum = coalesce((after ->> 'minimum')::int, order_minimum((after ->> 'posts')::int)),
        occupations = order_texts(after -> 'occupations'), postcode = after ->> 'postcode',
        radius_km = (after ->> 'radius_km')::int, start_date = (after ->> 'start_date')::date,
        end_date = (after ->> 'end_date')::date, kinds = order_texts(after -> 'kinds'),
        version = o.version + 1,
        ranking_version = CASE WHEN ranked OR opens THEN o.version + 1 ELSE o.ranking_version END,
        pool_version = CASE WHEN ranked OR opens THEN pool_current() ELSE o.pool_version END,
        received_at = CASE WHEN opens THEN received ELSE o.received_at END,
        due_at = CASE WHEN opens THEN due ELSE o.due_at END, changed_at = now()
    WHERE o.id = wanted;
    PERFORM order_set_requirements(wanted, after -> 'requirements');
    IF opens OR (ranked AND held.state = 'open') THEN
        PERFORM order_rank(wanted, held.version + 1);
    END IF;
    PERFORM order_tell(wanted);
    PERFORM audit_append('order.changed', 'job_order', wanted::text, '{}',
                         jsonb_build_object('members', (SELECT jsonb_agg(key ORDER BY key) FROM jsonb_object_keys(patch) AS k (key))));
    RETURN order_reply(wanted, 200);
END $$;

-- POST /v1/job-orders/{id}/close
CREATE FUNCTION order_close(wanted uuid, seen_version bigint, reason text) RETURNS api_reply LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM order_hold(wanted, seen_version);
    UPDATE job_order o SET state = 'closed', closed_reason = reason, version = o.version + 1, changed_at = now()
    WHERE o.id = wanted;
    PERFORM order_tell(wanted);
    PERFORM audit_append('order.closed', 'job_order', wanted::text, '{}', jsonb_build_object('reason', reason));
    RETURN order_reply(wanted, 200);
END $$;

-- GET /v1/job-orders: newest first. A position is "microseconds/id" of the last order of the page before, '' for the first
-- page; next_position is NULL when there are no more.
CREATE FUNCTION order_page(wanted_state text, position_before text, page_limit int, OUT items text, OUT next_position text)
    LANGUAGE sql STABLE
AS $$
    WITH page AS MATERIALIZED (
        SELECT o.id, o.created_at, row_number() OVER (ORDER BY o.created_at DESC, o.id DESC) AS place
        FROM job_order o
        WHERE (wanted_state IS NULL OR o.state = wanted_state)
          AND (position_before = '' OR (o.created_at, o.id) <
               (timestamptz 'epoch' + nullif(split_part(position_before, '/', 1), '')::bigint * interval '1 microsecond',
                nullif(split_part(position_before, '/', 2), '')::uuid))
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT page_limit + 1)
    SELECT (SELECT coalesce(jsonb_agg(order_document(p.id) ORDER BY p.place), '[]')::text FROM page p WHERE p.place <= page_limit),
           (SELECT (extract(epoch FROM p.created_at) * 1000000)::bigint || '/' || p.id FROM page p
            WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
$$;

GRANT EXECUTE ON FUNCTION order_time(timestamptz), employer_ensure(text, text), order_document(uuid), order_reply(uuid, int),
    order_list(jsonb), order_faults(jsonb), order_refuse_faults(jsonb, boolean), order_texts(jsonb),
    order_full_requirements(jsonb), order_minimum(int), order_set_requirements(uuid, jsonb),
    order_rank(uuid, int), order_new(jsonb, timestamptz, timestamptz),
    order_create(text, text, text, text, jsonb, timestamptz, timestamptz), order_hold(uuid, bigint), order_tell(uuid),
    order_change(uuid, bigint, jsonb, timestamptz, timestamptz), order_close(uuid, bigint, text),
    order_page(text, text, int) TO emnebank_front;

RESET ROLE;
