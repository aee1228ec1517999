-- Secrets of endpoints and what we show a receiver that asks who calls (services/deliver).
--
-- Every endpoint signs with a v1 secret and a v1a key. One that follows another signs from its commit on; those before it sign beside
-- it until their grace is over, and are then wiped: their rows stay, because attempts name them.
--
-- Nobody but the owner's functions reads a sealed column. Locks: endpoint, then its secrets; idempotency before both.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- A receiver that is about to change its key pins the next one beside the present.
ALTER TABLE endpoint_identity DROP CONSTRAINT endpoint_identity_pin_check;
ALTER TABLE endpoint_identity ADD CONSTRAINT endpoint_identity_pin_check
    CHECK (pin ~ '^sha256//[A-Za-z0-9+/]{43}=(;sha256//[A-Za-z0-9+/]{43}=){0,2}$');

CREATE INDEX endpoint_secret_retiring ON endpoint_secret (retires_at) WHERE retires_at IS NOT NULL AND sealed <> '';

CREATE POLICY receiver ON endpoint_secret FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
CREATE POLICY receiver ON endpoint_identity FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
GRANT SELECT (id, endpoint_id, organisation_id, scheme, public_key, created_at, retires_at) ON endpoint_secret TO emnebank_front;
GRANT SELECT (endpoint_id, organisation_id, subject, not_after, pin, changed_at) ON endpoint_identity TO emnebank_front;

-- ---------------------------------------------------------------------------------------------------------------
-- What is shown

CREATE FUNCTION endpoint_public_key(public_key bytea) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT 'whpk_' || encode(public_key, 'base64') $$;

-- The members of an endpoint's document that are about signing and TLS.
CREATE FUNCTION endpoint_signing(place endpoint) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object(
        'public_key', (SELECT endpoint_public_key(s.public_key) FROM endpoint_secret s
                       WHERE s.endpoint_id = place.id AND s.scheme = 'v1a' AND s.retires_at IS NULL),
        'certificate', (SELECT jsonb_build_object('subject', i.subject, 'not_after', delivery_time(i.not_after),
                                                  'changed_at', delivery_time(i.changed_at))
                        FROM endpoint_identity i WHERE i.endpoint_id = place.id AND i.subject IS NOT NULL),
        'pin', (SELECT i.pin FROM endpoint_identity i WHERE i.endpoint_id = place.id))
$$;

CREATE OR REPLACE FUNCTION endpoint_document(place endpoint) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', place.id, 'url', place.url, 'kinds', to_jsonb(place.kinds), 'state', place.state,
        'disabled_reason', place.disabled_reason, 'held_until', delivery_time(place.held_until),
        'version', place.version, 'created_at', delivery_time(place.created_at)) || endpoint_signing(place)
$$;

CREATE FUNCTION endpoint_secret_document(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', s.id, 'scheme', s.scheme, 'public_key', endpoint_public_key(s.public_key),
        'created_at', delivery_time(s.created_at), 'retires_at', delivery_time(s.retires_at),
        'state', CASE WHEN s.retires_at IS NULL THEN 'current' WHEN s.retires_at > now() THEN 'retiring' ELSE 'retired' END)
    FROM endpoint_secret s WHERE s.id = wanted
$$;

-- Newest first; of those that have retired, the last hundred.
CREATE FUNCTION endpoint_secret_list(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE
    place endpoint := endpoint_own(wanted);
    answer api_reply;
BEGIN
    answer.status := 200;
    answer.body := (SELECT jsonb_build_object('items', coalesce(jsonb_agg(endpoint_secret_document(x.id)
                               ORDER BY x.created_at DESC, x.id), '[]'))
                    FROM (SELECT s.id, s.created_at FROM endpoint_secret s WHERE s.endpoint_id = place.id
                          ORDER BY s.created_at DESC, s.id LIMIT 100) x)::text;
    answer.replayed := false;
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Making and following

-- The secret is not in the answer: the API shows it once and the stored answer of the idempotency key never has it. Of the v1a key
-- nobody is ever shown more than its public half.
DROP FUNCTION endpoint_create(text, text, text, text, uuid, text, text[], bytea);
CREATE FUNCTION endpoint_create(request_method text, request_path text, request_key text, request_fingerprint text,
                                new_id uuid, new_url text, new_kinds text[], sealed_secret bytea, sealed_key bytea, new_public_key bytea)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    place endpoint;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    INSERT INTO endpoint (id, organisation_id, url, kinds)
    VALUES (new_id, app_tenant(), new_url, endpoint_kinds(new_kinds)) RETURNING * INTO place;
    INSERT INTO endpoint_secret (endpoint_id, organisation_id, scheme, sealed, public_key)
    VALUES (place.id, place.organisation_id, 'v1', sealed_secret, NULL),
           (place.id, place.organisation_id, 'v1a', sealed_key, new_public_key);
    PERFORM audit_append('endpoint.created', 'endpoint', place.id::text, '{}', jsonb_build_object('kinds', to_jsonb(place.kinds)));
    answer := endpoint_reply(place, 201);
    answer.body := (answer.body::jsonb || '{"secret": null}')::text;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- A new secret of one scheme. The present one signs beside it for `grace` seconds more; without grace it and all that came before
-- stop at once, which is for a secret that somebody else may have.
CREATE FUNCTION endpoint_secret_follow(request_method text, request_path text, request_key text, request_fingerprint text,
                                       wanted uuid, wanted_scheme text, grace int, new_sealed bytea, new_public_key bytea)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    signing_cap CONSTANT int := 4;   -- of one scheme in one header
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    place endpoint;
    made uuid;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    place := endpoint_own(wanted, 0, true);
    IF grace > 0 AND (SELECT count(*) FROM endpoint_secret s WHERE s.endpoint_id = place.id AND s.scheme = wanted_scheme
                        AND (s.retires_at IS NULL OR s.retires_at > now())) >= signing_cap THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Tre tidligere nøgler underskriver stadig; vent, til en af dem er udløbet, '
            'eller skift med grace_seconds 0.');
    END IF;
    UPDATE endpoint_secret s SET retires_at = least(s.retires_at, now() + grace * interval '1 second')
    WHERE s.endpoint_id = place.id AND s.scheme = wanted_scheme AND (s.retires_at IS NULL OR grace = 0);
    INSERT INTO endpoint_secret (endpoint_id, organisation_id, scheme, sealed, public_key)
    VALUES (place.id, place.organisation_id, wanted_scheme, new_sealed, new_public_key) RETURNING id INTO made;
    PERFORM endpoint_secret_wipe();
    UPDATE endpoint e SET version = e.version + 1, changed_at = now() WHERE e.id = place.id;
    PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}',
        jsonb_build_object('secret_id', made, 'scheme', wanted_scheme, 'grace_seconds', grace));
    answer.status := 201;
    answer.body := (endpoint_secret_document(made) || '{"secret": null}')::text;
    answer.location := '/v1/endpoints/' || place.id || '/secrets';
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- Secrets whose grace is over lose their bytes.
CREATE FUNCTION endpoint_secret_wipe() RETURNS void LANGUAGE sql
AS $$
    UPDATE endpoint_secret s SET sealed = ''
    WHERE s.id = ANY (ARRAY(SELECT o.id FROM endpoint_secret o WHERE o.retires_at <= now() AND o.sealed <> '' FOR UPDATE SKIP LOCKED))
$$;

DO $$
BEGIN
    PERFORM function_reword('delivery_sweep()', E'BEGIN\n    lost :=', E'BEGIN\n    PERFORM endpoint_secret_wipe();\n    lost :=');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Certificate and pin

-- Takes the place of what was there. NULL sealed, subject and not_after: a pin alone.
CREATE FUNCTION endpoint_identity_put(wanted uuid, wanted_version bigint, new_sealed bytea, new_subject text, new_not_after timestamptz,
                                      new_pin text)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE place endpoint := endpoint_own(wanted, wanted_version, true);
BEGIN
    INSERT INTO endpoint_identity (endpoint_id, organisation_id, sealed, subject, not_after, pin)
    VALUES (place.id, place.organisation_id, new_sealed, new_subject, new_not_after, new_pin)
    ON CONFLICT (endpoint_id) DO UPDATE SET sealed = new_sealed, subject = new_subject, not_after = new_not_after, pin = new_pin,
        changed_at = clock_timestamp();
    UPDATE endpoint e SET version = e.version + 1, changed_at = now() WHERE e.id = place.id RETURNING * INTO place;
    PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}', jsonb_build_object('certificate', new_sealed IS NOT NULL,
        'not_after', delivery_time(new_not_after), 'pinned', new_pin IS NOT NULL));
    RETURN endpoint_reply(place, 200);
END $$;

CREATE FUNCTION endpoint_identity_remove(wanted uuid, wanted_version bigint) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    place endpoint := endpoint_own(wanted, wanted_version, true);
    answer api_reply;
BEGIN
    DELETE FROM endpoint_identity i WHERE i.endpoint_id = place.id;
    IF FOUND THEN
        UPDATE endpoint e SET version = e.version + 1, changed_at = now() WHERE e.id = place.id;
        PERFORM audit_append('endpoint.changed', 'endpoint', place.id::text, '{}',
            jsonb_build_object('certificate', false, 'pinned', false));
    END IF;
    answer.status := 204;
    answer.replayed := false;
    RETURN answer;
END $$;

GRANT EXECUTE ON FUNCTION endpoint_public_key(bytea), endpoint_signing(endpoint), endpoint_secret_document(uuid),
    endpoint_secret_list(uuid), endpoint_create(text, text, text, text, uuid, text, text[], bytea, bytea, bytea),
    endpoint_secret_follow(text, text, text, text, uuid, text, int, bytea, bytea),
    endpoint_identity_put(uuid, bigint, bytea, text, timestamptz, text), endpoint_identity_remove(uuid, bigint) TO emnebank_front;

RESET ROLE;
