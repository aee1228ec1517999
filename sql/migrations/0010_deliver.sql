-- Delivery: what the sender and the API's endpoints and deliveries do, as one function each (services/deliver).
--
-- The role emnebank_deliver has no grant on any table of ours but the reference tables: delivery_claim and
-- delivery_finish are all that it can do. A CV's sealed name leaves the database by delivery_claim alone, and only while
-- its release is in force.
--
-- Locks: endpoint, delivery, then release, consent and candidate FOR SHARE SKIP LOCKED (whoever is taking a yes back
-- right now is let past, the delivery waits for the next claim), then outbox, audit_head. A yes that is taken back while
-- its CV is leased counts the CV as sent and recalls it (0009).

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN
    ('shortlist.proposed', 'entry.changed', 'order.changed', 'lead.assigned', 'cv.released', 'cv.recalled',
     'endpoint.test', 'endpoint.disabled'));

-- The receiver asked for a pause (429, 502, 504): nothing is claimed for it until then, and no attempt is used up.
ALTER TABLE endpoint ADD COLUMN held_until timestamptz;

-- While leased, next_at is lease_until: one index finds what is due and what was abandoned.
CREATE INDEX delivery_of_endpoint ON delivery (endpoint_id, next_at) WHERE state IN ('waiting', 'leased');
CREATE INDEX delivery_list ON delivery (organisation_id, created_at DESC, id DESC);

-- RFC 3339 in UTC, as every time in the API (A8).
CREATE FUNCTION delivery_time(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- ---------------------------------------------------------------------------------------------------------------
-- What an event says, rendered when it is sent (B4). Name, phone and mail of a CV are sealed and are put in by the
-- sender; everything else stands here.

CREATE FUNCTION event_order(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', o.id, 'title', o.title, 'employer', e.name, 'posts', o.posts,
        'occupations', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', c.code, 'label', t.title_da) ORDER BY c.place), '[]')
                        FROM unnest(o.occupations) WITH ORDINALITY AS c (code, place) LEFT JOIN trade t ON t.code = c.code),
        'start_date', o.start_date, 'postcode', o.postcode, 'due_at', delivery_time(o.due_at))
    FROM job_order o JOIN organisation e ON e.id = o.employer_id
    WHERE o.id = wanted
$$;

-- To a home municipality its own entries; to the team how many each municipality has.
CREATE FUNCTION event_shortlist(event outbox) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('order', event_order(event.order_id), 'shortlist_id', event.shortlist_id) ||
        CASE WHEN (SELECT kind FROM organisation WHERE id = event.organisation_id) = 'team' THEN
            jsonb_build_object('municipalities', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('municipality', n.municipality_code, 'name', n.name,
                                                             'candidates', n.candidates) ORDER BY n.municipality_code), '[]')
                FROM (SELECT h.municipality_code, h.name, count(*) AS candidates
                      FROM shortlist_entry s JOIN organisation h ON h.id = s.organisation_id
                      WHERE s.shortlist_id = event.shortlist_id
                      GROUP BY h.municipality_code, h.name) n))
        ELSE
            jsonb_build_object('entries', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'candidate_id', s.candidate_id,
                        'external_ref', c.external_ref, 'rank', s.rank, 'score', s.score, 'state', s.state,
                        'explanation_da', s.explanation_da) ORDER BY s.rank), '[]')
                FROM shortlist_entry s JOIN candidate c ON c.id = s.candidate_id
                WHERE s.shortlist_id = event.shortlist_id AND s.organisation_id = event.organisation_id))
        END
$$;

-- A CV without name, phone and mail: no address, no CPR number, no birth date, no note, not the pseudonym either.
CREATE FUNCTION event_cv(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('release_id', r.id, 'order_id', r.order_id, 'order_title', o.title,
        'legal_basis', r.legal_basis, 'postcode', c.postcode, 'town', p.name,
        'available_from', c.available_from, 'kinds', to_jsonb(c.kinds),
        'occupations', coalesce(f.occupations, '[]'), 'competences', coalesce(f.competences, '[]'),
        'certificates', coalesce(f.certificates, '[]'), 'licences', coalesce(f.licences, '[]'),
        'languages', coalesce(f.languages, '[]'))
    FROM release r
    JOIN job_order o ON o.id = r.order_id
    JOIN candidate c ON c.id = r.candidate_id
    JOIN postcode p ON p.code = c.postcode
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('code', x.code, 'label', t.title_da, 'years', x.years) ORDER BY x.code)
                   FILTER (WHERE x.kind = 'occupation') AS occupations,
               jsonb_agg(jsonb_build_object('key', x.code, 'label', k.label_da, 'level', x.level, 'years', x.years)
                         ORDER BY x.code) FILTER (WHERE x.kind = 'competence') AS competences,
               jsonb_agg(jsonb_build_object('key', x.code, 'label', b.label_da, 'valid_until', x.valid_until)
                         ORDER BY x.code) FILTER (WHERE x.kind = 'certificate') AS certificates,
               jsonb_agg(jsonb_build_object('key', x.code, 'label', l.label_da, 'valid_until', x.valid_until)
                         ORDER BY x.code) FILTER (WHERE x.kind = 'licence') AS licences,
               jsonb_agg(jsonb_build_object('code', x.code, 'level', (ARRAY['A1', 'A2', 'B1', 'B2', 'C1', 'C2'])[x.level])
                         ORDER BY x.code) FILTER (WHERE x.kind = 'language') AS languages
        FROM candidate_fact x
        LEFT JOIN trade t ON x.kind = 'occupation' AND t.code = x.code
        LEFT JOIN competence k ON x.kind = 'competence' AND k.key = x.code
        LEFT JOIN certificate b ON x.kind = 'certificate' AND b.key = x.code
        LEFT JOIN licence l ON x.kind = 'licence' AND l.key = x.code
        WHERE x.candidate_id = c.id AND x.to_version IS NULL) f
    WHERE r.id = wanted
$$;

CREATE FUNCTION event_data(event outbox) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT CASE event.kind
        WHEN 'shortlist.proposed' THEN event_shortlist(event)
        WHEN 'cv.released' THEN event_cv(event.release_id)
        WHEN 'cv.recalled' THEN (SELECT jsonb_build_object('release_id', r.id, 'order_id', r.order_id,
                'reason', coalesce(r.revoked_reason, event.payload ->> 'reason')) FROM release r WHERE r.id = event.release_id)
        ELSE event.payload || jsonb_strip_nulls(jsonb_build_object('order_id', event.order_id,
                'shortlist_id', event.shortlist_id, 'entry_id', event.entry_id))
    END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The sender

-- Before a claimed delivery may be sent. NULL: send. Otherwise the reason why never; 'locked': not now.
CREATE FUNCTION delivery_hindrance(event outbox) RETURNS text LANGUAGE plpgsql
AS $$
BEGIN
    IF event.kind <> 'cv.released' THEN
        RETURN NULL;
    END IF;
    -- Nobody can take the yes back between this check and the claim's commit.
    PERFORM 1 FROM release r
    JOIN consent c ON c.id = r.consent_id
    JOIN candidate k ON k.id = r.candidate_id
    WHERE r.id = event.release_id
    FOR SHARE OF r, c, k SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 'locked';
    END IF;
    IF NOT release_in_force(event.release_id) THEN
        RETURN 'not_in_force';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM release r JOIN candidate_person p ON p.candidate_id = r.candidate_id
                   WHERE r.id = event.release_id AND length(p.wrapped_key) > 0) THEN
        RETURN 'person_erased';
    END IF;
    RETURN NULL;
END $$;

-- Ends a delivery that will not be sent (again).
CREATE FUNCTION delivery_end(wanted uuid, end_state text, why text) RETURNS void LANGUAGE sql
AS $$
    UPDATE delivery SET state = end_state, reason = why, lease_until = NULL, lease_token = NULL,
        finished_at = clock_timestamp()
    WHERE id = wanted
$$;

-- Claims what is due: at most `most`, at most `per_endpoint` under way per endpoint on all machines together (the
-- endpoint's row lock makes claims for it take turns). The attempt counts here, so a delivery that kills its sender
-- still comes to its end. Verdict 'send' comes with all that rendering needs; 'cancelled' and 'dead' are told so that
-- they are logged. No row: nothing is due.
CREATE FUNCTION delivery_claim(most int, per_endpoint int, attempt_cap int, lease interval)
    RETURNS TABLE (delivery_id uuid, verdict text, why text, token uuid, attempt int, kind text, event_at timestamptz,
                   endpoint_id uuid, url text, secret bytea, data text, municipality text, external_ref text,
                   wrapped_key bytea, name bytea, phone bytea, email bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    place record;
    item delivery;
    event outbox;
    room int;
    taken int := 0;
BEGIN
    FOR place IN
        SELECT e.id, e.url, e.secret
        FROM endpoint e
        CROSS JOIN LATERAL (SELECT d.next_at FROM delivery d
                            WHERE d.endpoint_id = e.id AND d.state IN ('waiting', 'leased') AND d.next_at <= now()
                            ORDER BY d.next_at LIMIT 1) first
        WHERE e.state = 'active' AND (e.held_until IS NULL OR e.held_until <= now())
        ORDER BY first.next_at
        FOR NO KEY UPDATE OF e SKIP LOCKED
    LOOP
        EXIT WHEN taken >= most;
        room := least(most - taken, per_endpoint - (SELECT count(*) FROM delivery d WHERE d.endpoint_id = place.id
                                                    AND d.state = 'leased' AND d.lease_until > now()));
        CONTINUE WHEN room <= 0;
        FOR item IN
            SELECT * FROM delivery d
            WHERE d.endpoint_id = place.id AND d.state IN ('waiting', 'leased') AND d.next_at <= now()
            ORDER BY d.next_at, d.id LIMIT room
            FOR UPDATE SKIP LOCKED
        LOOP
            SELECT * INTO STRICT event FROM outbox b WHERE b.id = item.outbox_id;
            -- Nothing of the row before: not its secret, not its person.
            token := NULL; event_at := NULL; url := NULL; secret := NULL; data := NULL; municipality := NULL;
            external_ref := NULL; wrapped_key := NULL; name := NULL; phone := NULL; email := NULL;
            delivery_id := item.id;
            kind := event.kind;
            endpoint_id := place.id;
            attempt := item.attempts;
            why := delivery_hindrance(event);
            CONTINUE WHEN why = 'locked';
            taken := taken + 1;
            UPDATE delivery_attempt a SET class = 'lost', finished_at = clock_timestamp()
            WHERE a.delivery_id = item.id AND a.finished_at IS NULL;
            IF why IS NOT NULL THEN
                verdict := 'cancelled';
                PERFORM delivery_end(item.id, verdict, why);
                RETURN NEXT;
                CONTINUE;
            END IF;
            IF item.attempts >= attempt_cap THEN
                verdict := 'dead';
                why := 'exhausted';
                PERFORM delivery_end(item.id, verdict, why);
                RETURN NEXT;
                CONTINUE;
            END IF;
            verdict := 'send';
            token := gen_random_uuid();
            attempt := item.attempts + 1;
            UPDATE delivery d SET state = 'leased', attempts = attempt, lease_token = token,
                lease_until = clock_timestamp() + lease, next_at = clock_timestamp() + lease
            WHERE d.id = item.id;
            INSERT INTO delivery_attempt (delivery_id, number, organisation_id)
            VALUES (item.id, attempt, item.organisation_id);
            event_at := event.created_at;
            url := place.url;
            secret := place.secret;
            data := event_data(event)::text;
            SELECT h.municipality_code, c.external_ref, p.wrapped_key, p.name, p.phone, p.email
            INTO municipality, external_ref, wrapped_key, name, phone, email
            FROM release r
            JOIN candidate c ON c.id = r.candidate_id
            JOIN candidate_person p ON p.candidate_id = c.id
            JOIN organisation h ON h.id = r.home_id
            WHERE r.id = event.release_id AND event.kind = 'cv.released';
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION endpoint_disable(wanted uuid, why text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    place endpoint;
    told uuid;
BEGIN
    UPDATE endpoint e SET state = 'disabled', disabled_reason = why, version = e.version + 1, changed_at = now()
    WHERE e.id = wanted AND e.state = 'active' RETURNING * INTO place;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    FOR told IN SELECT o.id FROM organisation o WHERE o.kind = 'team' OR o.id = place.organisation_id ORDER BY o.id LOOP
        PERFORM outbox_put('endpoint.disabled', told, event_payload => jsonb_build_object(
            'endpoint_id', place.id, 'organisation_id', place.organisation_id, 'reason', why));
    END LOOP;
    PERFORM audit_append_for(place.organisation_id, 'endpoint.changed', 'endpoint', place.id::text, '{}',
        jsonb_build_object('state', 'disabled', 'reason', why));
END $$;

-- Ends an attempt. False, and nothing is changed, when the token is not that of the delivery's present lease (C2).
-- outcome: 'delivered', 'retry' (in wait_us microseconds), 'dead', 'gone' (dead, and the endpoint is disabled).
-- hold_us > 0 holds the endpoint. digest: SHA-256 (hex) of the body that was sent.
CREATE FUNCTION delivery_finish(wanted uuid, claim_token uuid, outcome text, outcome_why text, wait_us bigint,
                                hold_us bigint, attempt_class text, attempt_status int, attempt_bytes int,
                                attempt_excerpt text, digest text)
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    item delivery;
    event outbox;
    given release;
BEGIN
    SELECT * INTO item FROM delivery d WHERE d.id = wanted FOR UPDATE;
    IF NOT FOUND OR item.state <> 'leased' OR item.lease_token IS DISTINCT FROM claim_token THEN
        RETURN false;
    END IF;
    UPDATE delivery_attempt a SET finished_at = clock_timestamp(), status = nullif(attempt_status, 0),
        class = attempt_class, bytes = attempt_bytes, excerpt = attempt_excerpt
    WHERE a.delivery_id = item.id AND a.number = item.attempts;
    IF outcome = 'retry' THEN
        UPDATE delivery d SET state = 'waiting', lease_until = NULL, lease_token = NULL, reason = outcome_why,
            next_at = clock_timestamp() + wait_us * interval '1 microsecond'
        WHERE d.id = item.id;
    ELSE
        PERFORM delivery_end(item.id, CASE outcome WHEN 'delivered' THEN 'delivered' ELSE 'dead' END, outcome_why);
    END IF;
    IF hold_us > 0 THEN
        UPDATE endpoint e SET held_until = clock_timestamp() + hold_us * interval '1 microsecond' WHERE e.id = item.endpoint_id;
    END IF;
    IF outcome = 'gone' THEN
        PERFORM endpoint_disable(item.endpoint_id, outcome_why);
    END IF;
    SELECT * INTO STRICT event FROM outbox b WHERE b.id = item.outbox_id;
    IF outcome = 'delivered' AND event.kind = 'cv.released' THEN
        SELECT * INTO STRICT given FROM release r WHERE r.id = event.release_id;
        PERFORM audit_append_for(given.home_id, 'cv.delivered', 'release', given.id::text, ARRAY[given.candidate_id],
            jsonb_build_object('release_id', given.id, 'order_id', given.order_id, 'employer_id', given.employer_id,
                'legal_basis', given.legal_basis, 'delivery_id', item.id, 'endpoint_id', item.endpoint_id,
                'attempt', item.attempts, 'status', attempt_status, 'body_sha256', digest));
    END IF;
    RETURN true;
END $$;

GRANT EXECUTE ON FUNCTION delivery_time(timestamptz), delivery_claim(int, int, int, interval),
    delivery_finish(uuid, uuid, text, text, bigint, bigint, text, int, int, text, text) TO emnebank_deliver;

-- ---------------------------------------------------------------------------------------------------------------
-- The API: endpoints

CREATE FUNCTION endpoint_document(place endpoint) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', place.id, 'url', place.url, 'kinds', to_jsonb(place.kinds), 'state', place.state,
        'disabled_reason', place.disabled_reason, 'held_until', delivery_time(place.held_until),
        'version', place.version, 'created_at', delivery_time(place.created_at))
$$;

-- Whoever receives CVs hears of recalls as well.
CREATE FUNCTION endpoint_kinds(wanted text[]) RETURNS text[] LANGUAGE sql IMMUTABLE
AS $$
    SELECT array_agg(DISTINCT k ORDER BY k)
    FROM unnest(wanted || CASE WHEN 'cv.released' = ANY (wanted) THEN ARRAY['cv.recalled'] ELSE '{}'::text[] END) k
$$;

CREATE FUNCTION endpoint_reply(place endpoint, reply_status int) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE answer api_reply;
BEGIN
    answer.status := reply_status;
    answer.body := endpoint_document(place)::text;
    answer.etag := place.version;
    answer.location := CASE WHEN reply_status = 201 THEN '/v1/endpoints/' || place.id END;
    answer.replayed := false;
    RETURN answer;
END $$;

-- The caller's own endpoint, locked when it is to be changed, in the version that the caller believes (0: any).
CREATE FUNCTION endpoint_own(wanted uuid, wanted_version bigint DEFAULT 0, change boolean DEFAULT false)
    RETURNS endpoint LANGUAGE plpgsql
AS $$
DECLARE place endpoint;
BEGIN
    IF change THEN
        SELECT * INTO place FROM endpoint e WHERE e.id = wanted AND e.organisation_id = app_tenant() FOR UPDATE;
    ELSE
        SELECT * INTO place FROM endpoint e WHERE e.id = wanted AND e.organisation_id = app_tenant();
    END IF;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Modtageradressen findes ikke.');
    END IF;
    IF wanted_version <> 0 AND wanted_version <> place.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Modtageradressen er ændret siden; hent den igen.');
    END IF;
    RETURN place;
END $$;

-- The secret is not in the answer: the API shows it once and the stored answer of the idempotency key never has it.
CREATE FUNCTION endpoint_create(request_method text, request_path text, request_key text, request_fingerprint text,
                                new_id uuid, new_url text, new_kinds text[], sealed_secret bytea)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    place endpoint;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    INSERT INTO endpoint (id, organisation_id, url, kinds, secret)
    VALUES (new_id, app_tenant(), new_url, endpoint_kinds(new_kinds), sealed_secret) RETURNING * INTO place;
    PERFORM audit_append('endpoint.created', 'endpoint', place.id::text, '{}', jsonb_build_object('kinds', to_jsonb(place.kinds)));
    answer := endpoint_reply(place, 201);
    answer.body := (answer.body::jsonb || '{"secret": null}')::text;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

CREATE FUNCTION endpoint_read(wanted uuid) RETURNS api_reply LANGUAGE sql STABLE
AS $$ SELECT endpoint_reply(endpoint_own(wanted), 200) $$;

CREATE FUNCTION endpoint_list() RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE answer api_reply;
BEGIN
    answer.status := 200;
    answer.body := (SELECT jsonb_build_object('items', coalesce(jsonb_agg(endpoint_document(e.*) ORDER BY e.created_at, e.id), '[]'))
                    FROM endpoint e WHERE e.organisation_id = app_tenant())::text;
    RETURN answer;
END $$;

-- NULL: unchanged. A disabled endpoint that is made active again sends what waited meanwhile.
CREATE FUNCTION endpoint_change(wanted uuid, wanted_version bigint, new_url text, new_kinds text[], new_state text)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE place endpoint := endpoint_own(wanted, wanted_version, true);
BEGIN
    UPDATE endpoint e SET
        url = coalesce(new_url, e.url),
        kinds = coalesce(endpoint_kinds(new_kinds), e.kinds),
        state = coalesce(new_state, e.state),
        disabled_reason = CASE coalesce(new_state, e.state) WHEN 'active' THEN NULL ELSE coalesce(e.disabled_reason, 'by_owner') END,
        held_until = CASE WHEN new_url IS NULL THEN e.held_until END,
        version = e.version + 1,
        changed_at = now()
    WHERE e.id = wanted RETURNING * INTO place;
    PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}',
        jsonb_build_object('state', place.state, 'kinds', to_jsonb(place.kinds), 'url_changed', new_url IS NOT NULL));
    IF new_state = 'active' THEN
        PERFORM pg_notify('emnebank_delivery', '');
    END IF;
    RETURN endpoint_reply(place, 200);
END $$;

-- Removed: disabled for good unless its owner makes it active again; what waited is cancelled. Wider than the caller's
-- rights because deliveries are changed; endpoint_own holds it to the caller's own.
CREATE FUNCTION endpoint_remove(wanted uuid, wanted_version bigint) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    place endpoint := endpoint_own(wanted, wanted_version, true);
    answer api_reply;
BEGIN
    UPDATE endpoint e SET state = 'disabled', disabled_reason = 'removed', version = e.version + 1, changed_at = now()
    WHERE e.id = place.id;
    PERFORM delivery_end(d.id, 'cancelled', 'endpoint_removed') FROM delivery d
    WHERE d.endpoint_id = place.id AND d.state = 'waiting';
    PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}',
        jsonb_build_object('state', 'disabled', 'reason', 'removed'));
    answer.status := 204;
    answer.replayed := false;
    RETURN answer;
END $$;

-- One endpoint.test event for this endpoint alone, whatever kinds it wants.
CREATE FUNCTION endpoint_test(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    place endpoint := endpoint_own(wanted);
    event uuid;
    made uuid;
    answer api_reply;
BEGIN
    IF place.state <> 'active' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Modtageradressen er slået fra; slå den til først.');
    END IF;
    INSERT INTO outbox (kind, organisation_id, payload)
    VALUES ('endpoint.test', place.organisation_id, jsonb_build_object('endpoint_id', place.id)) RETURNING id INTO event;
    INSERT INTO delivery (outbox_id, endpoint_id, organisation_id)
    VALUES (event, place.id, place.organisation_id) RETURNING id INTO made;
    INSERT INTO change (organisation_id, outbox_id, kind) VALUES (place.organisation_id, event, 'endpoint.test');
    PERFORM pg_notify('emnebank_delivery', '');
    PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}', jsonb_build_object('test_delivery', made));
    answer.status := 202;
    answer.body := jsonb_build_object('delivery_id', made)::text;
    answer.location := '/v1/deliveries/' || made;
    answer.replayed := false;
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The API: deliveries

CREATE FUNCTION delivery_document(item delivery) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', item.id, 'webhook_id', 'msg_' || item.id, 'endpoint_id', item.endpoint_id,
        'event_id', b.id, 'kind', b.kind, 'order_id', b.order_id, 'shortlist_id', b.shortlist_id,
        'entry_id', b.entry_id, 'release_id', b.release_id, 'state', item.state, 'reason', item.reason,
        'attempts', item.attempts, 'next_at', CASE WHEN item.state = 'waiting' THEN delivery_time(item.next_at) END,
        'created_at', delivery_time(item.created_at), 'finished_at', delivery_time(item.finished_at))
    FROM outbox b WHERE b.id = item.outbox_id
$$;

CREATE FUNCTION delivery_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    item delivery;
    answer api_reply;
BEGIN
    SELECT * INTO item FROM delivery d WHERE d.id = wanted AND d.organisation_id = app_tenant();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Leveringen findes ikke.');
    END IF;
    answer.status := 200;
    answer.body := (delivery_document(item) || jsonb_build_object('attempt_log', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('number', a.number, 'started_at', delivery_time(a.started_at),
                'finished_at', delivery_time(a.finished_at), 'class', a.class, 'status', a.status, 'bytes', a.bytes,
                'excerpt', a.excerpt) ORDER BY a.number), '[]')
        FROM delivery_attempt a WHERE a.delivery_id = item.id)))::text;
    RETURN answer;
END $$;

GRANT EXECUTE ON FUNCTION delivery_time(timestamptz), endpoint_document(endpoint), endpoint_kinds(text[]),
    endpoint_reply(endpoint, int), endpoint_own(uuid, bigint, boolean),
    endpoint_create(text, text, text, text, uuid, text, text[], bytea), endpoint_read(uuid), endpoint_list(),
    endpoint_change(uuid, bigint, text, text[], text), endpoint_remove(uuid, bigint), endpoint_test(uuid),
    delivery_document(delivery), delivery_read(uuid) TO emnebank_front;

RESET ROLE;
