-- Whose endpoint is it (services/deliver): a receiver proves that it expects us, and a named person of the team says whose it is, before
-- anything but the question itself is sent to it.
--
--   unproven ── endpoint.verify answered with its challenge ──▶ proven ── approved with the CVR number ──▶ active
--      ▲  new address, or enabled again after removal or a withdrawn approval                               │
--      └────────────────────────────────────── disabled ◀── owner, 410, approval withdrawn ─────────────────┘
--
-- The claim (0029) takes nothing but endpoint.verify of an endpoint that is not active, and events make deliveries for active ones alone.
-- Two persons: whoever approves is neither the key nor the person that gave the endpoint its address.
--
-- The challenge stands nowhere: the sender makes it of its server key and the delivery's id, so that it is the same at each attempt
-- and nobody who reads the database can answer it. challenge_id is the one delivery whose answer counts: what an earlier address
-- answers late proves nothing.
--
-- Lock order as in 0029; chains of audit by their organisation's id.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE endpoint
    ALTER state SET DEFAULT 'unproven',
    ADD COLUMN challenge_id uuid,      -- the delivery that asks
    ADD COLUMN made_by text,           -- whose key gave it its present address; NULL: a machine's
    ADD COLUMN made_key uuid;

CREATE INDEX endpoint_approvals ON endpoint (state, id);

-- Only the functions change an endpoint: so none becomes active by another way.
REVOKE INSERT, UPDATE ON endpoint FROM emnebank_front;

-- ---------------------------------------------------------------------------------------------------------------
-- What is shown

-- The members of an endpoint's document that are about its approval and how it is sent to. Who approved is told to partners.
CREATE FUNCTION endpoint_standing(place endpoint) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('mode', place.mode, 'fifo', place.fifo, 'concurrency', place.concurrency, 'rate', place.rate,
        'challenge_delivery_id', place.challenge_id, 'proven_at', delivery_time(place.proven_at),
        'approved_at', delivery_time(place.approved_at), 'approved_by', CASE WHEN app_partner() THEN place.approved_by END,
        'cvr', place.cvr)
$$;
DO $$
BEGIN
    PERFORM function_reword('endpoint_document(endpoint)', 'endpoint_signing(place)', 'endpoint_signing(place) || endpoint_standing(place)');
END $$;

-- As the team sees anybody's: no secret, and not the CVR number, which whoever approves finds for themselves.
CREATE FUNCTION endpoint_approval_document(place endpoint) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', place.id,
        'organisation', jsonb_build_object('id', o.id, 'name', o.name, 'kind', o.kind, 'municipality', o.municipality_code),
        'url', place.url, 'kinds', to_jsonb(place.kinds), 'mode', place.mode, 'state', place.state,
        'disabled_reason', place.disabled_reason, 'version', place.version, 'made_by', place.made_by,
        'created_at', delivery_time(place.created_at), 'proven_at', delivery_time(place.proven_at),
        'approved_at', delivery_time(place.approved_at), 'approved_by', place.approved_by)
    FROM organisation o WHERE o.id = place.organisation_id
$$;

-- GET /v1/endpoints/approvals: of all organisations, by id. Position: the id of the last one shown, '' for the first page.
CREATE FUNCTION endpoint_approvals(wanted_state text, after text, page int) RETURNS TABLE (document text, place text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM team_only();
    RETURN QUERY
    SELECT endpoint_approval_document(e.*)::text, e.id::text FROM endpoint e
    WHERE e.state = wanted_state AND (after = '' OR e.id > after::uuid)
    ORDER BY e.id LIMIT page;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The challenge

-- Asks a receiver whether the endpoint is its own. Who asked before and was not answered is not asked any more. A challenge goes to
-- whatever address somebody names, so an organisation has only so many.
CREATE FUNCTION endpoint_ask(wanted uuid) RETURNS uuid LANGUAGE plpgsql
AS $$
DECLARE
    hourly_cap CONSTANT int := 60;
    place endpoint;
    event uuid;
    event_version bigint;
    made uuid;
BEGIN
    SELECT * INTO STRICT place FROM endpoint e WHERE e.id = wanted;
    IF (SELECT count(*) FROM delivery d WHERE d.organisation_id = place.organisation_id
          AND d.id >= event_floor(now() - interval '1 hour') AND d.kind = 'endpoint.verify') >= hourly_cap THEN
        PERFORM raise_problem('EB429', 'quota-exceeded',
            'Organisationen har bedt om ' || hourly_cap || ' ejerskabsprøver inden for den seneste time; vent lidt.');
    END IF;
    PERFORM delivery_end(d.id, 'cancelled', 'asked_again') FROM delivery d WHERE d.id = place.challenge_id AND d.state = 'waiting';
    INSERT INTO outbox (kind, organisation_id, payload)
    VALUES ('endpoint.verify', place.organisation_id, jsonb_build_object('endpoint_id', place.id)) RETURNING id, version INTO event, event_version;
    INSERT INTO delivery (outbox_id, endpoint_id, organisation_id, kind, version)
    VALUES (event, place.id, place.organisation_id, 'endpoint.verify', event_version) RETURNING id INTO made;
    -- What the receiver did to earlier requests says nothing about this one.
    UPDATE endpoint e SET challenge_id = made, held_until = NULL, breaker = 'closed', breaker_until = NULL, breaker_failures = 0,
        breaker_trips = 0, failing_since = NULL, failed_at = NULL
    WHERE e.id = place.id;
    PERFORM pg_notify('emnebank_delivery', '');
    RETURN made;
END $$;

-- POST /v1/endpoints/{id}/challenge
CREATE FUNCTION endpoint_challenge(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    place endpoint := endpoint_own(wanted, 0, true);
    made uuid;
    answer api_reply;
BEGIN
    IF place.state <> 'unproven' THEN
        PERFORM raise_problem('EB409', 'state-conflict', CASE place.state
            WHEN 'disabled' THEN 'Modtageradressen er slået fra; slå den til først.'
            ELSE 'Modtageradressen har allerede svaret på sin ejerskabsprøve.' END);
    END IF;
    made := endpoint_ask(place.id);
    PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}', jsonb_build_object('challenge_delivery', made));
    answer.status := 202;
    answer.body := jsonb_build_object('delivery_id', made)::text;
    answer.location := '/v1/deliveries/' || made;
    answer.replayed := false;
    RETURN answer;
END $$;

-- The receiver answered delivery `asked` with its challenge.
CREATE FUNCTION endpoint_prove(place_id uuid, asked uuid) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE place endpoint;
BEGIN
    UPDATE endpoint e SET state = 'proven', proven_at = clock_timestamp(), version = e.version + 1, changed_at = now()
    WHERE e.id = place_id AND e.state = 'unproven' AND e.challenge_id = asked RETURNING * INTO place;
    IF FOUND THEN
        PERFORM audit_append_for(place.organisation_id, 'endpoint.proven', 'endpoint', place.id::text, '{}',
            jsonb_build_object('delivery_id', asked));
    END IF;
END $$;

DO $$
DECLARE words text := '    SELECT * INTO STRICT event FROM outbox b WHERE b.id = item.outbox_id;';
BEGIN
    PERFORM function_reword('delivery_arrived(delivery, int, text, text)', words,
        E'    IF item.kind = ''endpoint.verify'' THEN\n        PERFORM endpoint_prove(item.endpoint_id, item.id);\n'
        || E'        RETURN;\n    END IF;\n' || words);
    -- What waits for one that has to be approved anew does not keep its day for ever, either.
    PERFORM function_reword('outbox_day_over(uuid, uuid, timestamptz)', 'e.state = ''disabled''', 'e.state <> ''active''');
    -- Who removed it begins anew.
    PERFORM function_reword('endpoint_remove(uuid, bigint)', 'disabled_reason = ''removed'',',
        'disabled_reason = ''removed'', proven_at = NULL, approved_at = NULL, approved_by = NULL, cvr = NULL,');
    PERFORM function_reword('endpoint_test(uuid)', $words$'Modtageradressen er slået fra; slå den til først.'$words$,
        $words$CASE place.state
            WHEN 'disabled' THEN 'Modtageradressen er slået fra; slå den til først.'
            WHEN 'unproven' THEN 'Modtageradressen har ikke svaret på sin ejerskabsprøve endnu.'
            ELSE 'Modtageradressen venter på teamets godkendelse.' END$words$);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Making and changing

-- How it is sent to: of `settings` (mode, fifo, concurrency, rate) what is named; null: back to the default.
CREATE FUNCTION endpoint_set(wanted uuid, settings jsonb) RETURNS void LANGUAGE sql
AS $$
    UPDATE endpoint e SET
        mode = CASE WHEN settings ? 'mode' THEN settings ->> 'mode' ELSE e.mode END,
        fifo = CASE WHEN settings ? 'fifo' THEN (settings ->> 'fifo')::boolean ELSE e.fifo END,
        concurrency = CASE WHEN settings ? 'concurrency' THEN (settings ->> 'concurrency')::int ELSE e.concurrency END,
        rate = CASE WHEN settings ? 'rate' THEN (settings ->> 'rate')::int ELSE e.rate END
    WHERE e.id = wanted AND settings <> '{}'
$$;

DROP FUNCTION endpoint_create(text, text, text, text, uuid, text, text[], bytea, bytea, bytea);
CREATE FUNCTION endpoint_create(request_method text, request_path text, request_key text, request_fingerprint text,
                                new_id uuid, new_url text, new_kinds text[], settings jsonb,
                                sealed_secret bytea, sealed_key bytea, new_public_key bytea)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    place endpoint;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    INSERT INTO endpoint (id, organisation_id, url, kinds, made_by, made_key)
    VALUES (new_id, app_tenant(), new_url, endpoint_kinds(new_kinds), actor_person(), app_setting('actor')::uuid);
    PERFORM endpoint_set(new_id, settings);
    INSERT INTO endpoint_secret (endpoint_id, organisation_id, scheme, sealed, public_key)
    VALUES (new_id, app_tenant(), 'v1', sealed_secret, NULL), (new_id, app_tenant(), 'v1a', sealed_key, new_public_key);
    PERFORM endpoint_ask(new_id);
    SELECT * INTO STRICT place FROM endpoint e WHERE e.id = new_id;
    PERFORM audit_append('endpoint.created', 'endpoint', place.id::text, '{}', jsonb_build_object('kinds', to_jsonb(place.kinds)));
    answer := endpoint_reply(place, 201);
    answer.body := (answer.body::jsonb || '{"secret": null}')::text;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- Where an endpoint stands that its owner enables again: what it had, it has still.
CREATE FUNCTION endpoint_enabled_state(place endpoint) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN place.proven_at IS NULL THEN 'unproven' WHEN place.approved_at IS NULL THEN 'proven' ELSE 'active' END
$$;

-- NULL: unchanged. Another address is another receiver: it proves itself and is approved anew. What waits meanwhile goes to it then.
DROP FUNCTION endpoint_change(uuid, bigint, text, text[], text);
CREATE FUNCTION endpoint_change(wanted uuid, wanted_version bigint, new_url text, new_kinds text[], new_state text, settings jsonb)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    before endpoint := endpoint_own(wanted, wanted_version, true);
    place endpoint := before;
    moved boolean := coalesce(new_url <> before.url, false);
    off boolean := coalesce(new_state, before.state) = 'disabled';
    answer api_reply;
BEGIN
    IF new_state = 'active' AND before.state IN ('unproven', 'proven') THEN
        PERFORM raise_problem('EB409', 'state-conflict',
            'Modtageradressen bliver aktiv, når den har svaret på sin ejerskabsprøve og teamet har godkendt den.');
    END IF;
    IF moved THEN
        UPDATE endpoint e SET url = new_url, held_until = NULL, proven_at = NULL, approved_at = NULL, approved_by = NULL, cvr = NULL,
            challenge_id = NULL, made_by = actor_person(), made_key = app_setting('actor')::uuid
        WHERE e.id = wanted RETURNING * INTO place;
        PERFORM delivery_end(d.id, 'cancelled', 'asked_again') FROM delivery d WHERE d.id = before.challenge_id AND d.state = 'waiting';
    END IF;
    PERFORM endpoint_set(wanted, settings);
    UPDATE endpoint e SET
        kinds = coalesce(endpoint_kinds(new_kinds), e.kinds),
        state = CASE WHEN off THEN 'disabled' WHEN moved OR before.state = 'disabled' THEN endpoint_enabled_state(place)
                     ELSE e.state END,
        disabled_reason = CASE WHEN off THEN coalesce(e.disabled_reason, 'by_owner') END,
        version = e.version + 1,
        changed_at = now()
    WHERE e.id = wanted RETURNING * INTO place;
    IF place.state = 'unproven' AND (moved OR before.state = 'disabled') THEN
        PERFORM endpoint_ask(wanted);
        SELECT * INTO STRICT place FROM endpoint e WHERE e.id = wanted;
    END IF;
    PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}',
        jsonb_build_object('state', place.state, 'kinds', to_jsonb(place.kinds), 'url_changed', moved) || settings);
    answer := endpoint_reply(place, 200);
    IF place.state = 'active' THEN
        PERFORM pg_notify('emnebank_delivery', '');
        answer.body := (answer.body::jsonb || endpoint_missed(before))::text;
    END IF;
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Approval by the team

-- Anybody's endpoint, held for a named person of the team, in the version that person has seen.
CREATE FUNCTION endpoint_hold(wanted uuid, seen_version bigint) RETURNS endpoint LANGUAGE plpgsql
AS $$
DECLARE place endpoint;
BEGIN
    PERFORM team_only();
    PERFORM person_only();
    SELECT * INTO place FROM endpoint e WHERE e.id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Modtageradressen findes ikke.');
    END IF;
    IF seen_version <> 0 AND seen_version <> place.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Modtageradressen er ændret siden; hent den igen.');
    END IF;
    RETURN place;
END $$;

-- Whose it is: an employer's own number, a municipality's in the list of municipalities, the team's if it has one.
CREATE FUNCTION endpoint_owner_cvr(place endpoint) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT coalesce(o.cvr, m.cvr) FROM organisation o LEFT JOIN municipality m ON m.code = o.municipality_code
    WHERE o.id = place.organisation_id
$$;

-- In the chains of the team and of the owner, in the order of locks.
CREATE FUNCTION endpoint_audit(action text, place endpoint, detail jsonb) RETURNS void LANGUAGE sql
AS $$
    SELECT audit_append_for(chain.id, action, 'endpoint', place.id::text, '{}', detail || jsonb_build_object('owner_id', place.organisation_id))
    FROM (SELECT DISTINCT id FROM unnest(ARRAY[app_tenant(), place.organisation_id]) AS u (id) ORDER BY id) AS chain
$$;

-- POST /v1/endpoints/{id}/approval. given_cvr NULL: it belongs to an organisation that has none.
CREATE FUNCTION endpoint_approve(wanted uuid, seen_version bigint, given_cvr text) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    place endpoint := endpoint_hold(wanted, seen_version);
    answer api_reply;
BEGIN
    IF place.state <> 'proven' THEN
        PERFORM raise_problem('EB409', 'state-conflict', CASE place.state
            WHEN 'unproven' THEN 'Modtageradressen har ikke svaret på sin ejerskabsprøve endnu.'
            WHEN 'active' THEN 'Modtageradressen er allerede godkendt.'
            ELSE 'Modtageradressen er slået fra; dens ejer skal slå den til først.' END);
    END IF;
    IF place.made_key::text = app_setting('actor') OR lower(place.made_by) = lower(actor_person()) THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Den, der har oprettet modtageradressen, kan ikke selv godkende den.');
    END IF;
    IF given_cvr IS DISTINCT FROM endpoint_owner_cvr(place) THEN
        PERFORM raise_problem('EB409', 'conflict', CASE WHEN endpoint_owner_cvr(place) IS NULL
            THEN 'Organisationen har intet CVR-nummer hos os; udelad det.'
            WHEN given_cvr IS NULL THEN 'CVR-numret på den virksomhed eller myndighed, som modtageradressen tilhører, skal angives.'
            ELSE 'Modtageradressen tilhører en anden virksomhed eller myndighed end den med dette CVR-nummer.' END);
    END IF;
    UPDATE endpoint e SET state = 'active', approved_at = clock_timestamp(), approved_by = actor_person(), cvr = given_cvr,
        version = e.version + 1, changed_at = now()
    WHERE e.id = place.id RETURNING * INTO place;
    PERFORM endpoint_audit('endpoint.approved', place, jsonb_build_object('cvr', given_cvr, 'version', place.version));
    PERFORM pg_notify('emnebank_delivery', '');
    answer.status := 200;
    answer.body := endpoint_approval_document(place)::text;
    answer.etag := place.version;
    answer.replayed := false;
    RETURN answer;
END $$;

-- DELETE /v1/endpoints/{id}/approval: disabled, and its owner begins anew.
CREATE FUNCTION endpoint_disapprove(wanted uuid, seen_version bigint) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    place endpoint := endpoint_hold(wanted, seen_version);
    answer api_reply;
BEGIN
    IF place.state <> 'active' AND place.approved_at IS NULL THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Modtageradressen er ikke godkendt.');
    END IF;
    PERFORM endpoint_audit('endpoint.approval_withdrawn', place, jsonb_build_object('approved_by', place.approved_by));
    PERFORM endpoint_disable(place.id, 'approval_withdrawn');
    UPDATE endpoint e SET disabled_reason = 'approval_withdrawn', proven_at = NULL, approved_at = NULL, approved_by = NULL, cvr = NULL
    WHERE e.id = place.id;
    answer.status := 204;
    answer.replayed := false;
    RETURN answer;
END $$;

GRANT EXECUTE ON FUNCTION endpoint_standing(endpoint), endpoint_approvals(text, text, int), endpoint_challenge(uuid),
    endpoint_create(text, text, text, text, uuid, text, text[], jsonb, bytea, bytea, bytea),
    endpoint_change(uuid, bigint, text, text[], text, jsonb), endpoint_approve(uuid, bigint, text), endpoint_disapprove(uuid, bigint)
    TO emnebank_front;

RESET ROLE;
