-- Entries, from the home's answer to the job: answers that are asked, replaced or late, many in one call, the outcome, a home's own
-- candidate outside the ranking, and the reserve that the team puts forward by hand (services/shortlists).
--
-- Lock order as in 0001, and within each step by id: candidate, job_order, the lock of putting forward, shortlist_entry, release,
-- outbox, audit_head. Whoever answers holds candidate and order shared; who hires holds the candidate alone (FOR NO KEY UPDATE), so
-- that one person's hires come one after the other, and the orders of all their entries shared. What needs more than one row of
-- a step takes them all before the next step, and the heads of all its chains before its first line of audit.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE shortlist_entry
    ADD COLUMN replaced_by uuid REFERENCES shortlist_entry,  -- who was put forward in this one's place
    ADD COLUMN outside_ranking boolean NOT NULL DEFAULT false,  -- the home's own addition: never ranked, no points
    ADD COLUMN addition_reason text,   -- a code
    ADD COLUMN addition_text text,     -- the home's words, which stay at home
    ADD COLUMN hired_from date,        -- the first day of the job
    ADD COLUMN hired_until timestamptz,  -- when the person came back to the pool; NULL: has the job
    ALTER rank DROP NOT NULL, ALTER score DROP NOT NULL,
    ADD CHECK (outside_ranking = (rank IS NULL)), ADD CHECK (outside_ranking = (score IS NULL)),
    ADD CHECK (outside_ranking = (addition_reason IS NOT NULL)),
    ADD CHECK (hired_until IS NULL OR state = 'hired');

-- Nobody is hired twice: one job at a time. A job ends when its person, withdrawn from the pool, is taken into it again.
CREATE UNIQUE INDEX one_job_per_person ON shortlist_entry (candidate_id) WHERE state = 'hired' AND hired_until IS NULL;

CREATE FUNCTION candidate_returned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    UPDATE shortlist_entry e SET hired_until = app_now()
    WHERE e.candidate_id = NEW.id AND e.state = 'hired' AND e.hired_until IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER candidate_returned AFTER UPDATE OF withdrawn_at ON candidate FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL) EXECUTE FUNCTION candidate_returned();

-- ---------------------------------------------------------------------------------------------------------------
-- What earlier functions must know of all this

DO $$
BEGIN
    PERFORM function_reword('order_choose(job_order, uuid[], int[], int)', 'WHERE k.withdrawn_at IS NULL',
        E'WHERE k.withdrawn_at IS NULL\n          AND NOT EXISTS (SELECT FROM shortlist_entry h WHERE h.candidate_id = k.id AND h.state = ''hired'' AND h.hired_until IS NULL)');
    PERFORM function_reword('release_in_force(uuid)', $old$e.state <> 'withdrawn'$old$,
        $new$e.state NOT IN ('withdrawn', 'not_relevant', 'obsolete')$new$);
    -- A list is what was ranked: its digest, its last in rank, and what homes are sent of it.
    PERFORM function_reword('shortlist_digest(uuid)', 'WHERE e.shortlist_id = wanted', 'WHERE e.shortlist_id = wanted AND NOT e.outside_ranking');
    PERFORM function_reword('standing_lists(uuid[])', 'e.shortlist_id = s.id', 'e.shortlist_id = s.id AND NOT e.outside_ranking');
    PERFORM function_reword('event_shortlist(outbox)', 'WHERE s.state <> ''reserve''', 'WHERE s.state <> ''reserve'' AND NOT s.outside_ranking');
    PERFORM function_reword('delivery_claim(int, int, int, interval)', 's.shortlist_id = list.id AND s.state <> ''reserve''',
                            's.shortlist_id = list.id AND s.state <> ''reserve'' AND NOT s.outside_ranking');
    PERFORM function_reword('proposals_made(bigint, uuid[], jsonb)', $old$e.state IN ('declined', 'no')$old$,
                            $new$e.state IN ('declined', 'replaced', 'no', 'not_relevant')$new$);
    -- Who reads the newest list sees the additions to the order, whichever list was the newest then.
    PERFORM function_reword('shortlist_read(uuid)', 'WHERE e.shortlist_id = found_list.id',
        'WHERE (e.shortlist_id = found_list.id OR e.order_id = wanted_order AND e.outside_ranking)');
    -- An employer answers for an entry, so a CV says which one it is.
    PERFORM function_reword('event_cv(uuid)', '''release_id'', r.id,', '''release_id'', r.id, ''entry_id'', r.entry_id,');
END $$;

-- One entry as the caller may see it, as 0018 made it. On how many lists the person is, those are told whose business it is: the
-- home, and the team.
CREATE OR REPLACE FUNCTION entry_document(shown shortlist_entry) RETURNS text LANGUAGE plpgsql STABLE
AS $$
DECLARE
    home char(4);
    document text;
    reference text;
BEGIN
    SELECT o.municipality_code INTO home FROM organisation o WHERE o.id = shown.organisation_id;
    document := json_build_object(
        'id', shown.id, 'order_id', shown.order_id, 'shortlist_id', shown.shortlist_id,
        'rank', shown.rank, 'score', shown.score, 'state', shown.state, 'version', shown.version,
        'municipality', home, 'candidate', json_build_object('id', shown.candidate_id),
        'own', shown.organisation_id = app_tenant(), 'explanation_da', shown.explanation_da,
        'outside_ranking', shown.outside_ranking, 'addition_reason', shown.addition_reason, 'replaced_by', shown.replaced_by,
        'hired_from', shown.hired_from,
        'decline_reason', shown.decline_reason, 'changed_at', order_time(shown.changed_at),
        'approval', (SELECT json_build_object('person', a.person, 'approved_at', order_time(a.approved_at))
                     FROM approval a WHERE a.entry_id = shown.id),
        'consent', (SELECT json_build_object('given_at', order_time(c.given_at), 'how', c.how, 'text_version', c.text_version,
                           'recorded_at', order_time(c.recorded_at), 'withdrawn_at', order_time(c.withdrawn_at))
                    FROM consent c WHERE c.entry_id = shown.id),
        'release', (SELECT json_build_object('id', r.id, 'legal_basis', r.legal_basis, 'released_at', order_time(r.released_at),
                           'revoked_at', order_time(r.revoked_at))
                    FROM release r WHERE r.entry_id = shown.id));
    IF shown.organisation_id = app_tenant() OR app_kind() = 'team' THEN
        document := concat(left(document, -1), ',"lists":', entry_lists(shown), '}');
    END IF;
    SELECT k.external_ref INTO reference FROM candidate k
    WHERE k.id = shown.candidate_id AND k.organisation_id = app_tenant();
    document := concat(left(document, -1), ',"parts":', shown.parts, ',"facts":', shown.facts, '}');
    IF reference IS NULL THEN
        RETURN document;
    END IF;
    RETURN concat(left(document, -1), ',', substr(json_build_object('external_ref', reference, 'decline_text', shown.decline_text,
        'addition_text', shown.addition_text,
        'href', '/v1/candidates/' || home || '/' || path_segment(reference))::text, 2));
END $$;

-- On how many orders' lists the person is on the way just now, this one's counted, and how many the settings allow.
CREATE FUNCTION entry_lists(shown shortlist_entry) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE own shortlist_entry;
BEGIN
    SELECT * INTO own FROM shortlist_entry e WHERE e.id = shown.id AND (e.organisation_id = app_tenant() OR app_kind() = 'team');
    RETURN json_build_object(
        'live', (SELECT count(DISTINCT e.order_id) FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id
                 WHERE e.candidate_id = own.candidate_id AND entry_live(e.state) AND (order_live(o.state) OR o.state = 'paused')),
        'limit', (policy_of((SELECT o.organisation_id FROM job_order o WHERE o.id = own.order_id))).lists_per_candidate);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Holding

-- These of the entries that the caller moves, held as entry_hold would, all at once; `putting`: and the lock of putting forward.
CREATE FUNCTION entries_hold(wanted uuid[], putting boolean) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE held uuid[];
BEGIN
    held := ARRAY(SELECT e.id FROM shortlist_entry e
                  WHERE e.id = ANY (wanted) AND (app_kind() = 'team' OR e.organisation_id = app_tenant()));
    PERFORM FROM candidate k WHERE k.id IN (SELECT e.candidate_id FROM shortlist_entry e WHERE e.id = ANY (held))
        ORDER BY k.id FOR SHARE;
    PERFORM FROM job_order o WHERE o.id IN (SELECT e.order_id FROM shortlist_entry e WHERE e.id = ANY (held))
        ORDER BY o.id FOR SHARE;
    IF putting THEN
        PERFORM put_forward_hold();
    END IF;
    PERFORM FROM shortlist_entry e WHERE e.id = ANY (held) ORDER BY e.id FOR UPDATE;
END $$;

-- One put-forward at a time, as in order_choose (0020).
CREATE FUNCTION put_forward_hold() RETURNS void LANGUAGE plpgsql
AS $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('emnebank.put_forward')); END $$;

-- The heads of these chains, before the first line is written in one of them.
CREATE FUNCTION audit_hold(chains uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO audit_head SELECT DISTINCT c.id, 0, ''::bytea FROM unnest(chains) AS c (id) WHERE c.id IS NOT NULL ORDER BY c.id
    ON CONFLICT DO NOTHING;
    PERFORM FROM audit_head h WHERE h.organisation_id = ANY (chains) ORDER BY h.organisation_id FOR UPDATE;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Leaving

-- In the chains of the homes; the heads first, that of whoever acts among them.
CREATE FUNCTION entries_leave_audit(moved shortlist_entry[], recalled release[], target text, code text, recall_reason text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    told shortlist_entry;
    gone release;
BEGIN
    PERFORM audit_hold(app_tenant() || ARRAY(SELECT m.organisation_id FROM unnest(moved) AS m));
    FOR told IN SELECT * FROM unnest(moved) AS m ORDER BY m.organisation_id, m.id LOOP
        PERFORM audit_append_for(told.organisation_id, 'entry.' || target, 'shortlist_entry', told.id::text, ARRAY[told.candidate_id],
                                 jsonb_build_object('order_id', told.order_id, 'reason', coalesce(code, recall_reason)));
    END LOOP;
    FOR gone IN SELECT * FROM unnest(recalled) AS r ORDER BY r.home_id, r.id LOOP
        PERFORM audit_append_for(gone.home_id, 'cv.recalled', 'release', gone.id::text, ARRAY[gone.candidate_id],
                                 jsonb_build_object('reason', recall_reason));
    END LOOP;
END $$;

-- These entries are over: to `target` (withdrawn, obsolete), with `code` as their reason; whoever of them has been released is
-- called back with `recall_reason`. Homes and team are told of those who had been put forward. All entries are locked first and
-- the audit is written last, as the lock order asks. Who becomes obsolete does so by the daemon, whoever reported the hire: one
-- employer did nothing on another's order, and is not to be read there as if it knew of it.
CREATE FUNCTION entries_leave(ended uuid[], target text, code text, recall_reason text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    told shortlist_entry;
    was text;
    moved shortlist_entry[] := '{}';
    recalled release[] := '{}';
    gone release;
    tenant text := app_setting('tenant');
    actor text := app_setting('actor');
BEGIN
    PERFORM FROM shortlist_entry e WHERE e.id = ANY (ended) ORDER BY e.id FOR UPDATE;
    IF target = 'obsolete' THEN
        PERFORM set_config('app.actor', '', true), set_config('app.acting', '', true);
    END IF;
    FOR told IN SELECT * FROM shortlist_entry e WHERE e.id = ANY (ended) AND entry_step_legal(e.state, target) ORDER BY e.id LOOP
        was := told.state;
        PERFORM set_config('app.tenant', CASE target WHEN 'obsolete' THEN '' ELSE coalesce(tenant, '') END, true);
        UPDATE shortlist_entry e SET state = target, decline_reason = coalesce(code, e.decline_reason), version = e.version + 1
        WHERE e.id = told.id RETURNING * INTO told;
        PERFORM set_config('app.tenant', coalesce(tenant, ''), true);
        moved := moved || told;
        FOR gone IN SELECT * FROM release r WHERE r.entry_id = told.id AND r.revoked_at IS NULL LOOP
            IF release_revoke(gone.id, recall_reason) THEN
                recalled := recalled || gone;
            END IF;
        END LOOP;
        IF was <> 'reserve' THEN
            PERFORM entry_tell(told);
        END IF;
    END LOOP;
    IF moved <> '{}' THEN
        PERFORM entries_leave_audit(moved, recalled, target, code, recall_reason);
    END IF;
    PERFORM set_config('app.actor', coalesce(actor, ''), true);
END $$;

-- As 0009 made it: because the yes was taken back, or the candidate left the pool.
CREATE OR REPLACE FUNCTION entries_end(ended uuid[], reason text) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT entries_leave(ended, 'withdrawn', NULL, reason) $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Answers of the home

-- In the place of one that its home replaced: that home's own next in rank from the reserve; has it none, the next of all. Whose it
-- is, the daemon decides by the list, not the one who answered. NULL: nobody, or there are enough without.
CREATE FUNCTION entry_next(replaced uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    gone shortlist_entry;
    wanted job_order;
    newest uuid;
    reserve uuid[];
    points int[];
    chosen uuid[] := '{}';
    successor uuid;
    answering text := app_tenant();
BEGIN
    SELECT * INTO gone FROM shortlist_entry e
    WHERE e.id = replaced AND e.organisation_id = app_tenant() AND e.state = 'replaced' AND e.replaced_by IS NULL;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    SELECT * INTO STRICT wanted FROM job_order o WHERE o.id = gone.order_id;
    IF NOT order_live(wanted.state) OR order_live_entries(wanted.id) >= order_wanted(wanted.minimum) THEN
        RETURN NULL;
    END IF;
    SELECT s.id INTO newest FROM shortlist s WHERE s.order_id = wanted.id ORDER BY s.order_version DESC LIMIT 1;
    FOR turn IN 1..2 LOOP
        SELECT array_agg(e.candidate_id ORDER BY e.rank), array_agg(e.score ORDER BY e.rank) INTO reserve, points
        FROM shortlist_entry e
        WHERE e.shortlist_id = newest AND e.state = 'reserve' AND (turn = 2 OR e.organisation_id = gone.organisation_id);
        IF chosen = '{}' AND reserve IS NOT NULL THEN
            -- The first whom nobody changes just now: after the lock of putting forward no candidate is waited for.
            chosen := ARRAY(SELECT k.id
                            FROM unnest(order_choose(wanted, reserve, points, cardinality(reserve))) WITH ORDINALITY AS c (id, place)
                            JOIN candidate k ON k.id = c.id
                            ORDER BY c.place LIMIT 1 FOR SHARE OF k SKIP LOCKED);
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant', '', true), set_config('app.acting', '', true);
    UPDATE shortlist_entry e SET state = 'proposed', version = e.version + 1
    WHERE e.shortlist_id = newest AND e.candidate_id = ANY (chosen) AND e.state = 'reserve' RETURNING e.id INTO successor;
    IF successor IS NOT NULL THEN
        UPDATE shortlist_entry e SET replaced_by = successor WHERE e.id = replaced;
        PERFORM shortlist_tell(wanted, newest, chosen);
        PERFORM order_log(wanted.id, 'put_forward', 'successor', 'replaced', jsonb_build_object('entries', 1));
    END IF;
    PERFORM set_config('app.tenant', coalesce(answering, ''), true);
    RETURN successor;
END $$;

-- Whoever answers after the deadline, a home or a candidate, brings somebody back who may be on another list of the same employer
-- by now.
CREATE FUNCTION entry_taken(held shortlist_entry) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    RETURN held.state = 'no_answer' AND EXISTS (
        SELECT FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id JOIN job_order own ON own.id = held.order_id
        WHERE e.candidate_id = held.candidate_id AND e.id <> held.id AND entry_live(e.state)
          AND (o.id = own.id OR o.employer_id = own.employer_id) AND (order_live(o.state) OR o.state = 'paused'));
END $$;

CREATE FUNCTION entry_late(wanted uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM shortlist_entry e WHERE e.id = wanted AND e.organisation_id = app_tenant() AND entry_taken(e)) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kandidaten står nu på en anden liste hos samme arbejdsgiver.');
    END IF;
END $$;

-- POST /v1/shortlist-entries/{id}/answer, for the home: `body` as the API checked it. Late answers (after no_answer) count while
-- the order takes answers.
CREATE OR REPLACE FUNCTION entry_answer(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held shortlist_entry;
    said text := body ->> 'answer';
    detail jsonb := '{}';
BEGIN
    IF NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.id = wanted AND e.organisation_id = app_tenant()) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    -- A late answer brings somebody back whom another list may be taking just now.
    IF said = 'replace' OR EXISTS (SELECT FROM shortlist_entry e WHERE e.id = wanted AND e.state = 'no_answer') THEN
        PERFORM entries_hold(ARRAY[wanted], true);
    END IF;
    held := entry_hold(wanted, seen_version);
    IF said = 'withdraw' THEN
        IF held.state NOT IN ('yes', 'approved', 'released', 'interview') THEN
            PERFORM raise_problem('EB409', 'answer-not-possible', 'Der er intet ja at tage tilbage.');
        END IF;
        UPDATE consent c SET withdrawn_at = clock_timestamp() WHERE c.entry_id = wanted AND c.withdrawn_at IS NULL;
        RETURN entry_reply(wanted);
    END IF;
    PERFORM entry_order_open(held);
    IF said IN ('confirm', 'yes') THEN
        PERFORM entry_late(wanted);
    END IF;
    CASE said
    WHEN 'confirm' THEN
        PERFORM entry_move(held, '{proposed,no_answer}', 'confirmed');
    WHEN 'asked' THEN
        PERFORM entry_move(held, '{confirmed}', 'asked');
    WHEN 'decline', 'replace' THEN
        PERFORM entry_move(held, '{proposed,confirmed,asked,no_answer}', CASE said WHEN 'decline' THEN 'declined' ELSE 'replaced' END,
                           body ->> 'reason', body ->> 'text');
        detail := jsonb_build_object('reason', body ->> 'reason');
    WHEN 'no' THEN
        PERFORM entry_move(held, '{confirmed,asked,no_answer}', 'no');
    WHEN 'yes' THEN
        INSERT INTO consent (entry_id, candidate_id, order_id, employer_id, organisation_id, given_at, recorded_by, how, text_version)
        SELECT held.id, held.candidate_id, held.order_id, o.employer_id, held.organisation_id, (body ->> 'given_at')::timestamptz,
               coalesce(actor_person(), app_setting('actor'), session_user), body ->> 'how', body ->> 'text_version'
        FROM job_order o WHERE o.id = held.order_id;
        PERFORM entry_move(held, '{confirmed,asked,no_answer}', 'yes');
    END CASE;
    IF said = 'replace' THEN
        PERFORM entry_next(wanted);
    END IF;
    PERFORM entry_done(wanted, detail);
    RETURN entry_reply(wanted);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Outcome

-- POST /v1/shortlist-entries/{id}/outcome, by the team, the home, or the employer whose CV it is: {"outcome": "interview" | "hired",
-- "start_date"? | "not_relevant", "reason", "text"?}. A hire ends all that the person was on the way to elsewhere, in this
-- transaction.
CREATE FUNCTION entry_outcome(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    answer api_reply;
    held shortlist_entry;
    target text := body ->> 'outcome';
    released uuid;
    recalled boolean := false;
BEGIN
    held := outcome_hold(wanted, seen_version, target = 'hired');
    IF target = 'hired' AND EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = held.candidate_id AND e.id <> held.id
                                      AND e.state = 'hired' AND e.hired_until IS NULL) THEN
        -- Where, or that, is not for an employer to know.
        PERFORM raise_problem('EB409', 'answer-not-possible', CASE WHEN app_partner() THEN 'Kandidaten har fået arbejde et andet sted.'
                                                                   ELSE 'Svaret er ikke muligt, som emnet står nu.' END);
    END IF;
    PERFORM entry_move(held, CASE WHEN target = 'interview' THEN '{released}' ELSE '{released,interview}' END::text[], target,
                       body ->> 'reason', body ->> 'text');
    IF target = 'hired' THEN
        UPDATE shortlist_entry e SET hired_from = coalesce((body ->> 'start_date')::date, o.start_date)
        FROM job_order o WHERE e.id = wanted AND o.id = e.order_id;
        PERFORM entries_leave(ARRAY(SELECT e.id FROM shortlist_entry e WHERE e.candidate_id = held.candidate_id
                                      AND entry_step_legal(e.state, 'obsolete')), 'obsolete', 'hired_elsewhere', 'candidate_withdrawn');
    ELSIF target = 'not_relevant' THEN
        -- Whoever has no use for a CV may not keep it.
        SELECT r.id, release_revoke(r.id, 'not_relevant') INTO released, recalled FROM release r WHERE r.entry_id = wanted;
    END IF;
    SELECT * INTO STRICT held FROM shortlist_entry e WHERE e.id = wanted;
    PERFORM entry_tell(held);
    PERFORM entry_audit('entry.' || target, held, CASE WHEN body ? 'reason' THEN jsonb_build_object('reason', body ->> 'reason') ELSE '{}' END);
    IF recalled THEN
        PERFORM audit_append_for(held.organisation_id, 'cv.recalled', 'release', released::text, ARRAY[held.candidate_id],
                                 jsonb_build_object('reason', 'not_relevant'));
    END IF;
    answer.status := 200;
    answer.body := jsonb_build_object('id', held.id, 'order_id', held.order_id, 'state', held.state, 'version', held.version,
        'reason', held.decline_reason, 'hired_from', held.hired_from, 'changed_at', order_time(held.changed_at))::text;
    answer.etag := held.version;
    answer.replayed := false;
    RETURN answer;
END $$;

-- The entry, its person (for a hire alone), the orders and, for a hire, all of that person's entries, in the order of locks. An
-- employer knows the entries whose CV it was sent, no other.
CREATE FUNCTION outcome_hold(wanted uuid, seen_version bigint, hiring boolean) RETURNS shortlist_entry LANGUAGE plpgsql
AS $$
DECLARE held shortlist_entry;
BEGIN
    SELECT * INTO held FROM shortlist_entry e
    WHERE e.id = wanted AND (app_kind() = 'team' OR e.organisation_id = app_tenant()
                             OR EXISTS (SELECT FROM release r WHERE r.entry_id = e.id AND r.employer_id = app_tenant()));
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    IF hiring THEN
        PERFORM FROM candidate k WHERE k.id = held.candidate_id FOR NO KEY UPDATE;
    ELSE
        PERFORM FROM candidate k WHERE k.id = held.candidate_id FOR SHARE;
    END IF;
    PERFORM FROM job_order o
        WHERE o.id = held.order_id
           OR hiring AND o.id IN (SELECT e.order_id FROM shortlist_entry e
                                  WHERE e.candidate_id = held.candidate_id AND entry_step_legal(e.state, 'obsolete'))
        ORDER BY o.id FOR SHARE;
    PERFORM FROM shortlist_entry e WHERE e.id = wanted OR hiring AND e.candidate_id = held.candidate_id AND entry_step_legal(e.state, 'obsolete')
        ORDER BY e.id FOR UPDATE;
    SELECT * INTO STRICT held FROM shortlist_entry e WHERE e.id = wanted;
    IF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Emnet er ændret, siden det blev læst.');
    END IF;
    RETURN held;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Many answers in one call

-- POST /v1/shortlist-entries/answers: `items` as the API read them, in their order: {"id", "version", "body"} each, or {"id",
-- "errors"} where it found faults. Every item is answered by itself (a savepoint), as if it had come alone; what is held for all
-- is held first.
CREATE FUNCTION entry_answers(request_method text, request_path text, request_key text, request_fingerprint text, items jsonb)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    item jsonb;
    results jsonb[] := '{}';
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    PERFORM entries_hold(ARRAY(SELECT (i.item ->> 'id')::uuid FROM jsonb_array_elements(items) AS i (item) WHERE i.item ? 'body'),
                         EXISTS (SELECT FROM jsonb_array_elements(items) AS i (item) WHERE i.item #>> '{body,answer}' = 'replace'));
    FOR item IN SELECT i.item FROM jsonb_array_elements(items) WITH ORDINALITY AS i (item, place) ORDER BY i.place LOOP
        results := results || answer_of(item);
    END LOOP;
    answer.status := 200;
    answer.body := jsonb_build_object('results', to_jsonb(results))::text;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

CREATE FUNCTION answer_of(item jsonb) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    given api_reply;
    slug text;
    detail text;
BEGIN
    IF item ? 'errors' THEN
        RETURN jsonb_build_object('id', item -> 'id', 'status', 422, 'problem',
            jsonb_build_object('type', '/problems/invalid-body', 'detail', 'Svaret overholder ikke reglerne.', 'errors', item -> 'errors'));
    END IF;
    given := entry_answer((item ->> 'id')::uuid, (item ->> 'version')::bigint, item -> 'body');
    RETURN jsonb_build_object('id', item -> 'id', 'status', 200, 'version', given.etag, 'state', given.body::json ->> 'state');
EXCEPTION WHEN SQLSTATE 'EB403' OR SQLSTATE 'EB404' OR SQLSTATE 'EB409' OR SQLSTATE 'EB412' THEN
    GET STACKED DIAGNOSTICS slug = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN jsonb_build_object('id', item -> 'id', 'status', right(SQLSTATE, 3)::int,
                              'problem', jsonb_build_object('type', '/problems/' || slug, 'detail', detail));
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Beside the ranking: the home's own addition, and the team's hand in the reserve

-- Nobody is put on a list who has a job, is on another list of the same employer, or on as many as the settings allow.
CREATE FUNCTION entry_room(wanted job_order, who uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    most int := (policy_of(wanted.organisation_id)).lists_per_candidate;
    lists int;
    taken int;
BEGIN
    IF EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = who AND e.state = 'hired' AND e.hired_until IS NULL) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kandidaten har fået arbejde.');
    END IF;
    SELECT count(DISTINCT o.id) FILTER (WHERE o.id <> wanted.id),
           count(*) FILTER (WHERE o.id = wanted.id OR o.employer_id = wanted.employer_id)
    INTO lists, taken
    FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id
    WHERE e.candidate_id = who AND (order_live(o.state) OR o.state = 'paused') AND entry_live(e.state);
    IF taken > 0 THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kandidaten er allerede i spil hos denne arbejdsgiver.');
    END IF;
    IF lists >= most THEN
        PERFORM raise_problem('EB409', 'state-conflict', format('Kandidaten er på %s kandidatlister, og grænsen er %s.', lists, most));
    END IF;
END $$;

-- Who would be left out of any ranking today. The home alone is told why.
CREATE FUNCTION addition_fit(who candidate) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF who.withdrawn_at IS NOT NULL THEN
        PERFORM raise_problem('EB409', 'candidate-withdrawn', 'Kandidaten er taget ud af emnebanken.');
    END IF;
    IF who.protection <> 'none' THEN
        PERFORM raise_problem('EB409', 'protected-person', 'Kandidaten har beskyttelse.');
    END IF;
    IF who.screening_until IS NULL OR who.screening_until < (app_now() AT TIME ZONE 'Europe/Copenhagen')::date THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kandidatens screening gælder ikke i dag.');
    END IF;
END $$;

-- POST /v1/job-orders/{id}/additions: {"candidate": the home's own reference, "reason", "text"?}. The home vouches for the candidate,
-- who is confirmed at once, beside the ranking: no rank, no points, no place among those who have.
CREATE FUNCTION entry_add(request_method text, request_path text, request_key text, request_fingerprint text, wanted_order uuid,
                          body jsonb) RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    who candidate;
    wanted job_order;
    list shortlist;
    made shortlist_entry;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    SELECT * INTO who FROM candidate k
    WHERE k.organisation_id = app_tenant() AND k.external_ref = body ->> 'candidate' FOR SHARE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB422', 'invalid-body', '[{"pointer": "/candidate", "code": "UNKNOWN", "detail": "Kandidaten findes ikke i kommunens del af emnebanken."}]');
    END IF;
    SELECT * INTO wanted FROM job_order o WHERE o.id = wanted_order FOR SHARE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF NOT order_live(wanted.state) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren tager ikke nye emner.');
    END IF;
    SELECT * INTO list FROM shortlist s WHERE s.order_id = wanted.id ORDER BY s.order_version DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordrens kandidatliste er ikke klar endnu.');
    END IF;
    PERFORM addition_fit(who);
    PERFORM put_forward_hold();
    PERFORM entry_room(wanted, who.id);
    IF EXISTS (SELECT FROM shortlist_entry e WHERE e.shortlist_id = list.id AND e.candidate_id = who.id) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kandidaten er rangeret på listen.');
    END IF;
    INSERT INTO shortlist_entry (shortlist_id, order_id, candidate_id, organisation_id, outside_ranking, addition_reason, addition_text,
                                 parts, facts, explanation_da, state, changed_at)
    VALUES (list.id, wanted.id, who.id, who.organisation_id, true, body ->> 'reason', body ->> 'text', '[]', '[]',
            'Tilføjet af hjemkommunen uden for rangeringen.', 'confirmed', app_now())
    RETURNING * INTO made;
    PERFORM entry_tell(made);
    PERFORM entry_audit('entry.added', made, jsonb_build_object('reason', made.addition_reason));
    answer := entry_reply(made.id);
    answer.status := 201;
    answer.location := '/v1/shortlist-entries/' || made.id;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- POST /v1/shortlist-entries/{id}/put-forward: the team's hand in the reserve: past rung and number, not past the rules that
-- protect the candidate and the employer from being asked twice.
CREATE FUNCTION entry_put_forward(wanted uuid, seen_version bigint, reason text) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    held shortlist_entry;
    asked job_order;
BEGIN
    PERFORM team_only();
    PERFORM entries_hold(ARRAY[wanted], true);
    held := entry_hold(wanted, seen_version);
    SELECT * INTO STRICT asked FROM job_order o WHERE o.id = held.order_id;
    IF NOT order_live(asked.state) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren er ikke åben.');
    END IF;
    IF held.state = 'reserve' THEN
        PERFORM entry_room(asked, held.candidate_id);
    END IF;
    PERFORM entry_move(held, '{reserve}', 'proposed');
    PERFORM shortlist_tell(asked, held.shortlist_id, ARRAY[held.candidate_id]);
    PERFORM order_log(asked.id, 'put_forward', 'team', reason, jsonb_build_object('entries', 1));
    SELECT * INTO STRICT held FROM shortlist_entry e WHERE e.id = wanted;
    PERFORM entry_audit('entry.proposed', held, jsonb_build_object('reason', reason));
    RETURN entry_reply(wanted);
END $$;

GRANT EXECUTE ON FUNCTION entry_lists(shortlist_entry), entries_hold(uuid[], boolean), entry_next(uuid), entry_late(uuid),
    entry_outcome(uuid, bigint, jsonb), entry_answers(text, text, text, text, jsonb), answer_of(jsonb),
    entry_add(text, text, text, text, uuid, jsonb), entry_put_forward(uuid, bigint, text) TO emnebank_front;

RESET ROLE;
