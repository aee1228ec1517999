-- The CV itself: what it says, where it says no more than that it is there, and how an employer fetches it (services/deliver).
--
-- A CV is a JSON Resume (jsonresume.org, schema 1.0.0) where its names fit, with members of our own beside them; the sender puts in
-- name, phone and mail. An endpoint in thin mode is sent ids and an address: then nothing of the person has reached anybody until it
-- is fetched.
--
-- Locks of cv_open and cv_fetched: those of a claim, that of pushes, release, consent and candidate FOR SHARE SKIP LOCKED, then audit_head. So a yes
-- that is taken back comes before, and nothing is handed out, or after, and finds release_reached.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- What a CV says

-- The most that its facts take, in bytes of jsonb, which are about those of its text: with the rest a CV stays below 20 KiB (B5).
CREATE FUNCTION cv_facts_cap() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 15360 $$;

-- Without name, phone and mail; what is not known is not there. What the order asks for comes first, then papers, then what is known best; what does not fit any more
-- is left out and counted. No address, CPR number, birth date, note, reference or pseudonym.
CREATE FUNCTION cv_document(who uuid, wanted_order uuid) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE asked text[] := ARRAY(SELECT q.kind || ' ' || q.code FROM job_requirement q WHERE q.order_id = wanted_order
                              UNION ALL SELECT 'occupation ' || unnest(o.occupations) FROM job_order o WHERE o.id = wanted_order);
BEGIN
    RETURN (
        SELECT jsonb_strip_nulls(jsonb_build_object(
            'basics', jsonb_build_object('label', f.work #>> '{0,position}',
                'location', jsonb_build_object('postalCode', c.postcode, 'city', p.name, 'countryCode', 'DK')),
            'availability', jsonb_build_object('from', c.available_from, 'kinds', to_jsonb(c.kinds)),
            'work', coalesce(f.work, '[]'), 'skills', coalesce(f.skills, '[]'),
            'certificates', coalesce(f.certificates, '[]'), 'licences', coalesce(f.licences, '[]'),
            'languages', coalesce(f.languages, '[]'), 'left_out', f.left_out))
        FROM candidate c JOIN postcode p ON p.code = c.postcode
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(s.item) FILTER (WHERE s.fits AND s.kind = 'occupation') AS work,
                   jsonb_agg(s.item) FILTER (WHERE s.fits AND s.kind = 'competence') AS skills,
                   jsonb_agg(s.item) FILTER (WHERE s.fits AND s.kind = 'certificate') AS certificates,
                   jsonb_agg(s.item) FILTER (WHERE s.fits AND s.kind = 'licence') AS licences,
                   jsonb_agg(s.item) FILTER (WHERE s.fits AND s.kind = 'language') AS languages,
                   count(*) FILTER (WHERE NOT s.fits) AS left_out
            FROM (SELECT i.kind, i.item,
                         sum(pg_column_size(i.item)) OVER (ORDER BY i.asked DESC, i.kind = 'competence', i.level DESC NULLS LAST,
                             i.years DESC NULLS LAST, i.kind, i.code) <= cv_facts_cap() AS fits
                  FROM (SELECT x.kind, x.code, x.level, x.years, x.kind || ' ' || x.code = ANY (asked) AS asked,
                               CASE x.kind
                                   WHEN 'occupation' THEN jsonb_build_object('code', x.code, 'years', x.years,
                                       'position', (SELECT t.title_da FROM trade t WHERE t.code = x.code))
                                   WHEN 'competence' THEN jsonb_build_object('key', x.code, 'level', x.level || ' af 5',
                                       'level_number', x.level, 'years', x.years,
                                       'name', (SELECT k.label_da FROM competence k WHERE k.key = x.code))
                                   WHEN 'language' THEN jsonb_build_object('code', x.code,
                                       'fluency', (ARRAY['A1', 'A2', 'B1', 'B2', 'C1', 'C2'])[x.level],
                                       'language', coalesce((SELECT g.label FROM language_labels() g WHERE g.code = x.code), x.code))
                                   WHEN 'certificate' THEN jsonb_build_object('key', x.code, 'valid_until', x.valid_until,
                                       'name', (SELECT b.label_da FROM certificate b WHERE b.key = x.code))
                                   ELSE jsonb_build_object('key', x.code, 'valid_until', x.valid_until,
                                       'name', (SELECT l.label_da FROM licence l WHERE l.key = x.code)) END AS item
                        FROM candidate_fact x WHERE x.candidate_id = c.id AND x.to_version IS NULL
                        OFFSET 0) AS i) AS s) AS f -- each item is made once
        WHERE c.id = who);
END $$;

CREATE FUNCTION cv_href(wanted uuid) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT '/v1/releases/' || wanted || '/cv' $$;

CREATE OR REPLACE FUNCTION event_cv(wanted uuid) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('release_id', r.id, 'entry_id', r.entry_id, 'order_id', r.order_id, 'order_title', o.title,
                'legal_basis', r.legal_basis, 'href', cv_href(r.id), 'cv', cv_document(r.candidate_id, r.order_id))
            FROM release r JOIN job_order o ON o.id = r.order_id WHERE r.id = wanted);
END $$;

-- That there is one, and where.
CREATE FUNCTION event_cv_thin(event outbox) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('release_id', event.release_id, 'entry_id', event.entry_id, 'order_id', event.order_id,
                              'href', cv_href(event.release_id))
$$;

-- What the candidate is told that a CV holds; tests/services/citizen compares it with what is really sent. The words are those of 0027.
CREATE OR REPLACE FUNCTION citizen_sent() RETURNS TABLE (member text, said text) LANGUAGE sql IMMUTABLE ROWS 20
AS $$
    VALUES ('basics.name', 'dit navn'), ('basics.phone', 'dit telefonnummer'), ('basics.email', 'din mailadresse'),
           ('basics.location.postalCode', 'dit postnummer'), ('basics.location.city', 'din by'),
           ('availability.from', 'hvornår du kan begynde'), ('availability.kinds', 'hvilke slags arbejde du siger ja til'),
           ('work', 'dine fag og hvor mange år du har haft dem'),
           ('skills', 'hvad du kan, og hvor godt'),
           ('certificates', 'dine beviser, og hvor længe de gælder'),
           ('licences', 'dine kørekort'), ('languages', 'dine sprog')
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Thin deliveries

-- Every attempt so far carried ids alone. An endpoint's mode may change between two attempts.
ALTER TABLE delivery ADD COLUMN thin boolean NOT NULL DEFAULT false;

DO $$
DECLARE claim regprocedure := 'delivery_claim(int, int, int, interval)';
BEGIN
    PERFORM function_reword(claim, 'UPDATE delivery d SET state = ''leased'', attempts = d.attempts + 1,',
        $words$UPDATE delivery d SET state = 'leased', attempts = d.attempts + 1,
            thin = d.kind = 'cv.released' AND (d.attempts = 0 OR d.thin)
                AND (SELECT e.mode = 'thin' FROM endpoint e WHERE e.id = d.endpoint_id),$words$);
    PERFORM function_reword(claim, 'WHEN list.id IS NULL OR receiver.kind = ''team'' THEN event_data(i.event)::text',
        $words$WHEN i.kind = 'cv.released' AND e.mode = 'thin' THEN event_cv_thin(i.event)::text
                WHEN list.id IS NULL OR receiver.kind = 'team' THEN event_data(i.event)::text$words$);
    PERFORM function_reword(claim, 'AND i.kind = ''cv.released'' AND l.id IS NOT NULL' || E'\n',
        E'AND i.kind = ''cv.released'' AND l.id IS NOT NULL AND e.mode = ''full''\n');
    PERFORM function_reword('delivery_arrived(delivery, int, text, text)', 'audit_append_for(given.home_id, ''cv.delivered'',',
        'audit_append_for(given.home_id, CASE WHEN item.thin THEN ''cv.announced'' ELSE ''cv.delivered'' END,');
    -- Ids are no CV: whoever got no more has nothing to be asked back.
    PERFORM function_reword('release_revoke(uuid, text)', 'NOT EXISTS (SELECT FROM delivery d JOIN outbox x ON x.id = d.outbox_id AND ',
        'NOT EXISTS (SELECT FROM delivery d JOIN outbox x ON x.id = d.outbox_id AND NOT d.thin AND ');
    PERFORM function_reword('release_left(uuid)', 'JOIN delivery d ON d.outbox_id = x.id', 'JOIN delivery d ON d.outbox_id = x.id AND NOT d.thin');
    PERFORM function_reword('release_sent_at(release)', 'JOIN delivery d ON d.outbox_id = x.id', 'JOIN delivery d ON d.outbox_id = x.id AND NOT d.thin');
    PERFORM function_reword('citizen_releases(uuid)', 'JOIN delivery d ON d.outbox_id = x.id', 'JOIN delivery d ON d.outbox_id = x.id AND NOT d.thin');
    PERFORM function_reword('outbox_remember(uuid, uuid, timestamptz)', 'AND d.kind = ''cv.released''', 'AND d.kind = ''cv.released'' AND NOT d.thin');
    PERFORM function_reword('citizen_action(text)', '(''cv.recalled'',',
        $words$('cv.announced', 'Gav arbejdsgiveren besked om, at dit CV kan hentes'),
        ('cv.opened', 'Bad om at hente dit CV'),
        ('cv.fetched', 'Hentede dit CV'),
        ('cv.link_made', 'Lavede et link til dit CV'),
        ('cv.recalled',$words$);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Fetching

-- The caller's own release, held in force until the transaction ends; else the problem is raised.
CREATE FUNCTION cv_release(wanted uuid) RETURNS release LANGUAGE plpgsql
AS $$
DECLARE
    given release;
    event outbox;
    why text;
BEGIN
    SELECT * INTO given FROM release r WHERE r.id = wanted AND r.employer_id = app_tenant();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'CV''et findes ikke.');
    END IF;
    -- A stop waits for who is on the way, as for a claim.
    PERFORM pg_advisory_xact_lock_shared(hashtext('emnebank.push'));
    IF (SELECT p.stopped FROM push_stop p WHERE p.one) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Alle forsendelser er stoppet. Prøv igen senere.');
    END IF;
    event.kind := 'cv.released';
    event.release_id := wanted;
    why := delivery_hindrance(event);
    IF why = 'locked' THEN
        PERFORM raise_problem('EB503', 'temporarily-unavailable', 'Der sker noget med frigivelsen lige nu. Prøv igen om lidt.');
    ELSIF why = 'stale' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'CV''et kan ikke hentes lige nu. Prøv igen senere.');
    ELSIF why IS NOT NULL THEN
        PERFORM raise_problem('EB410', 'gone', 'Frigivelsen gælder ikke længere. Har I CV''et, skal det slettes.');
    END IF;
    RETURN given;
END $$;

CREATE FUNCTION cv_audit(given release, act text, detail jsonb) RETURNS void LANGUAGE sql
AS $$
    SELECT audit_append_for(given.home_id, act, 'release', given.id::text, ARRAY[given.candidate_id],
        jsonb_build_object('release_id', given.id, 'order_id', given.order_id, 'employer_id', given.employer_id,
                           'legal_basis', given.legal_basis) || detail)
$$;

-- All that rendering needs, to the release's own employer. It is written down before anything is read; what is then really handed out
-- is written by cv_fetched, which must commit before the first byte leaves.
CREATE FUNCTION cv_open(wanted uuid, manner text)
    RETURNS TABLE (release_id uuid, released_us bigint, data text, municipality text, external_ref text, wrapped_key bytea, name bytea,
                   phone bytea, email bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE given release := cv_release(wanted);
BEGIN
    PERFORM cv_audit(given, 'cv.opened', jsonb_build_object('how', manner));
    RETURN QUERY
    SELECT given.id, floor(extract(epoch FROM given.released_at) * 1000000)::bigint, event_cv(given.id)::text,
           h.municipality_code::text, c.external_ref, p.wrapped_key, p.name, p.phone, p.email
    FROM candidate c JOIN candidate_person p ON p.candidate_id = c.id JOIN organisation h ON h.id = given.home_id
    WHERE c.id = given.candidate_id;
END $$;

-- The caller is handed the CV now: checked once more, since somebody may have taken the yes back while it was rendered.
CREATE FUNCTION cv_fetched(wanted uuid, manner text, digest text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE given release := cv_release(wanted);
BEGIN
    INSERT INTO release_reached (release_id, how, place, body_sha256, certain)
    VALUES (given.id, manner, app_setting('actor')::uuid, digest, true)
    ON CONFLICT ON CONSTRAINT release_reached_pkey DO UPDATE SET body_sha256 = excluded.body_sha256, certain = true;
    PERFORM cv_audit(given, 'cv.fetched', jsonb_build_object('how', manner, 'body_sha256', digest));
END $$;

-- A link to the CV as PDF: for one look within fifteen minutes, by its employer, with a key. The token is stored as its SHA-256.
CREATE TABLE cv_link (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    release_id uuid NOT NULL REFERENCES release,
    organisation_id uuid NOT NULL REFERENCES organisation,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX cv_link_old ON cv_link (expires_at);
ALTER TABLE cv_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE cv_link FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON cv_link TO emnebank_owner USING (true) WITH CHECK (true);

-- The address is not in the answer: the API shows it once and the stored answer of the idempotency key never has it.
CREATE FUNCTION cv_link_create(request_method text, request_path text, request_key text, request_fingerprint text, wanted uuid,
                               token bytea)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    given release;
    made cv_link;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    given := cv_release(wanted);
    DELETE FROM cv_link l WHERE l.expires_at < app_now() - interval '1 day';
    INSERT INTO cv_link (token_hash, release_id, organisation_id, expires_at)
    VALUES (token, given.id, app_tenant(), app_now() + interval '15 minutes') RETURNING * INTO made;
    PERFORM cv_audit(given, 'cv.link_made', '{}');
    answer.status := 201;
    answer.body := jsonb_build_object('url', NULL, 'expires_at', order_time(made.expires_at))::text;
    answer.replayed := false;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- The caller's link, locked, while it is good.
CREATE FUNCTION cv_link_good(token bytea) RETURNS cv_link LANGUAGE plpgsql
AS $$
DECLARE link cv_link;
BEGIN
    SELECT * INTO link FROM cv_link l WHERE l.token_hash = token AND l.organisation_id = app_tenant() FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Linket findes ikke.');
    ELSIF link.used_at IS NOT NULL OR link.expires_at <= app_now() THEN
        PERFORM raise_problem('EB410', 'gone', 'Linket er brugt eller udløbet. Lav et nyt.');
    END IF;
    RETURN link;
END $$;

-- As cv_open, once.
CREATE FUNCTION cv_open_link(token bytea)
    RETURNS TABLE (release_id uuid, released_us bigint, data text, municipality text, external_ref text, wrapped_key bytea, name bytea,
                   phone bytea, email bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE link cv_link := cv_link_good(token);
BEGIN
    UPDATE cv_link l SET used_at = app_now() WHERE l.token_hash = token;
    RETURN QUERY SELECT * FROM cv_open(link.release_id, 'pdf');
END $$;

-- Whether the caller could have it now, by its release or by a link, which stays good: nothing is opened and nothing written down.
CREATE FUNCTION cv_look(wanted uuid, token bytea) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM cv_release(CASE WHEN token IS NULL THEN wanted ELSE (cv_link_good(token)).release_id END);
END $$;

GRANT EXECUTE ON FUNCTION cv_open(uuid, text), cv_fetched(uuid, text, text), cv_open_link(bytea), cv_look(uuid, bytea),
    cv_link_create(text, text, text, text, uuid, bytea) TO emnebank_front;

RESET ROLE;
