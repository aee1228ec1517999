-- The life of a job order (services/orders): one function moves its state, and what follows from a move follows whoever made it.
-- The first rung in an order's body, rules for kinds of work, and reading the log of referrals.
--
--   draft ──▶ open ◀──▶ in_treatment ──▶ filled, closed, expired, cancelled: over, and final
--               ▲            ▲
--               └── paused ──┘        from each of the three
--
-- Over is final. Whoever needs people after all sends a new order: each answer is measured by a clock of its own, no figure of a
-- month changes afterwards, and no CV that was recalled comes alive again on a yes that was given for something else.
--
-- Lock order as in 0001. An order's end moves the entries of many candidates, and whatever logs a step of theirs refers to them:
-- order_lock and order_hold_people take the candidates first.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- What is legal

CREATE FUNCTION order_step_legal(old_state text, new_state text) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE new_state
        WHEN 'open' THEN old_state IN ('draft', 'in_treatment', 'paused')
        WHEN 'in_treatment' THEN old_state IN ('open', 'in_treatment', 'paused') -- another person takes over
        WHEN 'paused' THEN old_state IN ('open', 'in_treatment')
        WHEN 'filled' THEN old_state IN ('open', 'in_treatment', 'paused')
        WHEN 'closed' THEN old_state IN ('draft', 'open', 'in_treatment', 'paused')
        WHEN 'expired' THEN old_state IN ('open', 'in_treatment', 'paused')
        WHEN 'cancelled' THEN old_state IN ('draft', 'open', 'in_treatment', 'paused')
        ELSE false END
$$;

-- Why an order stands as it stands; NULL among them: it needs no reason. 'other' needs words of its own (the API sees to it).
CREATE FUNCTION order_reason_legal(order_state text, reason text) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE order_state
        WHEN 'open' THEN reason IS NULL OR reason IN (
            'more_wanted',         -- arbejdsgiveren vil have flere henvist
            'handed_back')         -- sagen er lagt tilbage
        WHEN 'in_treatment' THEN reason IS NULL OR reason = 'more_wanted'
        WHEN 'paused' THEN reason IN (
            'enough_referrals',    -- nok henvist
            'employer_waits',      -- arbejdsgiveren har bedt os vente
            'other')               -- andet
        WHEN 'filled' THEN reason IN (
            'filled',              -- stillingerne er besat, siger den, der tog imod jobordren
            'all_posts_filled')    -- der er ansat så mange, som der er stillinger
        WHEN 'closed' THEN reason IN (
            'employer_found_others', -- arbejdsgiveren har ansat ad anden vej
            'employer_withdrew',   -- behovet er faldet bort
            'other')               -- andet
        WHEN 'expired' THEN reason = 'start_passed' -- startdatoen er passeret
        WHEN 'cancelled' THEN reason IN (
            'mistake',             -- oprettet ved en fejl
            'duplicate',           -- dublet af en anden jobordre
            'other')               -- andet
        ELSE false END IS TRUE
$$;

CREATE FUNCTION order_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE acting boolean := app_kind() IS NOT NULL;
BEGIN
    IF order_over(OLD.state) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren er afsluttet; en ny jobordre kan oprettes.');
    END IF;
    IF NOT order_step_legal(OLD.state, NEW.state) OR (acting AND NEW.state = 'expired') THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Det er ikke muligt, som jobordren står nu.');
    END IF;
    IF NOT order_reason_legal(NEW.state, NEW.closed_reason) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Grunden passer ikke til jobordrens nye tilstand.');
    END IF;
    IF NEW.closed_reason = 'all_posts_filled' AND order_hired(NEW.id) < NEW.posts THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Der er ikke ansat så mange, som der er stillinger.');
    END IF;
    IF (NEW.state = 'in_treatment') <> (NEW.treated_by IS NOT NULL)
       OR (acting AND NEW.treated_by IS DISTINCT FROM OLD.treated_by AND NEW.treated_by <> coalesce(actor_person(), '')) THEN
        PERFORM raise_problem('EB403', 'named-person-required', 'En jobordre behandles af en navngiven person, i eget navn.');
    END IF;
    IF order_over(NEW.state) THEN
        NEW.check_at := NULL;
    END IF;
    NEW.changed_at := app_now();
    RETURN NEW;
END $$;

CREATE FUNCTION order_hired(wanted uuid) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT count(DISTINCT e.candidate_id)::int FROM shortlist_entry e WHERE e.order_id = wanted AND e.state = 'hired' $$;

-- ---------------------------------------------------------------------------------------------------------------
-- What follows

-- Whether the employer has this CV, or is being sent it at this moment.
CREATE FUNCTION release_left(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM outbox x JOIN delivery d ON d.outbox_id = x.id
                   WHERE x.release_id = wanted AND x.kind = 'cv.released' AND d.state IN ('delivered', 'leased'))
$$;

-- entry_tell, for many at once.
CREATE FUNCTION order_entries_tell(told uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    WITH event AS (
        INSERT INTO outbox (kind, organisation_id, order_id, shortlist_id, entry_id, payload)
        SELECT 'entry.changed', receiver.id, e.order_id, e.shortlist_id, e.id, jsonb_build_object('entry_id', e.id, 'state', e.state)
        FROM shortlist_entry e JOIN organisation receiver ON receiver.kind = 'team' OR receiver.id = e.organisation_id
        WHERE e.id = ANY (told) AND receiver.id IS DISTINCT FROM app_tenant()
        ORDER BY e.rank, receiver.id
        RETURNING id, organisation_id
    ), due AS (
        INSERT INTO delivery (outbox_id, endpoint_id, organisation_id)
        SELECT event.id, e.id, event.organisation_id
        FROM event JOIN endpoint e ON e.organisation_id = event.organisation_id
        WHERE e.state = 'active' AND 'entry.changed' = ANY (e.kinds)
        ORDER BY event.organisation_id, e.id
    )
    INSERT INTO change (organisation_id, outbox_id, kind)
    SELECT event.organisation_id, event.id, 'entry.changed' FROM event ORDER BY event.organisation_id;
    PERFORM pg_notify('emnebank_delivery', '');
END $$;

-- Ends the entries of an order that is over, and tells the homes.
--   hired                          stays
--   interview, and released with a CV that has left: when the order is filled they stay for the employer's answer; when there is
--                                  no need any more (closed, expired, cancelled) they end, and the CV is recalled
--   released with a CV that waits  ends; the CV is never sent
--   everything before              ends
-- The entries' homes and candidates, and the releases that were recalled, for the audit.
CREATE FUNCTION order_entries_end(over job_order, OUT ended shortlist_entry[], OUT recalled release[]) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    going uuid[];
    known uuid[]; -- to their homes
    gone release;
BEGIN
    recalled := '{}';
    PERFORM FROM shortlist_entry e
    WHERE e.order_id = over.id AND entry_step_legal(e.state, 'obsolete') ORDER BY e.id FOR UPDATE;
    -- A claim that holds one of these is waited for: then its CV is on its way.
    PERFORM FROM release r WHERE r.order_id = over.id AND r.revoked_at IS NULL ORDER BY r.id FOR NO KEY UPDATE;
    SELECT array_agg(e.id), array_agg(e.id) FILTER (WHERE e.state <> 'reserve') INTO going, known
    FROM shortlist_entry e
    WHERE e.order_id = over.id AND entry_step_legal(e.state, 'obsolete')
      AND NOT (over.state = 'filled' AND (e.state = 'interview' OR e.state = 'released' AND EXISTS (
          SELECT FROM release r WHERE r.entry_id = e.id AND r.revoked_at IS NULL AND release_left(r.id))));
    WITH moved AS (
        UPDATE shortlist_entry e SET state = 'obsolete', decline_reason = 'order_over', version = e.version + 1
        WHERE e.id = ANY (going) RETURNING e.*)
    SELECT coalesce(array_agg(m::shortlist_entry ORDER BY m.id), '{}') INTO ended FROM moved m;
    FOR gone IN SELECT * FROM release r WHERE r.entry_id = ANY (going) AND r.revoked_at IS NULL ORDER BY r.id LOOP
        IF release_revoke(gone.id, 'order_over') THEN
            recalled := recalled || gone;
        END IF;
    END LOOP;
    PERFORM order_entries_tell(known);
END $$;

-- To the team, the homes that know of the order and whoever received it, but not to the one who did it; the employer is told when it
-- is over. As order_tell, and without a tenant too.
CREATE FUNCTION order_moved_tell(told job_order) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT outbox_put('order.changed', receiver.id, told.id, NULL, NULL, NULL,
                      jsonb_build_object('state', told.state, 'version', told.version))
    FROM organisation receiver
    WHERE receiver.id IS DISTINCT FROM app_tenant()
      AND (receiver.kind = 'team' OR receiver.id = told.organisation_id
           OR (receiver.id = told.employer_id AND order_over(told.state))
           OR receiver.id IN (SELECT r.organisation_id FROM referral r
                              WHERE r.order_id = told.id AND r.to_state NOT IN ('obsolete', 'withdrawn')))
    ORDER BY receiver.id
$$;

-- In the chain of whoever received the order, and of each home, in the order of locks.
CREATE FUNCTION order_moved_audit(moved job_order, old_state text, ended shortlist_entry[], recalled release[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT audit_append_for(line.chain, line.action, 'job_order', moved.id::text, line.candidates,
                            jsonb_strip_nulls(jsonb_build_object('from', old_state, 'state', moved.state,
                                                                 'reason', moved.closed_reason)))
    FROM (SELECT moved.organisation_id AS chain, CASE moved.state WHEN 'closed' THEN 'order.closed' ELSE 'order.moved' END AS action,
                 '{}'::uuid[] AS candidates
          UNION ALL
          SELECT e.organisation_id, 'entry.obsolete', array_agg(e.candidate_id ORDER BY e.rank) FROM unnest(ended) e GROUP BY 1
          UNION ALL
          SELECT r.home_id, 'cv.recalled', array_agg(r.candidate_id ORDER BY r.id) FROM unnest(recalled) r GROUP BY 1
          ORDER BY 1, 2) AS line
$$;

CREATE FUNCTION order_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    ended shortlist_entry[] := '{}';
    recalled release[] := '{}';
BEGIN
    PERFORM order_log(NEW.id, 'state', NEW.state, NEW.closed_reason, jsonb_build_object('from', OLD.state));
    IF order_over(NEW.state) THEN
        SELECT e.ended, e.recalled INTO ended, recalled FROM order_entries_end(NEW) AS e;
    ELSE
        PERFORM order_attend(NEW.id);
    END IF;
    PERFORM order_moved_tell(NEW);
    PERFORM order_moved_audit(NEW, OLD.state, ended, recalled);
    RETURN NULL;
END $$;

CREATE FUNCTION order_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF app_kind() IS NOT NULL AND NEW.state NOT IN ('draft', 'open') THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'En ny jobordre er åben eller en kladde.');
    END IF;
    PERFORM order_log(NEW.id, 'state', NEW.state);
    RETURN NULL;
END $$;

CREATE TRIGGER order_made AFTER INSERT ON job_order FOR EACH ROW EXECUTE FUNCTION order_made();
CREATE TRIGGER order_step BEFORE UPDATE OF state, treated_by ON job_order FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.treated_by IS DISTINCT FROM NEW.treated_by) EXECUTE FUNCTION order_step();
CREATE TRIGGER order_moved AFTER UPDATE OF state, treated_by ON job_order FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.treated_by IS DISTINCT FROM NEW.treated_by) EXECUTE FUNCTION order_moved();

-- The order's next look finds that its posts may be filled (order_fill). Not at once: whoever hires holds the order shared, and
-- two who hire for one order would wait for each other.
CREATE FUNCTION entry_hired() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM order_attend(NEW.order_id);
    RETURN NULL;
END $$;
CREATE TRIGGER entry_hired AFTER UPDATE OF state ON shortlist_entry FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state = 'hired') EXECUTE FUNCTION entry_hired();

-- Nothing of an order that is over may be sent any more: what waits is cancelled at its claim, whatever else holds.
DO $$
BEGIN
    PERFORM function_reword('release_in_force(uuid)', 'JOIN shortlist_entry e ON',
                            'JOIN job_order o ON o.id = r.order_id AND NOT order_over(o.state) JOIN shortlist_entry e ON');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Moving

-- The candidates of the order's unfinished entries, before the order itself. Those that a new list brings in between are locked late;
-- if that makes a circle the database ends it, and the batch is tried again.
CREATE FUNCTION order_hold_people(wanted uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT FROM candidate k
    WHERE k.id IN (SELECT e.candidate_id FROM shortlist_entry e WHERE e.order_id = wanted AND entry_step_legal(e.state, 'obsolete'))
    ORDER BY k.id FOR KEY SHARE
$$;

-- The order, locked so that it may be moved; for functions without a tenant.
CREATE FUNCTION order_lock(wanted uuid) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE held job_order;
BEGIN
    PERFORM order_hold_people(wanted);
    SELECT * INTO held FROM job_order o WHERE o.id = wanted FOR NO KEY UPDATE;
    RETURN held;
END $$;

-- The one function that moves an order. `held` is locked by its caller (order_lock, or order_hold_people and order_hold). Without a
-- tenant it is the daemon's own move: it expires, or is filled.
CREATE FUNCTION order_move(held job_order, target text, reason text DEFAULT NULL, reason_text text DEFAULT NULL) RETURNS job_order
    LANGUAGE plpgsql
AS $$
DECLARE moved job_order;
BEGIN
    UPDATE job_order o SET state = target, closed_reason = reason, state_text = reason_text,
        treated_by = CASE WHEN target = 'in_treatment' THEN actor_person() END, version = o.version + 1
    WHERE o.id = held.id
    RETURNING * INTO moved;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    -- Changed while it was paused, or paused before it was ranked.
    IF held.state = 'paused' AND order_live(target)
       AND NOT EXISTS (SELECT FROM shortlist s WHERE s.order_id = held.id AND s.order_version >= moved.ranking_version) THEN
        PERFORM order_rank(held.id, moved.ranking_version);
    END IF;
    RETURN moved;
END $$;

-- Whether the order is filled now: as many have been hired as there are posts. For functions that hold it, without a tenant.
CREATE FUNCTION order_fill(held job_order) RETURNS boolean LANGUAGE plpgsql
AS $$
BEGIN
    IF held.state NOT IN ('open', 'in_treatment', 'paused') OR order_hired(held.id) < held.posts THEN
        RETURN false;
    END IF;
    PERFORM order_move(held, 'filled', 'all_posts_filled');
    RETURN true;
END $$;

-- POST /v1/job-orders/{id}/state. `received` and `due` count when a draft opens.
CREATE FUNCTION order_set_state(wanted uuid, seen_version bigint, target text, reason text, reason_text text, received timestamptz,
                                due timestamptz) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE held job_order;
BEGIN
    PERFORM order_hold_people(o.id) FROM job_order o WHERE o.id = wanted AND o.organisation_id = app_tenant();
    held := order_hold(wanted, seen_version);
    IF held.state = 'draft' AND target = 'open' THEN
        RETURN order_change(wanted, seen_version, '{"state": "open"}', received, due);
    END IF;
    IF target = 'in_treatment' THEN
        PERFORM person_only();
    END IF;
    IF held.state = target AND (target <> 'in_treatment' OR held.treated_by = actor_person()) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Sådan står jobordren allerede.');
    END IF;
    PERFORM order_move(held, target, reason, reason_text);
    RETURN order_reply(wanted, 200);
END $$;

-- POST /v1/job-orders/{id}/close
CREATE OR REPLACE FUNCTION order_close(wanted uuid, seen_version bigint, reason text) RETURNS api_reply LANGUAGE sql
AS $$
    SELECT order_set_state(wanted, seen_version, CASE reason WHEN 'filled' THEN 'filled' ELSE 'closed' END, reason, NULL, NULL, NULL)
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The document. Staff are named to the partners alone, and so is what was said of a state.

CREATE OR REPLACE FUNCTION order_document(wanted uuid) RETURNS jsonb LANGUAGE plpgsql STABLE
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
        'first_rung', o.first_rung, 'rung', o.rung, 'state_reason', o.closed_reason,
        'state_text', CASE WHEN app_partner() THEN o.state_text END,
        'treated_by', CASE WHEN app_partner() THEN o.treated_by END,
        'closed_reason', CASE WHEN order_over(o.state) THEN o.closed_reason END, 'pool_version', o.pool_version,
        'shortlist_id', (SELECT s.id FROM shortlist s WHERE s.order_id = o.id ORDER BY s.order_version DESC LIMIT 1))
    FROM job_order o
    JOIN organisation e ON e.id = o.employer_id
    JOIN organisation r ON r.id = o.organisation_id
    WHERE o.id = wanted);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Bodies: as 0008 made these, with the first rung, and what a kind of work asks for

-- Kinds of work that end by their nature: tidsbegrænset ansættelse, sæsonarbejde, jobrotation and virksomhedspraktik. Their orders
-- say when. (Løntilskud and fleksjob may both be without an end.)
CREATE FUNCTION order_ends(kinds jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(kinds ?| ARRAY['temporary', 'seasonal', 'job_rotation', 'work_trial'], false) $$;

CREATE OR REPLACE FUNCTION order_refuse_faults(body jsonb, draft boolean) RETURNS void LANGUAGE plpgsql STABLE
AS $$
DECLARE faults jsonb := order_faults(body);
BEGIN
    IF NOT draft AND body -> 'occupations' = '[]' THEN
        faults := faults || jsonb_build_array(jsonb_build_object('pointer', '/occupations', 'code', 'REQUIRED',
                                                                 'detail', 'Kun en kladde kan være uden stillinger.'));
    END IF;
    IF NOT draft AND body ->> 'end_date' IS NULL AND order_ends(body -> 'kinds') THEN
        faults := faults || jsonb_build_array(jsonb_build_object('pointer', '/end_date', 'code', 'REQUIRED',
                                                                 'detail', 'Ansættelsesformen har en slutdato.'));
    END IF;
    IF (body ->> 'end_date')::date < (body ->> 'start_date')::date THEN
        faults := faults || jsonb_build_array(jsonb_build_object('pointer', '/end_date', 'code', 'RANGE',
                                                                 'detail', 'Slutdatoen ligger før startdatoen.'));
    END IF;
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
END $$;

DO $$
BEGIN
    PERFORM function_reword('order_new(jsonb, timestamptz, timestamptz)', 'pool_version, received_at, due_at)',
                            'pool_version, received_at, due_at, first_rung)');
    PERFORM function_reword('order_new(jsonb, timestamptz, timestamptz)', 'CASE WHEN NOT draft THEN due END)',
                            'CASE WHEN NOT draft THEN due END, body ->> ''first_rung'')');
END $$;

-- PATCH /v1/job-orders/{id}, as 0008 says. Opening a draft is a move of its own, once the order is as it is to be opened.
CREATE OR REPLACE FUNCTION order_change(wanted uuid, seen_version bigint, patch jsonb, received timestamptz, due timestamptz)
    RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held job_order := order_hold(wanted, seen_version);
    before jsonb := order_document(wanted);
    after jsonb := before || patch;
    unranked text[] := ARRAY['title', 'employer', 'state', 'first_rung'];
    opens boolean := held.state = 'draft' AND patch ->> 'state' = 'open';
    ranked boolean;
    next_version int := held.version + 1;
BEGIN
    after := jsonb_set(after, '{requirements}', order_full_requirements(after -> 'requirements'));
    ranked := before - unranked <> after - unranked;
    PERFORM order_refuse_change(held, before, after, opens);
    IF patch ? 'employer' THEN
        after := jsonb_set(after, '{employer}', CASE WHEN before #>> '{employer,cvr}' = patch #>> '{employer,cvr}'
            THEN before -> 'employer' ELSE (before -> 'employer') || (patch -> 'employer') END);
    END IF;
    IF after = before THEN
        RETURN order_reply(wanted, 200);
    END IF;
    UPDATE job_order o SET
        employer_id = employer_ensure(after #>> '{employer,cvr}', after #>> '{employer,name}'), title = after ->> 'title',
        posts = (after ->> 'posts')::int,
        minimum = coalesce((after ->> 'minimum')::int, order_minimum((after ->> 'posts')::int)),
        occupations = order_texts(after -> 'occupations'), postcode = after ->> 'postcode',
        radius_km = (after ->> 'radius_km')::int, start_date = (after ->> 'start_date')::date,
        end_date = (after ->> 'end_date')::date, kinds = order_texts(after -> 'kinds'), first_rung = after ->> 'first_rung',
        version = CASE WHEN opens THEN o.version ELSE next_version END,
        ranking_version = CASE WHEN ranked OR opens THEN next_version ELSE o.ranking_version END,
        pool_version = CASE WHEN ranked OR opens THEN pool_current() ELSE o.pool_version END,
        received_at = CASE WHEN opens THEN received ELSE o.received_at END,
        due_at = CASE WHEN opens THEN due ELSE o.due_at END, changed_at = app_now()
    WHERE o.id = wanted
    RETURNING * INTO held;
    PERFORM order_set_requirements(wanted, after -> 'requirements');
    IF opens OR (ranked AND order_live(held.state)) THEN
        PERFORM order_rank(wanted, next_version);
    END IF;
    IF opens THEN
        held := order_move(held, 'open');
    ELSE
        PERFORM order_attend(wanted);
        PERFORM order_tell(wanted);
    END IF;
    PERFORM audit_append('order.changed', 'job_order', wanted::text, '{}',
                         jsonb_build_object('members', (SELECT jsonb_agg(key ORDER BY key) FROM jsonb_object_keys(patch) AS k (key))));
    RETURN order_reply(wanted, 200);
END $$;

-- What may not be changed, and the faults of the whole.
CREATE FUNCTION order_refuse_change(held job_order, before jsonb, after jsonb, opens boolean) RETURNS void LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF held.state <> 'draft' AND before #>> '{employer,cvr}' <> after #>> '{employer,cvr}' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Arbejdsgiveren kan kun skiftes, mens jobordren er en kladde.');
    END IF;
    IF held.state <> 'draft' AND before -> 'first_rung' <> after -> 'first_rung' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Første trin kan kun skiftes, mens jobordren er en kladde.');
    END IF;
    PERFORM order_refuse_faults(after, held.state = 'draft' AND NOT opens);
END $$;

-- What a candidate says yes to (0027 shows it to them) stays as it was for as long as somebody's yes to it counts: nobody's CV leaves
-- for another job. Whoever says yes holds the order shared, so none comes in between.
CREATE FUNCTION order_terms_hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM shortlist_entry e WHERE e.order_id = NEW.id AND e.state IN ('yes', 'approved', 'released', 'interview')) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kandidater har sagt ja til jobbet, som det står. Titel, arbejdsgiver, '
            'arbejdssted, periode og ansættelsesformer kan ikke ændres, så længe et ja gælder; luk jobordren, og opret en ny.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_terms_hold BEFORE UPDATE OF title, employer_id, postcode, start_date, end_date, kinds ON job_order FOR EACH ROW
    WHEN ((OLD.title, OLD.employer_id, OLD.postcode, OLD.start_date, OLD.end_date, OLD.kinds)
          IS DISTINCT FROM (NEW.title, NEW.employer_id, NEW.postcode, NEW.start_date, NEW.end_date, NEW.kinds))
    EXECUTE FUNCTION order_terms_hold();

-- ---------------------------------------------------------------------------------------------------------------
-- The log of referrals (formidlingslog), read by the partners

-- One step as the caller may see it. The title and the employer are the order's; a reference only the home's own; a person only
-- the team's to see, and for its own staff a home.
CREATE TYPE referral_line AS (
    id bigint, at timestamptz, order_id uuid, title text, employer text, entry_id uuid, candidate_id uuid, external_ref text, home char(4),
    home_name text, own boolean, from_state text, to_state text, actor text, person text, reason text);

-- GET /v1/referrals: the newest first, `most` and one more when there are more, from below `before` on; `asked` holds what is filtered by (order, candidate,
-- home, state, actor, from, to), each absent or good. One's own candidates alone can be asked for, but the team may ask for all.
CREATE FUNCTION referral_lines(asked jsonb, before bigint, most int) RETURNS SETOF referral_line LANGUAGE plpgsql
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    found referral_line[];
    home uuid := (SELECT o.id FROM organisation o WHERE o.municipality_code = asked ->> 'home' AND o.kind = 'municipality');
    first_moment timestamptz := (asked ->> 'from')::date::timestamp AT TIME ZONE 'Europe/Copenhagen';
    end_moment timestamptz := ((asked ->> 'to')::date + 1)::timestamp AT TIME ZONE 'Europe/Copenhagen';
    everyones boolean := app_kind() = 'team';
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Formidlingsloggen er myndighedernes og det fælles teams.');
    END IF;
    found := ARRAY(
        SELECT ROW(r.id, r.at, r.order_id, o.title, e.name, r.entry_id, r.candidate_id, k.external_ref, h.municipality_code, h.name,
                   r.organisation_id = app_tenant(), r.from_state, r.to_state, r.actor,
                   CASE WHEN everyones OR (r.actor = 'home' AND r.organisation_id = app_tenant()) THEN r.person END,
                   r.reason)::referral_line
        FROM referral r
        JOIN job_order o ON o.id = r.order_id
        JOIN organisation e ON e.id = o.employer_id
        JOIN organisation h ON h.id = r.organisation_id
        LEFT JOIN candidate k ON k.id = r.candidate_id AND k.organisation_id = app_tenant()
        WHERE r.id < before
          AND (asked ->> 'order' IS NULL OR r.order_id = (asked ->> 'order')::uuid)
          AND (asked ->> 'candidate' IS NULL OR (r.candidate_id = (asked ->> 'candidate')::uuid
                                                 AND (everyones OR r.organisation_id = app_tenant())))
          AND (asked ->> 'home' IS NULL OR r.organisation_id = home)
          AND (asked ->> 'state' IS NULL OR r.to_state = asked ->> 'state')
          AND (asked ->> 'actor' IS NULL OR r.actor = asked ->> 'actor')
          AND (first_moment IS NULL OR r.at >= first_moment)
          AND (end_moment IS NULL OR r.at < end_moment)
        ORDER BY r.id DESC
        LIMIT most + 1);
    PERFORM audit_append('candidate.listed', 'referral', coalesce(asked ->> 'order', 'all'),
                         ARRAY(SELECT DISTINCT f.candidate_id FROM unnest(found[:most]) f ORDER BY 1), asked);
    RETURN QUERY SELECT * FROM unnest(found);
END $$;

CREATE FUNCTION referral_document(shown referral_line) RETURNS json LANGUAGE sql IMMUTABLE
AS $$
    SELECT json_build_object('at', order_time(shown.at), 'order_id', shown.order_id, 'title', shown.title, 'employer', shown.employer,
        'entry_id', shown.entry_id, 'candidate', json_build_object('id', shown.candidate_id, 'external_ref', shown.external_ref),
        'municipality', shown.home, 'own', shown.own, 'from_state', shown.from_state, 'to_state', shown.to_state, 'actor', shown.actor,
        'person', shown.person, 'reason', shown.reason)
$$;

-- What the API's functions write of an order. Its clock, its rung and what it came to are the daemon's alone (0021).
REVOKE UPDATE ON job_order FROM emnebank_front;
GRANT UPDATE (employer_id, title, state, closed_reason, state_text, treated_by, posts, minimum, occupations, postcode, radius_km,
              start_date, end_date, kinds, first_rung, version, ranking_version, pool_version, received_at, due_at, changed_at)
    ON job_order TO emnebank_front;

GRANT EXECUTE ON FUNCTION referral_lines(jsonb, bigint, int), referral_document(referral_line), order_step_legal(text, text), order_reason_legal(text, text), order_hold_people(uuid),
    order_move(job_order, text, text, text), order_ends(jsonb), order_refuse_change(job_order, jsonb, jsonb, boolean),
    order_set_state(uuid, bigint, text, text, text, timestamptz, timestamptz) TO emnebank_front;

RESET ROLE;
