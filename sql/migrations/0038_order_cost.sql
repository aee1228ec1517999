-- What one order asks of the database, for less than half of the work: the same rows, answers, events and audit as before.
--
-- Most of an order's time went into planning. A function in language sql that is not inlined (it has a SET clause, is SECURITY DEFINER,
-- or reads a table) is parsed and planned anew in every statement that calls it; an order passes some forty such calls, each with the
-- policies of its tables. In plpgsql a plan lasts as long as the connection. What can be inlined stays in sql: app_tenant, app_setting,
-- order_live, order_list and their like. The same goes for what an order asks beside its own statement: who holds the key, and the
-- looks at its clock. A table of one row is read by its key: a plan may be made where sequential scans are off, and would stay dear.
--
-- A kept plan is made anew, too, when the search path differs from the call before. A function that both the daemon's role and the
-- owner's functions call says its own (reference_known).
--
-- And the audit's chain, which stands still from its row to the end of the transaction, is taken last.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Who acts, and when (0001, 0009, 0020). Policies ask these, several times in a statement.

CREATE OR REPLACE FUNCTION app_kind() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN RETURN (SELECT o.kind FROM organisation o WHERE o.id = app_tenant()); END $$;

CREATE OR REPLACE FUNCTION app_partner() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN RETURN EXISTS (SELECT FROM organisation o WHERE o.id = app_tenant() AND o.kind IN ('municipality', 'team')); END $$;

CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN RETURN coalesce((SELECT h.at FROM clock_hands h WHERE h.one), now()); END $$;

-- The acting key is compared as text, since `actor` may also be the name of a role. Keys are kept when they have ended: an index.
CREATE INDEX api_key_text ON api_key ((id::text));
CREATE OR REPLACE FUNCTION actor_person() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    RETURN (SELECT k.person FROM api_key k
            WHERE k.id::text = app_setting('actor') AND k.organisation_id = app_tenant()
              AND k.revoked_at IS NULL AND k.expires_at > now());
END $$;

-- Whose key it is (0004): asked before every request.
CREATE OR REPLACE FUNCTION access_key_find(key_id uuid)
    RETURNS TABLE (hash bytea, organisation_id uuid, kind text, municipality text, person text, scopes text, touch boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp ROWS 1
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT k.hash, o.id, o.kind, coalesce(o.municipality_code, '')::text, coalesce(k.person, ''), array_to_string(k.scopes, ' '),
           coalesce(k.last_used_at < now() - interval '1 minute', true)
    FROM api_key k
    JOIN organisation o ON o.id = k.organisation_id
    WHERE k.id = key_id AND k.revoked_at IS NULL AND k.expires_at > now();
END $$;

CREATE OR REPLACE FUNCTION pool_current() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN RETURN (SELECT p.version FROM pool_version p WHERE p.one); END $$;

CREATE OR REPLACE FUNCTION order_time(at timestamptz) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$ BEGIN RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'); END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The audit (0001)

CREATE OR REPLACE FUNCTION audit_append(audit_action text, audit_subject_kind text, audit_subject_id text,
                                        audit_candidates uuid[] DEFAULT '{}', audit_detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM audit_append_for(app_tenant(), audit_action, audit_subject_kind, audit_subject_id, audit_candidates, audit_detail);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The reference tables (0004). One plan for all kinds: the four tables that a kind does not lie in are never opened by it.

CREATE OR REPLACE FUNCTION reference_known(fact_kind text, fact_code text) RETURNS boolean LANGUAGE plpgsql STABLE
    SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
AS $$ BEGIN RETURN EXISTS (SELECT FROM reference_code r WHERE r.kind = fact_kind AND r.code = fact_code); END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Working time (0021), day by day from the first that has not ended. Office hours of two days never overlap: whoever closes later opens
-- later, too.

CREATE OR REPLACE FUNCTION working_time(since timestamptz, until timestamptz) RETURNS interval LANGUAGE plpgsql STABLE
    SET search_path = emnebank, pg_temp
AS $$
DECLARE
    office record;
    worked interval := '0';
BEGIN
    FOR office IN SELECT h.opens_at, h.closes_at FROM office_hours h WHERE h.closes_at > since ORDER BY h.closes_at LOOP
        EXIT WHEN (office.opens_at < until) IS NOT TRUE;
        worked := worked + (least(office.closes_at, until) - greatest(office.opens_at, since));
    END LOOP;
    RETURN worked;
END $$;

CREATE OR REPLACE FUNCTION working_after(since timestamptz, span interval) RETURNS timestamptz LANGUAGE plpgsql STABLE
    SET search_path = emnebank, pg_temp
AS $$
DECLARE
    office record;
    worked interval := '0';
    today interval;
BEGIN
    IF span <= interval '0' THEN
        RETURN since;
    END IF;
    FOR office IN SELECT greatest(h.opens_at, since) AS begins, h.closes_at FROM office_hours h
                  WHERE h.closes_at > since ORDER BY h.closes_at LIMIT 1 + ceil(extract(epoch FROM span) / 1800)::int
    LOOP
        today := office.closes_at - office.begins;
        IF worked + today >= span THEN
            RETURN office.begins + (span - worked);
        END IF;
        worked := worked + today;
    END LOOP;
    RETURN since + span;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Orders (0008, 0015, 0021)

CREATE OR REPLACE FUNCTION order_log(wanted uuid, event_kind text, event_code text, event_reason text DEFAULT NULL,
                                     event_detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO order_event (order_id, at, kind, code, reason, person, detail)
    VALUES (wanted, app_now(), event_kind, event_code, event_reason, actor_person(), event_detail);
END $$;

CREATE OR REPLACE FUNCTION order_texts(list jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN RETURN ARRAY(SELECT value FROM jsonb_array_elements_text(list) WITH ORDINALITY AS t (value, place) ORDER BY place); END $$;

CREATE OR REPLACE FUNCTION order_full_requirements(list jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg('{"minimum_level": null, "through_period": false}'::jsonb || item ORDER BY place), '[]')
            FROM jsonb_array_elements(list) WITH ORDINALITY AS r (item, place));
END $$;

CREATE OR REPLACE FUNCTION order_set_requirements(wanted uuid, requirements jsonb) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM job_requirement WHERE order_id = wanted;
    INSERT INTO job_requirement (order_id, position, kind, code, necessity, weight, minimum_level, through_period)
    SELECT wanted, place, item ->> 'kind', item ->> 'code', item ->> 'necessity', (item ->> 'weight')::smallint,
           (item ->> 'minimum_level')::smallint, (item ->> 'through_period')::boolean
    FROM jsonb_array_elements(order_full_requirements(requirements)) WITH ORDINALITY AS r (item, place);
END $$;

CREATE OR REPLACE FUNCTION order_rank(wanted uuid, wanted_version int) RETURNS void LANGUAGE plpgsql
AS $$ BEGIN PERFORM job_enqueue('rank', jsonb_build_object('order_id', wanted, 'order_version', wanted_version)); END $$;

CREATE OR REPLACE FUNCTION order_unknown_faults(body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
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
    ) AS faults);
END $$;

-- order_new in two: what it does, and what the audit says of it. POST answers in between, so that orders that come in together wait for
-- each other's row in the chain and the disk, and not for each other's answers to be put together.
CREATE FUNCTION order_receive(body jsonb, received timestamptz, due timestamptz) RETURNS uuid LANGUAGE plpgsql
AS $$
DECLARE
    made uuid;
    draft boolean := order_is_draft(body);
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team opretter jobordrer.');
    END IF;
    PERFORM order_refuse_faults(body, draft);
    INSERT INTO job_order (organisation_id, employer_id, lead_id, title, state, posts, minimum, occupations, postcode,
                           radius_km, start_date, end_date, kinds, pool_version, received_at, due_at, first_rung)
    VALUES (app_tenant(), employer_ensure(body #>> '{employer,cvr}', body #>> '{employer,name}'),
            (body ->> 'lead_id')::uuid, body ->> 'title', CASE WHEN draft THEN 'draft' ELSE 'open' END,
            (body ->> 'posts')::int,
            coalesce((body ->> 'minimum')::int, order_minimum((body ->> 'posts')::int)),
            order_texts(body -> 'occupations'), body ->> 'postcode', (body ->> 'radius_km')::int,
            (body ->> 'start_date')::date, (body ->> 'end_date')::date, order_texts(body -> 'kinds'), pool_current(),
            received, CASE WHEN NOT draft THEN due END, body ->> 'first_rung')
    RETURNING id INTO made;
    PERFORM order_set_requirements(made, coalesce(body -> 'requirements', '[]'));
    IF NOT draft THEN
        PERFORM order_rank(made, 1);
    END IF;
    RETURN made;
END $$;

CREATE FUNCTION order_is_draft(body jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce((body ->> 'draft')::boolean, false) $$;

CREATE FUNCTION order_audit_new(made uuid, body jsonb) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM audit_append('order.created', 'job_order', made::text, '{}', jsonb_build_object('draft', order_is_draft(body)));
END $$;

-- For rooms that make orders (a lead becomes a draft).
CREATE OR REPLACE FUNCTION order_new(body jsonb, received timestamptz, due timestamptz) RETURNS uuid LANGUAGE plpgsql
AS $$
DECLARE made uuid := order_receive(body, received, due);
BEGIN
    PERFORM order_audit_new(made, body);
    RETURN made;
END $$;

-- POST /v1/job-orders
CREATE OR REPLACE FUNCTION order_create(request_method text, request_path text, request_key text, request_fingerprint text,
                                        body jsonb, received timestamptz, due timestamptz) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    made uuid;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    made := order_receive(body, received, due);
    answer := idempotency_end(request_method, request_path, request_key, order_reply(made, 201));
    PERFORM order_audit_new(made, body);
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The looks at an order's clock (0021), several to each order

CREATE OR REPLACE FUNCTION order_live_entries(wanted uuid) RETURNS int LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN (SELECT count(*)::int FROM shortlist_entry e WHERE e.order_id = wanted AND entry_live(e.state)); END $$;

CREATE OR REPLACE FUNCTION order_hired(wanted uuid) RETURNS int LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN RETURN (SELECT count(DISTINCT e.candidate_id)::int FROM shortlist_entry e WHERE e.order_id = wanted AND e.state = 'hired'); END $$;

CREATE OR REPLACE FUNCTION order_outlived(wanted job_order) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT (app_now() AT TIME ZONE 'Europe/Copenhagen')::date > wanted.start_date + r.expires_after
                AND order_live_entries(wanted.id) = 0
            FROM order_rules r WHERE r.one);
END $$;

CREATE OR REPLACE FUNCTION order_list_cut(wanted job_order) RETURNS boolean LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN coalesce((SELECT s.listed = greatest(20, 3 * wanted.minimum) AND s.order_version IS DISTINCT FROM wanted.long_version
                     FROM shortlist s
                     WHERE s.order_id = wanted.id ORDER BY s.order_version DESC LIMIT 1), false);
END $$;

CREATE OR REPLACE FUNCTION order_last_look(wanted job_order) RETURNS timestamptz LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT CASE WHEN span > r.last_look THEN working_after(wanted.received_at, span - r.last_look)
                        ELSE working_share(wanted.received_at, wanted.due_at, 0.9) END
            FROM order_rules r, working_time(wanted.received_at, wanted.due_at) AS span WHERE r.one);
END $$;

CREATE OR REPLACE FUNCTION order_set_deadlines(wanted job_order) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE shortlist_entry e SET answer_by = order_answer_by(wanted, coalesce(
        (SELECT max(r.at) FROM referral r WHERE r.entry_id = e.id AND r.to_state = e.state), app_now()))
    WHERE e.order_id = wanted.id AND e.state IN ('proposed', 'asked') AND e.answer_by IS NULL;
END $$;

CREATE OR REPLACE FUNCTION order_next_check(wanted job_order) RETURNS timestamptz LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
    SELECT least(
        (SELECT min(e.answer_by) FROM shortlist_entry e WHERE e.order_id = wanted.id AND e.state IN ('proposed', 'asked')),
        CASE WHEN wanted.marks < 2 THEN wanted.warn_half_at END,
        CASE WHEN wanted.marks < 3 THEN wanted.warn_late_at END,
        CASE WHEN app_now() < list.wanted_by THEN list.wanted_by END,
        CASE WHEN wanted.due_outcome IS NULL THEN wanted.due_at END,
        CASE WHEN wanted.noticed_at IS NULL AND order_live_entries(wanted.id) < wanted.minimum THEN wanted.notice_by END,
        CASE WHEN app_now() < expiry.at THEN expiry.at END)
    FROM order_rules r, order_list_by(wanted) AS list (wanted_by),
         LATERAL (SELECT (wanted.start_date + r.expires_after + 1)::timestamp AT TIME ZONE 'Europe/Copenhagen') AS expiry (at)
    WHERE r.one);
END $$;

CREATE OR REPLACE FUNCTION order_numbers(wanted job_order) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
    SELECT jsonb_build_object(
        'posts', wanted.posts, 'minimum', wanted.minimum, 'rung', wanted.rung, 'due_at', order_time(wanted.due_at),
        'live', count(*) FILTER (WHERE entry_live(e.state)),
        'vouched', count(*) FILTER (WHERE entry_live(e.state) AND e.state <> 'proposed'),
        'missing', greatest(wanted.minimum - count(*) FILTER (WHERE entry_live(e.state)), 0),
        'put_forward', (SELECT count(DISTINCT r.candidate_id) FROM referral r WHERE r.order_id = wanted.id AND entry_live(r.to_state)),
        'declined', count(*) FILTER (WHERE e.state IN ('declined', 'replaced', 'no', 'not_relevant')),
        'no_answer', count(*) FILTER (WHERE e.state = 'no_answer'),
        'reserve', count(*) FILTER (WHERE e.state = 'reserve'))
    FROM shortlist_entry e WHERE e.order_id = wanted.id);
END $$;

GRANT EXECUTE ON FUNCTION order_receive(jsonb, timestamptz, timestamptz), order_is_draft(jsonb), order_audit_new(uuid, jsonb)
    TO emnebank_front;

RESET ROLE;
