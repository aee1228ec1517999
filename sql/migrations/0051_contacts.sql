-- What companies say when the team calls: the question guide, which the team edits, and the log of contacts. And what a person decides of
-- leads that are one.
--
-- Nobody at the company is named: a contact has the role of who was spoken to. What people they need goes to `need` (0045) besides.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- The question guide. Versions are never changed: each contact names the one that it answers.

CREATE TABLE question_guide (
    version int PRIMARY KEY CHECK (version > 0),
    questions jsonb NOT NULL,      -- [{"key", "kind", "text", "options"?}], in the order in which they are asked
    made_by uuid REFERENCES organisation,
    person text,                   -- of the team, who has made it; NULL: came with the program, or a machine's key
    made_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE lead_contact (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    lead_id uuid NOT NULL REFERENCES lead,
    organisation_id uuid NOT NULL REFERENCES organisation, -- who has called
    channel text NOT NULL CHECK (channel IN ('phone', 'meeting', 'email', 'site_visit', 'other')),
    role text NOT NULL CHECK (role IN ('director', 'project_manager', 'site_manager', 'foreman', 'hr', 'other', 'unknown')),
    outcome text NOT NULL CHECK (outcome IN ('reached', 'not_reached', 'call_back')),
    held_on date NOT NULL,
    again_on date,                 -- when to call again
    guide_version int NOT NULL REFERENCES question_guide,
    answers jsonb NOT NULL,        -- {"key": answer}, as the question's kind says
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lead_contact_lead ON lead_contact (lead_id, held_on DESC, created_at DESC);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['question_guide', 'lead_contact'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY partners ON %I TO emnebank_front USING ((SELECT app_partner())) WITH CHECK ((SELECT app_partner()))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON question_guide, lead_contact TO emnebank_front;
GRANT UPDATE ON lead_contact TO emnebank_front; -- a merge moves them

INSERT INTO question_guide (version, questions) VALUES (1, $json$[
    {"key": "competences", "kind": "competences", "text": "Hvilke kompetencer mangler I?"},
    {"key": "work_kinds", "kind": "work_kinds", "text": "Er det faste eller tidsbegrænsede ansættelser?"},
    {"key": "requirements", "kind": "requirements", "text": "Hvad er ufravigeligt, fx et epoxykursus, et kørekort eller et sprog?"},
    {"key": "needs", "kind": "needs", "text": "Hvor mange mangler I nu, om 3, om 6 og om 12 måneder, i hvilke fag?"},
    {"key": "agreement", "kind": "choice", "text": "Vil I høre om en partnerskabsaftale?", "options": ["ja", "nej", "senere"]},
    {"key": "note", "kind": "text", "text": "Andet, vi skal vide om opgaven? Ingen personoplysninger."}]$json$);

CREATE FUNCTION question_guide_read(wanted int) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE
    guide question_guide;
    answer api_reply;
BEGIN
    SELECT * INTO guide FROM question_guide g
    WHERE g.version = coalesce(wanted, (SELECT max(n.version) FROM question_guide n));
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Spørgeguiden findes ikke i den version.');
    END IF;
    answer.status := 200;
    answer.etag := guide.version;
    answer.replayed := false;
    answer.body := jsonb_build_object('version', guide.version, 'questions', guide.questions, 'made_by', guide.person,
                                      'made_at', lead_time(guide.made_at))::text;
    RETURN answer;
END $$;

-- PUT /v1/question-guide: a new version; the same questions again make none. `body` is {"questions"}.
CREATE FUNCTION question_guide_put(seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE newest question_guide;
BEGIN
    IF app_kind() IS DISTINCT FROM 'team' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun det fælles team ændrer spørgeguiden.');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('question_guide', 0));
    SELECT * INTO newest FROM question_guide g ORDER BY g.version DESC LIMIT 1;
    IF seen_version <> 0 AND seen_version <> newest.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Spørgeguiden er ændret, siden den blev læst.');
    END IF;
    IF newest.questions <> body -> 'questions' THEN
        INSERT INTO question_guide (version, questions, made_by, person)
        VALUES (newest.version + 1, body -> 'questions', app_tenant(), actor_person());
        PERFORM audit_append('question_guide.changed', 'question_guide', (newest.version + 1)::text, '{}',
                             jsonb_build_object('questions', jsonb_array_length(body -> 'questions')));
    END IF;
    RETURN question_guide_read(NULL);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- What is wrong with answers

CREATE FUNCTION guide_fault(pointer text, code text, detail text) RETURNS jsonb LANGUAGE sql IMMUTABLE
AS $$ SELECT jsonb_build_array(jsonb_build_object('pointer', pointer, 'code', code, 'detail', detail)) $$;

-- A list of texts that must be known; any form may be given.
CREATE FUNCTION guide_list_faults(answer jsonb, pointer text, maximum int, kind text) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF jsonb_typeof(answer) <> 'array' THEN
        RETURN guide_fault(pointer, 'TYPE', 'Svaret er en liste.');
    ELSIF jsonb_array_length(answer) > maximum THEN
        RETURN guide_fault(pointer, 'LENGTH', format('Højst %s.', maximum));
    END IF;
    RETURN (SELECT coalesce(jsonb_agg(f.fault -> 0 ORDER BY i.place), '[]')
            FROM jsonb_array_elements(answer) WITH ORDINALITY AS i (item, place),
            LATERAL (SELECT CASE
                WHEN kind = 'work_kinds' AND to_jsonb(ARRAY['permanent', 'temporary', 'seasonal', 'job_rotation', 'wage_subsidy', 'work_trial',
                                                            'flex']) @> jsonb_build_array(i.item) THEN NULL
                WHEN kind = 'competences' AND jsonb_typeof(i.item) = 'string' AND reference_known('competence', i.item #>> '{}') THEN NULL
                WHEN kind = 'requirements' THEN guide_requirement_fault(i.item, pointer || '/' || i.place - 1)
                ELSE guide_fault(pointer || '/' || i.place - 1, 'UNKNOWN', 'Koden kendes ikke.') END AS fault) AS f
            WHERE f.fault IS NOT NULL);
END $$;

-- {"kind", "code", "minimum_level"?}
CREATE FUNCTION guide_requirement_fault(item jsonb, pointer text) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF jsonb_typeof(item) <> 'object' OR item - ARRAY['kind', 'code', 'minimum_level'] <> '{}' THEN
        RETURN guide_fault(pointer, 'TYPE', 'Et krav er et objekt med kind, code og evt. minimum_level.');
    ELSIF (item ->> 'kind' IN ('certificate', 'licence', 'language', 'competence')) IS NOT TRUE THEN
        RETURN guide_fault(pointer || '/kind', 'CHOICE', 'Skal være certificate, licence, language eller competence.');
    ELSIF (jsonb_typeof(item -> 'code') = 'string' AND reference_known(item ->> 'kind', item ->> 'code')) IS NOT TRUE THEN
        RETURN guide_fault(pointer || '/code', 'UNKNOWN', reference_unknown_text(item ->> 'kind'));
    ELSIF item ? 'minimum_level' AND (item -> 'minimum_level')::text !~ '^[1-6]$' THEN
        RETURN guide_fault(pointer || '/minimum_level', 'RANGE', 'Et helt tal fra 1 til 6.');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION guide_answer_faults(question jsonb, answer jsonb, pointer text) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE kind text := question ->> 'kind';
BEGIN
    RETURN CASE
        WHEN question IS NULL THEN guide_fault(pointer, 'UNKNOWN', 'Spørgsmålet er ikke i den version af spørgeguiden.')
        WHEN kind IN ('competences', 'work_kinds', 'requirements') THEN
            guide_list_faults(answer, pointer, CASE kind WHEN 'competences' THEN 50 ELSE 30 END, kind)
        WHEN kind = 'needs' THEN need_faults(answer, pointer)
        WHEN kind = 'choice' AND NOT question -> 'options' @> jsonb_build_array(answer) THEN
            guide_fault(pointer, 'UNKNOWN', 'Svaret er ikke blandt spørgsmålets muligheder.')
        WHEN kind = 'text' AND (jsonb_typeof(answer) <> 'string' OR length(answer #>> '{}') NOT BETWEEN 1 AND 1000) THEN
            guide_fault(pointer, 'LENGTH', 'En tekst på 1-1000 tegn.')
        ELSE '[]' END;
END $$;

-- What only the database knows wrong with a contact, as [{"pointer", "code", "detail"}]; `body` may be of any form.
CREATE FUNCTION lead_contact_faults(wanted uuid, body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE
    faults jsonb := '[]';
    guide jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM lead l WHERE l.id = wanted) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    IF ((body -> 'guide_version')::text ~ '^[0-9]{1,9}$') IS NOT TRUE THEN
        RETURN faults;
    END IF;
    SELECT g.questions INTO guide FROM question_guide g WHERE g.version = (body ->> 'guide_version')::int;
    IF guide IS NULL THEN
        RETURN guide_fault('/guide_version', 'UNKNOWN', 'Spørgeguiden findes ikke i den version.');
    END IF;
    IF jsonb_typeof(body -> 'answers') = 'object' THEN
        SELECT coalesce(jsonb_agg(f.item ORDER BY a.key, f.place), '[]') INTO faults
        FROM jsonb_each(body -> 'answers') AS a,
             jsonb_array_elements(guide_answer_faults(
                 (SELECT q.item FROM jsonb_array_elements(guide) AS q (item) WHERE q.item ->> 'key' = a.key), a.value,
                 '/answers/' || replace(replace(a.key, '~', '~0'), '/', '~1'))) WITH ORDINALITY AS f (item, place);
    END IF;
    RETURN faults;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Contacts

CREATE FUNCTION lead_contact_document(c lead_contact) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', c.id, 'lead_id', c.lead_id, 'channel', c.channel, 'role', c.role, 'outcome', c.outcome,
        'held_on', c.held_on, 'again_on', c.again_on, 'guide_version', c.guide_version, 'answers', c.answers,
        'by', (SELECT jsonb_build_object('id', o.id, 'name', o.name, 'municipality', o.municipality_code)
               FROM organisation o WHERE o.id = c.organisation_id),
        'created_at', lead_time(c.created_at))
$$;

-- GET /v1/leads/{id}/contacts: the newest 200.
CREATE FUNCTION lead_contacts(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE answer api_reply;
BEGIN
    IF NOT EXISTS (SELECT FROM lead l WHERE l.id = wanted) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    answer.status := 200;
    answer.replayed := false;
    SELECT jsonb_build_object('items', coalesce(jsonb_agg(lead_contact_document(c) ORDER BY c.held_on DESC, c.created_at DESC, c.id), '[]'))::text
    INTO answer.body
    FROM lead_contact c
    WHERE c.id IN (SELECT n.id FROM lead_contact n WHERE n.lead_id = wanted ORDER BY n.held_on DESC, n.created_at DESC, n.id LIMIT 200);
    RETURN answer;
END $$;

-- The state that a contact leaves the lead in: what the caller says, else contacted once somebody of a new lead was reached.
CREATE FUNCTION lead_contact_state(held lead, body jsonb) RETURNS text LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF body ? 'state' AND held.state = 'order' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnet har en jobordre; dets tilstand ændres ikke mere.');
    END IF;
    RETURN CASE WHEN body ? 'state' THEN body ->> 'state'
                WHEN held.state = 'new' AND body ->> 'outcome' = 'reached' THEN 'contacted'
                ELSE held.state END;
END $$;

-- POST /v1/leads/{id}/contacts, once per idempotency key.
CREATE FUNCTION lead_contact_add(request_method text, request_path text, request_key text, request_fingerprint text, wanted uuid, body jsonb)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    held lead;
    faults jsonb;
    next_state text;
    made lead_contact;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    held := lead_hold(wanted, 0);
    faults := lead_contact_faults(wanted, body);
    IF (body ->> 'held_on')::date > app_today() THEN
        faults := faults || guide_fault('/held_on', 'RANGE', 'Kontakten har ikke været endnu.');
    END IF;
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    next_state := lead_contact_state(held, body);
    INSERT INTO lead_contact (lead_id, organisation_id, channel, role, outcome, held_on, again_on, guide_version, answers)
    VALUES (wanted, app_tenant(), body ->> 'channel', body ->> 'role', body ->> 'outcome', coalesce((body ->> 'held_on')::date, app_today()),
            (body ->> 'again_on')::date, (body ->> 'guide_version')::int, coalesce(body -> 'answers', '{}'))
    RETURNING * INTO made;
    PERFORM lead_contact_needs(made);
    UPDATE lead l SET state = next_state, dismissed_reason = CASE WHEN next_state = 'dismissed' THEN l.dismissed_reason END,
        dismissed_text = CASE WHEN next_state = 'dismissed' THEN l.dismissed_text END, version = l.version + 1, changed_at = now()
    WHERE l.id = wanted AND l.state <> next_state;
    PERFORM audit_append('lead.contacted', 'lead', wanted::text, '{}', jsonb_build_object('from', held.state, 'to', next_state,
                         'contact', made.id));
    answer.status := 201;
    answer.replayed := false;
    answer.body := (lead_contact_document(made) || jsonb_build_object('lead_state', next_state))::text;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- What people they said that they need stands in the forecast.
CREATE FUNCTION lead_contact_needs(made lead_contact) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE needs jsonb;
BEGIN
    SELECT jsonb_agg(n.item ORDER BY q.place, n.place) INTO needs
    FROM question_guide g, jsonb_array_elements(g.questions) WITH ORDINALITY AS q (item, place),
         jsonb_array_elements(nullif(made.answers -> (q.item ->> 'key'), 'null')) WITH ORDINALITY AS n (item, place)
    WHERE g.version = made.guide_version AND q.item ->> 'kind' = 'needs';
    IF needs IS NOT NULL THEN
        PERFORM need_say(made.lead_id, made.id, CASE WHEN made.held_on < app_today() THEN made.held_on + time '12:00' ELSE app_now() END, needs);
    END IF;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Leads that are one

-- Everything of one lead goes to another: what its sources said, its contacts, needs and orders. It stays as a pointer. SECURITY DEFINER:
-- orders of other organisations name the lead, too.
CREATE FUNCTION lead_move_all(gone lead, kept lead) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    ladder text[] := ARRAY['dismissed', 'new', 'contacted', 'agreement', 'order'];
    further boolean := array_position(ladder, gone.state) > array_position(ladder, kept.state);
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Emner deles kun mellem myndighederne og det fælles team.');
    END IF;
    UPDATE lead_origin o SET lead_id = kept.id WHERE o.lead_id = gone.id;
    UPDATE lead_contact c SET lead_id = kept.id WHERE c.lead_id = gone.id;
    UPDATE job_order o SET lead_id = kept.id WHERE o.lead_id = gone.id;
    PERFORM need_move(gone.id, kept.id);
    UPDATE lead_likeness s SET state = 'same', decided_by = coalesce(actor_person(), app_setting('actor')), decided_at = now()
    WHERE s.state = 'proposed' AND gone.id IN (s.lead_id, s.other_id) AND kept.id IN (s.lead_id, s.other_id);
    DELETE FROM lead_likeness s
    WHERE s.state = 'proposed' AND gone.id IN (s.lead_id, s.other_id)
      AND EXISTS (SELECT FROM lead_likeness t WHERE kept.id IN (t.lead_id, t.other_id)
                  AND CASE gone.id WHEN s.lead_id THEN s.other_id ELSE s.lead_id END IN (t.lead_id, t.other_id));
    UPDATE lead_likeness s SET lead_id = CASE s.lead_id WHEN gone.id THEN kept.id ELSE s.lead_id END,
        other_id = CASE s.other_id WHEN gone.id THEN kept.id ELSE s.other_id END
    WHERE s.state = 'proposed' AND gone.id IN (s.lead_id, s.other_id);
    DELETE FROM lead_municipality m WHERE m.lead_id = gone.id;
    UPDATE lead l SET merged_into = kept.id, listed = false, version = l.version + 1, changed_at = now() WHERE l.id = gone.id;
    UPDATE lead l SET merged_into = kept.id WHERE l.merged_into = gone.id;
    UPDATE lead l SET state = CASE WHEN further THEN gone.state ELSE l.state END,
        dismissed_reason = CASE WHEN NOT further THEN l.dismissed_reason END, dismissed_text = CASE WHEN NOT further THEN l.dismissed_text END,
        assigned_to = coalesce(l.assigned_to, gone.assigned_to)
    WHERE l.id = kept.id;
    PERFORM lead_remerge(ARRAY[kept.id]);
END $$;

-- POST /v1/leads/{id}/merge: `wanted` turns out to be `body` {"into"}, which is answered.
CREATE FUNCTION lead_merge_into(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    target uuid := (body ->> 'into')::uuid;
    gone lead;
    kept lead;
BEGIN
    -- As imports do, and in the order of ids: no import joins a lead that goes meanwhile, and no two merges wait for each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    gone := lead_hold(wanted, seen_version);
    IF target = wanted OR NOT EXISTS (SELECT FROM lead l WHERE l.id = target) THEN
        PERFORM raise_problem('EB422', 'invalid-body', guide_fault('/into', 'UNKNOWN', 'Angiv et andet emne, som findes.')::text);
    END IF;
    kept := lead_hold(target, 0);
    IF gone.cvr <> kept.cvr THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnerne har hver sit CVR-nummer og er to virksomheder.');
    END IF;
    PERFORM lead_move_all(gone, kept);
    PERFORM lead_place(ARRAY[kept.id], '{}');
    PERFORM audit_append('lead.merged', 'lead', wanted::text, '{}', jsonb_build_object('into', kept.id));
    RETURN lead_read(kept.id);
END $$;

CREATE FUNCTION lead_likeness_document(s lead_likeness) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', s.id, 'state', s.state, 'company', round(s.company::numeric, 2), 'project', round(s.project::numeric, 2),
        'leads', (SELECT jsonb_agg(jsonb_build_object('id', l.id, 'company', l.company_name, 'cvr', l.cvr, 'project', l.data #>> '{project,name}',
                                   'title', l.data ->> 'title', 'stage', l.stage, 'state', l.state, 'created_at', lead_time(l.created_at))
                                   ORDER BY l.id = s.other_id DESC)
                  FROM lead l WHERE l.id IN (s.lead_id, s.other_id)),
        'created_at', lead_time(s.created_at), 'decided_at', lead_time(s.decided_at))
$$;

-- GET /v1/lead-likenesses: what waits for a decision, the most alike first; the first 200, deciding makes room.
CREATE FUNCTION lead_likenesses() RETURNS api_reply LANGUAGE sql STABLE
AS $$
    SELECT (200, jsonb_build_object('items', coalesce(jsonb_agg(lead_likeness_document(s) ORDER BY s.company * s.project DESC, s.id), '[]'))::text,
            NULL::bigint, NULL::text, false)::api_reply
    FROM lead_likeness s
    WHERE s.id IN (SELECT n.id FROM lead_likeness n WHERE n.state = 'proposed' ORDER BY n.company * n.project DESC, n.id LIMIT 200)
$$;

-- PATCH /v1/lead-likenesses/{id}: {"state": "same" | "different"}. The same: the later lead goes into the earlier.
CREATE FUNCTION lead_likeness_decide(wanted uuid, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held lead_likeness;
    answer api_reply;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    SELECT * INTO held FROM lead_likeness s WHERE s.id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Forslaget findes ikke.');
    ELSIF held.state <> 'proposed' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Forslaget er afgjort.');
    END IF;
    IF body ->> 'state' = 'same' THEN
        PERFORM lead_merge_into(held.lead_id, 0, jsonb_build_object('into', held.other_id));
    ELSE
        UPDATE lead_likeness s SET state = 'different', decided_by = coalesce(actor_person(), app_setting('actor')), decided_at = now() WHERE s.id = wanted;
        PERFORM audit_append('lead.kept_apart', 'lead', held.lead_id::text, '{}', jsonb_build_object('other', held.other_id));
    END IF;
    SELECT 200, lead_likeness_document(s)::text INTO answer.status, answer.body FROM lead_likeness s WHERE s.id = wanted;
    answer.replayed := false;
    RETURN answer;
END $$;

GRANT EXECUTE ON FUNCTION question_guide_read(int), question_guide_put(bigint, jsonb), guide_fault(text, text, text),
    guide_list_faults(jsonb, text, int, text), guide_requirement_fault(jsonb, text), guide_answer_faults(jsonb, jsonb, text),
    lead_contact_faults(uuid, jsonb), lead_contact_document(lead_contact), lead_contacts(uuid), lead_contact_state(lead, jsonb),
    lead_contact_add(text, text, text, text, uuid, jsonb), lead_contact_needs(lead_contact), lead_move_all(lead, lead),
    lead_merge_into(uuid, bigint, jsonb), lead_likeness_document(lead_likeness), lead_likenesses(), lead_likeness_decide(uuid, jsonb)
    TO emnebank_front;

RESET ROLE;
