-- The life of a shortlist, what all of it stands on: the clock that a test may turn, the states of orders and entries, the log of
-- referrals, the log of an order's events, who is put forward and who waits in reserve, and each organisation's own settings.
-- What is built on it: the ladder (0021), orders (0022), entries (0023), approval and stop (0024), freshness (0025), figures (0026),
-- the candidate's own page and view (0027).
--
-- Lock order as in 0001: candidate, job_order, the lock of putting forward, shortlist_entry, release, outbox, audit_head.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- Functions of released migrations of which a word changes are made anew with that word; their bodies stand where they stood.
CREATE FUNCTION function_reword(reworded regprocedure, old_words text, new_words text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE body text := pg_get_functiondef(reworded);
BEGIN
    IF position(old_words IN body) = 0 THEN
        RAISE EXCEPTION '% does not say: %', reworded, old_words;
    END IF;
    EXECUTE replace(body, old_words, new_words);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The clock. Empty: the server's. A test that turns its hands writes the one row, as superuser: no role of the daemon may.

CREATE TABLE clock_hands (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL
);

-- By its key: callers that turn sequential scans off would have one look very dear, and worth compiling.
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT coalesce((SELECT h.at FROM clock_hands h WHERE h.one), now()) $$;

ALTER TABLE job_order ALTER received_at SET DEFAULT app_now(), ALTER created_at SET DEFAULT app_now();
ALTER TABLE shortlist ALTER created_at SET DEFAULT app_now();
ALTER TABLE consent ALTER recorded_at SET DEFAULT app_now();
ALTER TABLE approval ALTER approved_at SET DEFAULT app_now();
ALTER TABLE release ALTER released_at SET DEFAULT app_now();

-- ---------------------------------------------------------------------------------------------------------------
-- States of orders: a superset of the national job order's.
--   live   open, in_treatment (somebody has taken it): ranked, put forward, answered; the clock runs
--   quiet  draft, paused ("nok henvist": nobody new is put forward, who is on the list is answered for)
--   over   filled, closed (by the employer), expired, cancelled: nothing moves any more

ALTER TABLE job_order DROP CONSTRAINT job_order_state_check;
ALTER TABLE job_order ADD CONSTRAINT job_order_state_check CHECK (state IN
    ('draft', 'open', 'in_treatment', 'paused', 'filled', 'closed', 'expired', 'cancelled'));

CREATE FUNCTION order_live(order_state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT order_state IN ('open', 'in_treatment') $$;
CREATE FUNCTION order_over(order_state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT order_state IN ('filled', 'closed', 'expired', 'cancelled') $$;

UPDATE job_order SET state = 'filled' WHERE state = 'closed' AND closed_reason = 'filled';

DROP INDEX job_order_open;
CREATE INDEX job_order_open ON job_order (due_at) WHERE state IN ('open', 'in_treatment');

DO $$
BEGIN
    PERFORM function_reword('order_hold(uuid, bigint)', 'held.state = ''closed''', 'order_over(held.state)');
    PERFORM function_reword('order_change(uuid, bigint, jsonb, timestamptz, timestamptz)', 'held.state = ''open''', 'order_live(held.state)');
    PERFORM function_reword('order_rerank(uuid, bigint)', 'held.state <> ''open''', 'NOT order_live(held.state)');
    -- Answers come in while an order is paused, too.
    PERFORM function_reword('entry_order_open(shortlist_entry)', 'o.state = ''open''', '(order_live(o.state) OR o.state = ''paused'')');
END $$;

CREATE OR REPLACE VIEW standing_list AS
    SELECT s.id, s.order_id, s.asked FROM shortlist s JOIN job_order o ON o.id = s.order_id
    WHERE order_live(o.state) AND s.order_version = o.ranking_version AND s.asked IS NOT NULL;
DROP TRIGGER proposals_end ON job_order;
CREATE TRIGGER proposals_end AFTER UPDATE OF state ON job_order FOR EACH ROW
    WHEN (order_over(NEW.state) AND NOT order_over(OLD.state)) EXECUTE FUNCTION proposals_end();

-- ---------------------------------------------------------------------------------------------------------------
-- States of entries
--   reserve       ranked, not put forward: in reach of a later rung, or next when somebody falls away
--   proposed      put forward to the home, which has not answered
--   confirmed     the home vouches for the candidate; asked: the candidate has been asked and has not answered
--   yes           the candidate's; approved: a named consultant's; released: the CV may be sent; interview
--   hired
--   declined, replaced (both the home's), no (the candidate's), no_answer (the deadline's), not_relevant (the employer's),
--   withdrawn (a yes taken back, or the candidate left), obsolete (hired elsewhere, or the order is over)

ALTER TABLE shortlist_entry DROP CONSTRAINT shortlist_entry_state_check;
ALTER TABLE shortlist_entry ADD CONSTRAINT shortlist_entry_state_check CHECK (state IN
    ('reserve', 'proposed', 'confirmed', 'asked', 'yes', 'approved', 'released', 'interview', 'hired', 'declined', 'replaced', 'no',
     'no_answer', 'not_relevant', 'withdrawn', 'obsolete'));
ALTER TABLE shortlist_entry ALTER state SET DEFAULT 'reserve';

-- With their home municipality or further, and not fallen away: what an order's minimum counts.
CREATE FUNCTION entry_live(entry_state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT entry_state IN ('proposed', 'confirmed', 'asked', 'yes', 'approved', 'released', 'interview', 'hired') $$;

CREATE OR REPLACE FUNCTION entry_step_legal(old_state text, new_state text) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE new_state
        WHEN 'proposed' THEN old_state = 'reserve'
        WHEN 'confirmed' THEN old_state IN ('proposed', 'no_answer')
        WHEN 'asked' THEN old_state = 'confirmed'
        WHEN 'yes' THEN old_state IN ('confirmed', 'asked', 'no_answer')
        WHEN 'no' THEN old_state IN ('confirmed', 'asked', 'no_answer')
        WHEN 'declined' THEN old_state IN ('proposed', 'confirmed', 'asked', 'no_answer')
        WHEN 'replaced' THEN old_state IN ('proposed', 'confirmed', 'asked', 'no_answer')
        WHEN 'no_answer' THEN old_state IN ('proposed', 'confirmed', 'asked')
        WHEN 'approved' THEN old_state = 'yes'
        WHEN 'released' THEN old_state = 'approved'
        WHEN 'interview' THEN old_state = 'released'
        WHEN 'hired' THEN old_state IN ('released', 'interview')
        WHEN 'not_relevant' THEN old_state IN ('released', 'interview')
        WHEN 'withdrawn' THEN old_state IN ('reserve', 'proposed', 'confirmed', 'asked', 'no_answer', 'yes', 'approved', 'released', 'interview')
        WHEN 'obsolete' THEN old_state IN ('reserve', 'proposed', 'confirmed', 'asked', 'no_answer', 'yes', 'approved', 'released', 'interview')
        ELSE false END
$$;

-- Whose step it is, and what it needs (0009). Without a tenant it is the daemon's own: a newer list, a deadline, the ladder, or
-- the candidate's own answer, each in a function that the daemon's roles can only call as a whole.
CREATE OR REPLACE FUNCTION entry_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE acting text := app_kind();
BEGIN
    IF NOT entry_step_legal(OLD.state, NEW.state) THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Svaret er ikke muligt, som emnet står nu.');
    END IF;
    IF acting IS NOT NULL AND NOT (CASE
        WHEN NEW.state IN ('proposed', 'approved', 'released') THEN acting = 'team'
        WHEN NEW.state IN ('interview', 'hired', 'not_relevant') THEN acting = 'team' OR app_tenant() = NEW.organisation_id
            OR app_tenant() = (SELECT o.employer_id FROM job_order o WHERE o.id = NEW.order_id)
        WHEN NEW.state = 'obsolete' THEN
            EXISTS (SELECT FROM job_order o WHERE o.id = NEW.order_id AND order_over(o.state))
            OR EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = NEW.candidate_id AND e.state = 'hired' AND e.id <> NEW.id)
        WHEN NEW.state = 'no_answer' THEN false
        ELSE app_tenant() = NEW.organisation_id END) THEN
        PERFORM raise_problem('EB403', 'forbidden',
            'Hjemkommunen svarer for emnet; teamet godkender og frigiver; arbejdsgiveren svarer for den, der er sendt.');
    END IF;
    IF NEW.state IN ('declined', 'replaced', 'not_relevant') AND NEW.decline_reason IS NULL THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Et afslag skal have en grund.');
    END IF;
    IF NEW.state IN ('yes', 'approved', 'released', 'interview', 'hired')
       AND NOT EXISTS (SELECT FROM consent c WHERE c.entry_id = NEW.id AND c.withdrawn_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Kandidaten har ikke sagt ja til denne arbejdsgiver og jobordre.');
    END IF;
    IF NEW.state IN ('approved', 'released', 'interview', 'hired') AND NOT EXISTS (SELECT FROM approval a WHERE a.entry_id = NEW.id) THEN
        PERFORM raise_problem('EB409', 'approval-missing', 'En navngiven konsulent skal godkende først.');
    END IF;
    IF NEW.state = 'released' AND NOT EXISTS (SELECT FROM release r WHERE r.entry_id = NEW.id AND r.revoked_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Frigivelsen er ikke i kraft.');
    END IF;
    NEW.changed_at := app_now();
    RETURN NEW;
END $$;

-- Whoever is on their way when the yes is taken back or the candidate leaves.
DO $$
DECLARE on_their_way text := $list$('reserve', 'proposed', 'confirmed', 'asked', 'no_answer', 'yes', 'approved', 'released', 'interview')$list$;
BEGIN
    PERFORM function_reword('entries_end(uuid[], text)', $list$('proposed', 'confirmed', 'yes', 'approved', 'released')$list$, on_their_way);
    PERFORM function_reword('shortlist_candidate_withdrawn(uuid)', $list$('proposed', 'confirmed', 'yes', 'approved', 'released')$list$, on_their_way);
    -- A yes may also be that of somebody who was asked, or who answers late.
    PERFORM function_reword('consent_check()', 'e.state = ''confirmed''', 'e.state IN (''confirmed'', ''asked'', ''no_answer'')');
    -- Homes are sent those who are put forward, not the reserve.
    PERFORM function_reword('event_shortlist(outbox)', 'WHERE s.shortlist_id = event.shortlist_id', 'WHERE s.state <> ''reserve'' AND s.shortlist_id = event.shortlist_id');
    PERFORM function_reword('delivery_claim(int, int, int, interval)', 'FROM list JOIN shortlist_entry s ON s.shortlist_id = list.id JOIN',
                            'FROM list JOIN shortlist_entry s ON s.shortlist_id = list.id AND s.state <> ''reserve'' JOIN');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The log of referrals (formidlingslog): each step of each entry that was put forward, whoever took it. Nobody writes it but the triggers; codes and
-- pseudonyms alone. `actor`: home, team, employer, candidate (by a link of their own) or system.

CREATE TABLE referral (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    order_id uuid NOT NULL REFERENCES job_order,
    entry_id uuid NOT NULL REFERENCES shortlist_entry ON DELETE CASCADE,
    candidate_id uuid NOT NULL REFERENCES candidate ON DELETE CASCADE,
    organisation_id uuid NOT NULL REFERENCES organisation,  -- the home
    from_state text,               -- NULL: put forward when the list was made
    to_state text NOT NULL,
    actor text NOT NULL CHECK (actor IN ('home', 'team', 'employer', 'candidate', 'system')),
    person text,                   -- the named person who holds the acting key
    reason text                    -- a code
);
CREATE INDEX referral_order ON referral (order_id, id);
CREATE INDEX referral_entry ON referral (entry_id, id);
CREATE INDEX referral_candidate ON referral (candidate_id, id);
CREATE INDEX referral_home ON referral (organisation_id, id);
ALTER TABLE referral ENABLE ROW LEVEL SECURITY;
ALTER TABLE referral FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON referral TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY partners ON referral FOR SELECT TO emnebank_front USING ((SELECT app_partner()));
GRANT SELECT ON referral TO emnebank_front;

CREATE FUNCTION referral_actor() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT CASE app_kind() WHEN 'municipality' THEN 'home' WHEN 'team' THEN 'team' WHEN 'employer' THEN 'employer'
                           ELSE coalesce(app_setting('acting'), 'system') END
$$;

-- Something happened to an order that its next look (0021) must see. Rows, not a mark on the order: answers hold the order
-- shared, and would wait for each other in a circle.
CREATE TABLE order_attention (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES job_order ON DELETE CASCADE
);
ALTER TABLE order_attention ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_attention FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON order_attention TO emnebank_owner USING (true) WITH CHECK (true);
ALTER TABLE order_attention SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);

CREATE FUNCTION order_attend(wanted uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO order_attention (order_id) VALUES (wanted);
    PERFORM pg_notify('emnebank_order', '');
END $$;

CREATE FUNCTION entries_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO referral (at, order_id, entry_id, candidate_id, organisation_id, to_state, actor, person, reason)
    SELECT app_now(), e.order_id, e.id, e.candidate_id, e.organisation_id, e.state, referral_actor(), actor_person(), NULL
    FROM made e WHERE e.state <> 'reserve' ORDER BY e.rank;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_made AFTER INSERT ON shortlist_entry REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION entries_made();

CREATE FUNCTION entry_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF OLD.state = 'reserve' AND NOT entry_live(NEW.state) THEN
        RETURN NULL; -- nobody was ever asked
    END IF;
    INSERT INTO referral (at, order_id, entry_id, candidate_id, organisation_id, from_state, to_state, actor, person, reason)
    VALUES (app_now(), NEW.order_id, NEW.id, NEW.candidate_id, NEW.organisation_id, OLD.state, NEW.state, referral_actor(),
            actor_person(), NEW.decline_reason);
    IF entry_live(OLD.state) AND NOT entry_live(NEW.state) THEN
        PERFORM order_attend(NEW.order_id); -- a place is free: the next in rank
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_moved AFTER UPDATE OF state ON shortlist_entry FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION entry_moved();

-- ---------------------------------------------------------------------------------------------------------------
-- What happened to an order: rungs, warnings, states, notices; each with its reason.

CREATE TABLE order_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES job_order ON DELETE CASCADE,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('state', 'rung', 'put_forward', 'warning', 'breach', 'notice', 'answered')),
    code text NOT NULL,            -- the state, the rung, 'half', 'three_quarters', …
    reason text,                   -- a code
    person text,
    detail jsonb NOT NULL DEFAULT '{}'  -- counts and codes, no personal data
);
CREATE INDEX order_event_order ON order_event (order_id, id);
ALTER TABLE order_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_event FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON order_event TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY partners ON order_event FOR SELECT TO emnebank_front USING ((SELECT app_partner()));
GRANT SELECT ON order_event TO emnebank_front;

CREATE FUNCTION order_log(wanted uuid, event_kind text, event_code text, event_reason text DEFAULT NULL, event_detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    INSERT INTO order_event (order_id, at, kind, code, reason, person, detail)
    VALUES (wanted, app_now(), event_kind, event_code, event_reason, actor_person(), event_detail)
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Settings of an organisation. What a municipality leaves NULL is as the team has it; what the team leaves NULL is the default.

CREATE TABLE policy (
    organisation_id uuid PRIMARY KEY REFERENCES organisation,
    first_rung text CHECK (first_rung IN ('own', 'neighbours', 'all')),
    lists_per_candidate int CHECK (lists_per_candidate BETWEEN 1 AND 50),  -- live lists of other orders that one person may be on
    wishes_floor int CHECK (wishes_floor BETWEEN 0 AND 1000),  -- points below which nobody is put forward before the rung 'relaxed'
    auto_release_until timestamptz,  -- automatic release of this municipality's candidates, until then; NULL: off (0024)
    auto_release_by text,            -- the named person who switched it on
    version int NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((auto_release_until IS NULL) = (auto_release_by IS NULL))
);
ALTER TABLE policy ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON policy TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY own ON policy FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
GRANT SELECT ON policy TO emnebank_front;

CREATE FUNCTION policy_of(organisation uuid) RETURNS policy LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    own policy;
    team policy;
BEGIN
    SELECT * INTO own FROM policy p WHERE p.organisation_id = organisation;
    SELECT p.* INTO team FROM policy p JOIN organisation o ON o.id = p.organisation_id WHERE o.kind = 'team';
    own.organisation_id := organisation;
    own.first_rung := coalesce(own.first_rung, team.first_rung, 'all');
    own.lists_per_candidate := coalesce(own.lists_per_candidate, team.lists_per_candidate, 3);
    own.wishes_floor := coalesce(own.wishes_floor, team.wishes_floor, 0);
    RETURN own;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The ladder's rungs (DESIGN 3): who is within reach. `first_rung` is the order's own setting; NULL: its organisation's.

ALTER TABLE job_order
    ADD COLUMN first_rung text CHECK (first_rung IN ('own', 'neighbours', 'all')),
    ADD COLUMN rung text NOT NULL DEFAULT 'all' CHECK (rung IN ('own', 'neighbours', 'all', 'relaxed', 'notice')),
    ADD COLUMN check_at timestamptz,   -- when the order is next looked at (0021); NULL: not by the clock
    ADD COLUMN treated_by text,        -- in_treatment: the named person
    ADD COLUMN state_text text;        -- what was said of the present state, beside closed_reason
CREATE INDEX job_order_check ON job_order (check_at) WHERE check_at IS NOT NULL;

-- Which of the ten share a border. By hand from the municipal map as it is since 2007.
CREATE TABLE municipality_neighbour (
    code char(4) NOT NULL REFERENCES municipality,
    neighbour char(4) NOT NULL REFERENCES municipality,
    PRIMARY KEY (code, neighbour),
    CHECK (code <> neighbour)
);
INSERT INTO municipality_neighbour
SELECT way.code, way.neighbour
FROM (VALUES
    ('0615', '0727'), ('0615', '0740'), ('0615', '0746'), ('0615', '0766'), ('0706', '0707'), ('0706', '0710'), ('0706', '0730'),
    ('0706', '0751'), ('0707', '0730'), ('0710', '0730'), ('0710', '0740'), ('0710', '0746'), ('0710', '0751'), ('0727', '0746'),
    ('0727', '0751'), ('0740', '0746'), ('0746', '0751')) AS border (one, other)
CROSS JOIN LATERAL (VALUES (border.one, border.other), (border.other, border.one)) AS way (code, neighbour);
GRANT SELECT ON municipality_neighbour TO emnebank_front, emnebank_match;

-- The homes within reach of the order's rung; NULL: all. The order's own municipality is the one that received it, or, when the
-- team did, that of the workplace.
CREATE FUNCTION order_reach(wanted job_order) RETURNS uuid[] LANGUAGE plpgsql STABLE
AS $$
DECLARE own char(4);
BEGIN
    IF wanted.rung NOT IN ('own', 'neighbours') THEN
        RETURN NULL;
    END IF;
    own := coalesce((SELECT o.municipality_code FROM organisation o WHERE o.id = wanted.organisation_id),
                    (SELECT p.municipality_code FROM postcode p WHERE p.code = wanted.postcode));
    RETURN ARRAY(SELECT o.id FROM organisation o
                 WHERE o.municipality_code = own
                    OR wanted.rung = 'neighbours'
                       AND o.municipality_code IN (SELECT n.neighbour FROM municipality_neighbour n WHERE n.code = own));
END $$;

-- How many are put forward at a time: some will be declined, and a home shall not look up twenty people for one post.
CREATE FUNCTION order_wanted(minimum int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 2 * minimum $$;

-- Who is on the way somewhere: few of all the entries that a person ever had.
CREATE INDEX shortlist_entry_live ON shortlist_entry (candidate_id) WHERE entry_live(state);

-- Of those ranked (best first) the ones to be put forward now, at most `room`: in the pool and not protected, within reach of the rung, with the
-- points that the rung asks for, on no other list of the same employer's live orders, and on not too many lists at all.
-- One put-forward at a time, so that two orders never take the same person by a hair.
CREATE FUNCTION order_choose(wanted job_order, ranked uuid[], scores int[], room int) RETURNS uuid[] LANGUAGE plpgsql
AS $$
DECLARE
    reach uuid[] := order_reach(wanted);
    rules policy := policy_of(wanted.organisation_id);
    least int := CASE WHEN wanted.rung IN ('relaxed', 'notice') THEN 0 ELSE rules.wishes_floor END;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('emnebank.put_forward'));
    RETURN ARRAY(
        SELECT r.id
        FROM unnest(ranked, scores) WITH ORDINALITY AS r (id, score, place)
        JOIN candidate k ON k.id = r.id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT o.id) FILTER (WHERE o.id <> wanted.id) AS lists,
                   count(*) FILTER (WHERE o.id = wanted.id OR o.employer_id = wanted.employer_id) AS taken
            FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id
            WHERE e.candidate_id = r.id AND (order_live(o.state) OR o.state = 'paused') AND entry_live(e.state)) AS elsewhere
        WHERE k.withdrawn_at IS NULL AND k.protection = 'none' AND (reach IS NULL OR k.organisation_id = ANY (reach)) AND r.score >= least
          AND elsewhere.taken = 0 AND elsewhere.lists < rules.lists_per_candidate
        ORDER BY r.place
        LIMIT greatest(room, 0));
END $$;

CREATE FUNCTION order_live_entries(wanted uuid) RETURNS int LANGUAGE sql STABLE
AS $$ SELECT count(*)::int FROM shortlist_entry e WHERE e.order_id = wanted AND entry_live(e.state) $$;

-- As 0018 made it, of the entries that are new to their homes.
DROP FUNCTION shortlist_tell(job_order, uuid);
CREATE FUNCTION shortlist_tell(wanted job_order, stored uuid, fresh uuid[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
    WITH home AS MATERIALIZED (
        SELECT o.id, o.municipality_code AS code, count(*) AS entries
        FROM shortlist_entry e JOIN organisation o ON o.id = e.organisation_id
        WHERE e.shortlist_id = stored AND e.candidate_id = ANY (fresh) GROUP BY o.id
    ), event AS (
        INSERT INTO outbox (kind, organisation_id, order_id, shortlist_id, payload)
        SELECT 'shortlist.proposed', receiver.id, wanted.id, stored, receiver.payload
        FROM (SELECT h.id, jsonb_build_object('entries', h.entries) FROM home h
              UNION ALL
              SELECT o.id, (SELECT jsonb_build_object('entries', coalesce(sum(h.entries), 0),
                                                      'municipalities', coalesce(jsonb_object_agg(h.code, h.entries), '{}'))
                            FROM home h)
              FROM organisation o WHERE o.kind = 'team') AS receiver (id, payload)
        ORDER BY receiver.id
        RETURNING id, organisation_id
    ), due AS (
        INSERT INTO delivery (outbox_id, endpoint_id, organisation_id)
        SELECT event.id, e.id, event.organisation_id
        FROM event JOIN endpoint e ON e.organisation_id = event.organisation_id
        WHERE e.state = 'active' AND 'shortlist.proposed' = ANY (e.kinds)
        ORDER BY event.organisation_id, e.id
    )
    INSERT INTO change (organisation_id, outbox_id, kind)
    SELECT event.organisation_id, event.id, 'shortlist.proposed' FROM event ORDER BY event.organisation_id;
    PERFORM pg_notify('emnebank_delivery', '');
END $$;

-- What a newer list replaces: who was only proposed or in reserve. Who has been vouched for stays, and is not put forward again.
CREATE FUNCTION shortlist_replace(wanted job_order, stored uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE replaced shortlist_entry;
BEGIN
    IF NOT EXISTS (SELECT FROM shortlist s WHERE s.order_id = wanted.id AND s.id <> stored) THEN
        RETURN;
    END IF;
    UPDATE shortlist_entry e SET state = 'withdrawn', version = e.version + 1
    WHERE e.order_id = wanted.id AND e.shortlist_id <> stored AND e.state = 'reserve';
    FOR replaced IN
        SELECT * FROM shortlist_entry e
        WHERE e.order_id = wanted.id AND e.shortlist_id <> stored AND e.state = 'proposed' ORDER BY e.id FOR UPDATE
    LOOP
        UPDATE shortlist_entry e SET state = 'withdrawn', version = e.version + 1
        WHERE e.id = replaced.id RETURNING * INTO replaced;
        PERFORM entry_tell(replaced);
    END LOOP;
END $$;

-- Puts forward from the reserve of the order's newest list until the wanted number is on its way; how many. For functions that
-- hold the order and its reserve's candidates (shared), without a tenant.
CREATE FUNCTION order_put_forward(wanted job_order) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    newest uuid;
    reserve uuid[];
    points int[];
    chosen uuid[];
BEGIN
    SELECT s.id INTO newest FROM shortlist s WHERE s.order_id = wanted.id ORDER BY s.order_version DESC LIMIT 1;
    SELECT array_agg(e.candidate_id ORDER BY e.rank), array_agg(e.score ORDER BY e.rank) INTO reserve, points
    FROM shortlist_entry e WHERE e.shortlist_id = newest AND e.state = 'reserve';
    IF reserve IS NULL THEN
        RETURN 0;
    END IF;
    chosen := order_choose(wanted, reserve, points, order_wanted(wanted.minimum) - order_live_entries(wanted.id));
    IF chosen = '{}' THEN
        RETURN 0;
    END IF;
    WITH forward AS (
        UPDATE shortlist_entry e SET state = 'proposed', version = e.version + 1
        WHERE e.shortlist_id = newest AND e.candidate_id = ANY (chosen) AND e.state = 'reserve' -- as it is by now
        RETURNING e.candidate_id)
    SELECT coalesce(array_agg(f.candidate_id), '{}') INTO chosen FROM forward f;
    IF chosen <> '{}' THEN
        PERFORM shortlist_tell(wanted, newest, chosen);
    END IF;
    RETURN cardinality(chosen);
END $$;

-- As 0018 made it: those within reach of the rung are put forward, the others wait in reserve.
DO $$
BEGIN
    PERFORM function_reword('shortlist_store(uuid, int, int, bigint, date, int, jsonb, json, uuid[], int[], text[], text[], text[], jsonb, bigint)',
        'wanted.state <> ''open''', 'NOT order_live(wanted.state)');
    PERFORM function_reword('shortlist_store(uuid, int, int, bigint, date, int, jsonb, json, uuid[], int[], text[], text[], text[], jsonb, bigint)',
        'CASE WHEN k.withdrawn_at IS NULL THEN ''proposed'' ELSE ''withdrawn'' END',
        'CASE WHEN k.withdrawn_at IS NOT NULL THEN ''withdrawn'' WHEN k.id = ANY (chosen) THEN ''proposed'' ELSE ''reserve'' END');
    PERFORM function_reword('shortlist_store(uuid, int, int, bigint, date, int, jsonb, json, uuid[], int[], text[], text[], text[], jsonb, bigint)',
        'kept int;', E'kept int;\n    chosen uuid[];');
    PERFORM function_reword('shortlist_store(uuid, int, int, bigint, date, int, jsonb, json, uuid[], int[], text[], text[], text[], jsonb, bigint)',
        'INSERT INTO shortlist_entry', E'PERFORM shortlist_replace(wanted, stored);
    chosen := order_choose(wanted, ranked, scores, order_wanted(wanted.minimum) - order_live_entries(wanted.id));
    INSERT INTO shortlist_entry');
    PERFORM function_reword('shortlist_store(uuid, int, int, bigint, date, int, jsonb, json, uuid[], int[], text[], text[], text[], jsonb, bigint)',
        'PERFORM shortlist_tell(wanted, stored);', E'PERFORM shortlist_tell(wanted, stored, chosen);
    PERFORM order_attend(wanted.id);');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Kinds of events

ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN
    ('shortlist.proposed', 'entry.changed', 'order.changed', 'proposal.made', 'lead.assigned', 'cv.released', 'cv.recalled',
     'endpoint.test', 'endpoint.disabled',
     'order.warning',       -- half or three quarters of the time are over, or all of it: to the team (0021)
     'order.climbed',       -- a rung: to the team (0021)
     'order.short',         -- not enough candidates, and the gap: to the team and whoever received the order (0021)
     'candidate.expiring',  -- a home is asked to confirm what it says of a candidate (0025)
     'push.stopped'));      -- the stop switch, on or off: to all partners (0024)

GRANT EXECUTE ON FUNCTION app_now(), order_live(text), order_over(text), entry_live(text), referral_actor(), order_reach(job_order),
    order_wanted(int), order_live_entries(uuid), policy_of(uuid), order_attend(uuid) TO emnebank_front, emnebank_match;
GRANT EXECUTE ON FUNCTION app_now(), order_over(text), order_live(text) TO emnebank_deliver;

RESET ROLE;
