-- The clock and the ladder of an order: working time, the two warnings, the time that homes and candidates have to answer, who is
-- put forward when somebody falls away, the rungs, the notice that there are not enough, and what an order came to when it was due.
--
-- One function looks at one order (order_check) and does whatever its clock has come to; whoever calls it twice, or from two sides,
-- or after a crash, changes nothing twice. Orders are looked at when check_at has come or something happened (order_attention).
--
-- Lock order as in 0001: candidate, job_order, the lock of putting forward, shortlist_entry, outbox. So: one order a transaction.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Working time. The calendar is computed in one place (common/domain/calendar) and put here by the watch.

CREATE TABLE office_hours (
    day date PRIMARY KEY,
    opens_at timestamptz NOT NULL UNIQUE,
    closes_at timestamptz NOT NULL UNIQUE,
    CHECK (opens_at < closes_at)
);
GRANT SELECT ON office_hours TO emnebank_front, emnebank_match;

-- Office hours between two moments; nothing when `until` is not later.
CREATE FUNCTION working_time(since timestamptz, until timestamptz) RETURNS interval LANGUAGE sql STABLE
AS $$
    SELECT coalesce(sum(least(h.closes_at, until) - greatest(h.opens_at, since)), interval '0')
    FROM office_hours h WHERE h.closes_at > since AND h.opens_at < until
$$;

-- The earliest moment when so much working time has passed. Beyond the days that are known, of the time itself.
CREATE FUNCTION working_after(since timestamptz, span interval) RETURNS timestamptz LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN span <= interval '0' THEN since ELSE coalesce((
        SELECT day.begins + (span - day.before)
        FROM (SELECT greatest(h.opens_at, since) AS begins, h.closes_at,
                     coalesce(sum(h.closes_at - greatest(h.opens_at, since))
                              OVER (ORDER BY h.opens_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), interval '0') AS before
              FROM office_hours h WHERE h.closes_at > since
              ORDER BY h.opens_at LIMIT 1 + ceil(extract(epoch FROM span) / 1800)::int) AS day
        WHERE day.before + (day.closes_at - day.begins) >= span
        ORDER BY day.begins LIMIT 1), since + span) END
$$;

-- The moment when a share of the working time between two moments has passed; without working time, of the time itself.
CREATE FUNCTION working_share(since timestamptz, until timestamptz, share numeric) RETURNS timestamptz LANGUAGE plpgsql STABLE
AS $$
DECLARE span interval := working_time(since, until);
BEGIN
    IF span > interval '0' THEN
        RETURN working_after(since, make_interval(secs => extract(epoch FROM span) * share));
    END IF;
    RETURN since + make_interval(secs => greatest(extract(epoch FROM until - since), 0) * share);
END $$;

-- What the daemon's configuration says of it ([orders]); the watch writes it.
CREATE TABLE order_rules (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    answer_least interval NOT NULL DEFAULT '1 hour',  -- working time to answer in, at least
    last_look interval NOT NULL DEFAULT '15 minutes', -- working time before an order is due
    expires_after int NOT NULL DEFAULT 14             -- days after its start
);
INSERT INTO order_rules DEFAULT VALUES;

-- ---------------------------------------------------------------------------------------------------------------
-- What an order's clock knows

ALTER TABLE job_order
    ADD COLUMN warn_half_at timestamptz,   -- half of the working time between received and due
    ADD COLUMN warn_late_at timestamptz,   -- three quarters
    ADD COLUMN marks int NOT NULL DEFAULT 0 CHECK (marks BETWEEN 0 AND 3),  -- passed: looked at, half, three quarters
    ADD COLUMN list_asked_at timestamptz,  -- the ranking of the present version
    ADD COLUMN long_version int,           -- the last version for which a longer list was asked
    ADD COLUMN paused_at timestamptz,      -- the clock stands still since
    ADD COLUMN notice_by timestamptz,      -- the notice goes now, with the gap or without
    ADD COLUMN noticed_at timestamptz,
    ADD COLUMN due_outcome text CHECK (due_outcome IN ('candidates', 'notice', 'breach')); -- what there was when it was due

-- When the home (proposed) or the candidate (asked) is to have answered.
ALTER TABLE shortlist_entry ADD COLUMN answer_by timestamptz;

-- Which course would give the order more candidates: as the team sees it, and in steps for others. Of one version of the order.
CREATE TABLE order_gap (
    order_id uuid PRIMARY KEY REFERENCES job_order ON DELETE CASCADE,
    order_version int NOT NULL,
    team jsonb NOT NULL,
    partners jsonb NOT NULL
);
ALTER TABLE order_gap ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_gap FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON order_gap TO emnebank_owner USING (true) WITH CHECK (true);

-- Opening starts the clock and steps on the first rung; a pause stops it, and what was left is left when it ends.
CREATE FUNCTION order_clock() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE was text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE 'draft' END;
BEGIN
    IF NOT order_live(NEW.state) THEN
        NEW.check_at := NULL;
        NEW.paused_at := CASE WHEN NEW.state = 'paused' THEN coalesce(NEW.paused_at, app_now()) END;
        RETURN NEW;
    END IF;
    IF was = 'paused' AND OLD.paused_at < OLD.due_at AND NEW.due_at = OLD.due_at THEN
        NEW.due_at := working_after(app_now(), working_time(OLD.paused_at, OLD.due_at));
        NEW.warn_half_at := CASE WHEN OLD.warn_half_at <= OLD.paused_at THEN OLD.warn_half_at
                                 ELSE working_after(app_now(), working_time(OLD.paused_at, OLD.warn_half_at)) END;
        NEW.warn_late_at := CASE WHEN OLD.warn_late_at <= OLD.paused_at THEN OLD.warn_late_at
                                 ELSE working_after(app_now(), working_time(OLD.paused_at, OLD.warn_late_at)) END;
    ELSIF TG_OP = 'INSERT' OR NEW.warn_half_at IS NULL
          OR (OLD.received_at, OLD.due_at) IS DISTINCT FROM (NEW.received_at, NEW.due_at) THEN
        NEW.warn_half_at := working_share(NEW.received_at, NEW.due_at, 0.5);
        NEW.warn_late_at := working_share(NEW.received_at, NEW.due_at, 0.75);
    END IF;
    IF NOT order_live(was) THEN
        NEW.paused_at := NULL;
        IF was = 'draft' THEN
            NEW.rung := coalesce(NEW.first_rung, (policy_of(NEW.organisation_id)).first_rung);
        END IF;
    ELSIF NEW.ranking_version <> OLD.ranking_version AND NEW.rung = 'notice' THEN
        NEW.rung := 'relaxed'; -- another order now: it may be enough, and if not, it is said anew
        NEW.noticed_at := NULL;
        NEW.notice_by := NULL;
    END IF;
    IF NOT order_live(was) OR NEW.ranking_version <> OLD.ranking_version THEN
        NEW.list_asked_at := app_now();
    END IF;
    NEW.check_at := app_now();
    RETURN NEW;
END $$;
CREATE TRIGGER order_clock BEFORE INSERT OR UPDATE OF state, received_at, due_at, ranking_version ON job_order
    FOR EACH ROW EXECUTE FUNCTION order_clock();

CREATE FUNCTION order_clocked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' OR OLD.state = 'draft' THEN
        PERFORM order_log(NEW.id, 'rung', NEW.rung, 'first');
    ELSIF OLD.state = 'paused' THEN
        UPDATE shortlist_entry e SET answer_by = working_after(app_now(), working_time(OLD.paused_at, e.answer_by))
        WHERE e.order_id = NEW.id AND e.answer_by > OLD.paused_at;
    END IF;
    PERFORM pg_notify('emnebank_order', '');
    RETURN NULL;
END $$;
CREATE TRIGGER order_clocked_new AFTER INSERT ON job_order FOR EACH ROW
    WHEN (order_live(NEW.state)) EXECUTE FUNCTION order_clocked();
CREATE TRIGGER order_clocked AFTER UPDATE OF state ON job_order FOR EACH ROW
    WHEN (order_live(NEW.state) AND NOT order_live(OLD.state)) EXECUTE FUNCTION order_clocked();

-- Half of the working time that was left when it was put to them, yet never less than the least. Those who are put forward right
-- away answer by half time itself, so that silence and its deadline are one moment.
CREATE FUNCTION order_answer_by(wanted job_order, since timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE least_by timestamptz := working_after(since, (SELECT r.answer_least FROM order_rules r));
BEGIN
    IF working_time(wanted.received_at, since) * 10 <= working_time(wanted.received_at, wanted.due_at) THEN
        RETURN greatest(wanted.warn_half_at, least_by);
    END IF;
    RETURN greatest(working_share(since, wanted.due_at, 0.5), least_by);
END $$;

-- A step that somebody is to answer has a deadline of its own, which the order's next look must know of. (Entries of a new list
-- get theirs from the look that storing asks for.)
CREATE FUNCTION entry_deadline() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    NEW.answer_by := NULL;
    IF NEW.state = 'asked' OR NEW.state = 'proposed' AND app_tenant() IS NOT NULL THEN
        PERFORM order_attend(NEW.order_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_deadline BEFORE UPDATE OF state ON shortlist_entry FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION entry_deadline();

-- Whoever has fallen away from an order is not put forward for it again by a newer list; a late answer is given on the entry
-- that was not answered.
CREATE FUNCTION order_fallen(wanted uuid, fallen uuid) RETURNS boolean LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = fallen AND e.order_id = wanted
                     AND e.state IN ('declined', 'replaced', 'no', 'no_answer', 'not_relevant', 'obsolete'))
        OR EXISTS (SELECT FROM consent c WHERE c.candidate_id = fallen AND c.order_id = wanted AND c.withdrawn_at IS NOT NULL)
$$;
DO $$
BEGIN
    PERFORM function_reword('order_choose(job_order, uuid[], int[], int)', 'AND elsewhere.taken = 0',
                            'AND elsewhere.taken = 0 AND NOT order_fallen(wanted.id, r.id)');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Telling

-- Where an order stands, in numbers.
CREATE FUNCTION order_numbers(wanted job_order) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object(
        'posts', wanted.posts, 'minimum', wanted.minimum, 'rung', wanted.rung, 'due_at', order_time(wanted.due_at),
        'live', count(*) FILTER (WHERE entry_live(e.state)),
        'vouched', count(*) FILTER (WHERE entry_live(e.state) AND e.state <> 'proposed'),
        'missing', greatest(wanted.minimum - count(*) FILTER (WHERE entry_live(e.state)), 0),
        'put_forward', (SELECT count(DISTINCT r.candidate_id) FROM referral r WHERE r.order_id = wanted.id AND entry_live(r.to_state)),
        'declined', count(*) FILTER (WHERE e.state IN ('declined', 'replaced', 'no', 'not_relevant')),
        'no_answer', count(*) FILTER (WHERE e.state = 'no_answer'),
        'reserve', count(*) FILTER (WHERE e.state = 'reserve'))
    FROM shortlist_entry e WHERE e.order_id = wanted.id
$$;

-- To the team.
CREATE FUNCTION order_warn(wanted job_order, warning text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE numbers jsonb := order_numbers(wanted);
BEGIN
    PERFORM order_log(wanted.id, CASE warning WHEN 'breach' THEN 'breach' ELSE 'warning' END, warning, NULL, numbers);
    PERFORM outbox_put('order.warning', o.id, wanted.id, NULL, NULL, NULL, numbers || jsonb_build_object('warning', warning))
    FROM organisation o WHERE o.kind = 'team' ORDER BY o.id;
END $$;

-- Not enough, and the gap: to the team and to whoever received the order.
CREATE FUNCTION order_give_notice(wanted job_order) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE
    told job_order;
    numbers jsonb := order_numbers(wanted);
    gap order_gap;
    why text;
BEGIN
    SELECT * INTO gap FROM order_gap g WHERE g.order_id = wanted.id AND g.order_version = wanted.ranking_version;
    SELECT v.reason INTO why FROM order_event v WHERE v.order_id = wanted.id AND v.kind = 'rung' ORDER BY v.id DESC LIMIT 1;
    numbers := numbers || jsonb_build_object('reason', why);
    UPDATE job_order o SET noticed_at = app_now(), notice_by = NULL WHERE o.id = wanted.id RETURNING * INTO told;
    PERFORM order_log(wanted.id, 'notice', 'short', why, numbers || jsonb_build_object('gap', gap.partners));
    PERFORM outbox_put('order.short', o.id, wanted.id, NULL, NULL, NULL,
                       numbers || jsonb_build_object('gap', CASE WHEN o.kind = 'team' THEN gap.team ELSE gap.partners END))
    FROM organisation o WHERE o.kind = 'team' OR o.id = wanted.organisation_id ORDER BY o.id;
    RETURN told;
END $$;

-- From the job 'notice'. A gap of an order that has changed since is of no use, and is not looked at.
CREATE FUNCTION order_gap_put(wanted uuid, version int, team_gap jsonb, partners_gap jsonb) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO order_gap (order_id, order_version, team, partners) VALUES (wanted, version, team_gap, partners_gap)
    ON CONFLICT (order_id) DO UPDATE SET order_version = version, team = team_gap, partners = partners_gap
    WHERE order_gap.order_version <= version;
    PERFORM order_attend(wanted);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The steps of a look. Each takes the order as it stands, held by the caller, and gives it back.

-- Nobody answered in time.
CREATE FUNCTION order_unanswered(wanted job_order) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE late shortlist_entry;
BEGIN
    FOR late IN
        SELECT * FROM shortlist_entry e
        WHERE e.order_id = wanted.id AND e.state IN ('proposed', 'asked') AND e.answer_by <= app_now() ORDER BY e.id FOR UPDATE
    LOOP
        UPDATE shortlist_entry e SET state = 'no_answer', version = e.version + 1 WHERE e.id = late.id RETURNING * INTO late;
        PERFORM entry_tell(late);
    END LOOP;
END $$;

-- One rung up: too_few, silence, no_list (nothing has been ranked, and it is nearly due). The last one asks for the gap, and waits
-- a minute for it at most.
CREATE FUNCTION order_climb(wanted job_order, next_rung text, why text) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE climbed job_order;
BEGIN
    UPDATE job_order o SET rung = next_rung,
        notice_by = CASE WHEN next_rung = 'notice' THEN least(app_now() + interval '1 minute', greatest(o.due_at - interval '10 seconds', app_now())) END
    WHERE o.id = wanted.id RETURNING * INTO climbed;
    PERFORM order_log(wanted.id, 'rung', next_rung, why, order_numbers(climbed));
    IF next_rung = 'notice' THEN
        PERFORM job_enqueue('notice', jsonb_build_object('order_id', wanted.id, 'order_version', wanted.ranking_version));
    END IF;
    PERFORM outbox_put('order.climbed', o.id, wanted.id, NULL, NULL, NULL,
                       order_numbers(climbed) || jsonb_build_object('reason', why))
    FROM organisation o WHERE o.kind = 'team' ORDER BY o.id;
    RETURN climbed;
END $$;

CREATE FUNCTION order_next_rung(rung text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT CASE rung WHEN 'own' THEN 'neighbours' WHEN 'neighbours' THEN 'all' WHEN 'all' THEN 'relaxed' ELSE 'notice' END $$;

-- A list is kept no longer than it takes (demand_entries of services/match). When all on it have been put forward, there may be
-- more in the pool: a longer one is asked for, once, before it is said that there are too few.
CREATE FUNCTION order_list_cut(wanted job_order) RETURNS boolean LANGUAGE sql STABLE
AS $$
    SELECT coalesce((SELECT s.listed = greatest(20, 3 * wanted.minimum) AND s.order_version IS DISTINCT FROM wanted.long_version
                     FROM shortlist s
                     WHERE s.order_id = wanted.id ORDER BY s.order_version DESC LIMIT 1), false)
$$;

CREATE FUNCTION order_rank_longer(wanted job_order) RETURNS job_order LANGUAGE plpgsql
AS $$
BEGIN
    wanted := order_climb(wanted, 'relaxed', CASE wanted.rung WHEN 'relaxed' THEN 'longer_list' ELSE 'too_few' END);
    UPDATE job_order o SET version = o.version + 1, ranking_version = o.version + 1, long_version = o.version + 1,
        pool_version = pool_current()
    WHERE o.id = wanted.id RETURNING * INTO wanted;
    PERFORM order_rank(wanted.id, wanted.ranking_version);
    RETURN wanted;
END $$;

-- Puts forward whom there is, and climbs for as long as there are too few.
CREATE FUNCTION order_seek(wanted job_order, why text) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE forward int;
BEGIN
    LOOP
        forward := order_put_forward(wanted);
        IF forward > 0 THEN
            PERFORM order_log(wanted.id, 'put_forward', forward::text, why, order_numbers(wanted));
        END IF;
        EXIT WHEN wanted.rung = 'notice' OR order_live_entries(wanted.id) >= wanted.minimum;
        IF wanted.rung IN ('all', 'relaxed') AND order_list_cut(wanted) THEN
            RETURN order_rank_longer(wanted);
        END IF;
        wanted := order_climb(wanted, order_next_rung(wanted.rung), 'too_few');
        why := 'rung';
    END LOOP;
    RETURN wanted;
END $$;

-- The mark of its clock that an order has come to: looked at, half, three quarters.
CREATE FUNCTION order_marks(wanted job_order) RETURNS int LANGUAGE sql STABLE
AS $$ SELECT CASE WHEN app_now() >= wanted.warn_late_at THEN 3 WHEN app_now() >= wanted.warn_half_at THEN 2 ELSE 1 END $$;

-- The marks of the clock that have been passed, each once. Half time and nobody has said a word: a rung up, though not so far as to
-- say that there are too few.
CREATE FUNCTION order_pass_marks(wanted job_order) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE
    passed int := order_marks(wanted);
    rung text := order_next_rung(wanted.rung);
BEGIN
    IF passed <= wanted.marks THEN
        RETURN wanted;
    END IF;
    IF passed > 1 AND rung <> 'notice' AND order_silent(wanted) THEN
        wanted := order_climb(wanted, rung, 'silence');
    END IF;
    RETURN wanted;
END $$;

-- After everything else, so that it says what is so. Whoever has enough that are vouched for is not warned of.
CREATE FUNCTION order_warn_marks(wanted job_order) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE
    passed int := order_marks(wanted);
    before int := wanted.marks;
BEGIN
    IF passed <= before THEN
        RETURN wanted;
    END IF;
    UPDATE job_order o SET marks = passed WHERE o.id = wanted.id RETURNING * INTO wanted;
    IF before = 0 AND working_time(wanted.received_at, wanted.due_at) < interval '1 hour' THEN
        PERFORM order_warn(wanted, 'hurried');
    END IF;
    IF passed > 1 AND (order_numbers(wanted) ->> 'vouched')::int < wanted.minimum THEN
        PERFORM order_warn(wanted, CASE passed WHEN 2 THEN 'half' ELSE 'three_quarters' END);
    END IF;
    RETURN wanted;
END $$;

-- What there is when the order is due. A breach is neither candidates nor notice: it is said, and the notice goes after it.
CREATE FUNCTION order_judge(wanted job_order) RETURNS job_order LANGUAGE plpgsql
AS $$
DECLARE outcome text;
BEGIN
    IF wanted.due_outcome IS NOT NULL OR wanted.due_at IS NULL OR app_now() < wanted.due_at THEN
        RETURN wanted;
    END IF;
    outcome := CASE WHEN order_live_entries(wanted.id) >= wanted.minimum THEN 'candidates'
                    WHEN wanted.noticed_at <= wanted.due_at THEN 'notice' ELSE 'breach' END;
    UPDATE job_order o SET due_outcome = outcome WHERE o.id = wanted.id RETURNING * INTO wanted;
    IF outcome = 'breach' THEN
        PERFORM order_warn(wanted, 'breach');
    ELSE
        PERFORM order_log(wanted.id, 'answered', outcome, NULL, order_numbers(wanted));
    END IF;
    RETURN wanted;
END $$;

-- The order has started some days ago, and nobody is on the way.
CREATE FUNCTION order_outlived(wanted job_order) RETURNS boolean LANGUAGE sql STABLE
AS $$
    SELECT (app_now() AT TIME ZONE 'Europe/Copenhagen')::date > wanted.start_date + r.expires_after
        AND order_live_entries(wanted.id) = 0
    FROM order_rules r
$$;

-- Of those who have none yet: a new list's, and whoever has been put forward since the last look.
CREATE FUNCTION order_set_deadlines(wanted job_order) RETURNS void LANGUAGE sql
AS $$
    UPDATE shortlist_entry e SET answer_by = order_answer_by(wanted, coalesce(
        (SELECT max(r.at) FROM referral r WHERE r.entry_id = e.id AND r.to_state = e.state), app_now()))
    WHERE e.order_id = wanted.id AND e.state IN ('proposed', 'asked') AND e.answer_by IS NULL
$$;

-- When an order that is short and not even ranked is given notice of: so long before it is due.
CREATE FUNCTION order_last_look(wanted job_order) RETURNS timestamptz LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN span > r.last_look THEN working_after(wanted.received_at, span - r.last_look)
                ELSE working_share(wanted.received_at, wanted.due_at, 0.9) END
    FROM order_rules r, working_time(wanted.received_at, wanted.due_at) AS span
$$;

-- When a list that has not come counts as none. The engine has two minutes, though not beyond the order's time, which the watch
-- has to keep; once that is over it has them again.
CREATE FUNCTION order_list_by(wanted job_order) RETURNS timestamptz LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN wanted.list_asked_at >= wanted.due_at - interval '10 seconds' THEN wanted.list_asked_at + interval '2 minutes'
                ELSE greatest(order_last_look(wanted),
                              least(wanted.list_asked_at + interval '2 minutes', wanted.due_at - interval '10 seconds')) END
$$;

-- When the clock comes to something next; NULL: to nothing any more.
CREATE FUNCTION order_next_check(wanted job_order) RETURNS timestamptz LANGUAGE sql STABLE
AS $$
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
$$;

-- `failed`: the SQLSTATE of a look that could not be taken.
CREATE TYPE order_done AS (checked int, climbs int, warnings int, breaches int, notices int, order_id uuid, failed text);

-- One look at one order. NULL: another is looking at it. (order_fill, order_move: 0022.)
CREATE FUNCTION order_check(wanted uuid) RETURNS order_done LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    held job_order;
    mark bigint;
    done order_done;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('emnebank.check.' || wanted, 0)) THEN
        RETURN NULL;
    END IF;
    PERFORM FROM candidate k
    WHERE k.id IN (SELECT e.candidate_id FROM shortlist_entry e WHERE e.order_id = wanted AND entry_step_legal(e.state, 'obsolete'))
    ORDER BY k.id FOR SHARE;
    SELECT * INTO held FROM job_order o WHERE o.id = wanted FOR NO KEY UPDATE;
    DELETE FROM order_attention a WHERE a.order_id = wanted;
    IF order_fill(held) OR NOT order_live(held.state) THEN
        RETURN (1, 0, 0, 0, 0, wanted, NULL)::order_done;
    END IF;
    SELECT coalesce(max(v.id), 0) INTO mark FROM order_event v WHERE v.order_id = wanted;
    PERFORM order_set_deadlines(held);
    PERFORM order_unanswered(held);
    held := order_pass_marks(held);
    IF EXISTS (SELECT FROM shortlist s WHERE s.order_id = wanted AND s.order_version >= held.ranking_version) THEN
        held := order_seek(held, 'next');
    ELSIF held.rung <> 'notice' AND app_now() >= order_list_by(held) AND order_live_entries(wanted) < held.minimum THEN
        held := order_climb(held, 'notice', 'no_list');
    END IF;
    held := order_warn_marks(held);
    IF held.rung = 'notice' AND held.noticed_at IS NULL AND order_live_entries(wanted) < held.minimum
       AND (app_now() >= held.notice_by
            OR EXISTS (SELECT FROM order_gap g WHERE g.order_id = wanted AND g.order_version = held.ranking_version)) THEN
        held := order_give_notice(held);
    END IF;
    held := order_judge(held);
    IF order_outlived(held) THEN
        PERFORM order_move(held, 'expired', 'start_passed');
    ELSE
        PERFORM order_set_deadlines(held);
        -- Never this moment again: whatever was due has been done.
        UPDATE job_order o SET check_at = CASE WHEN next.at IS NOT NULL THEN greatest(next.at, app_now() + interval '1 second') END
        FROM order_next_check(held) AS next (at) WHERE o.id = wanted;
    END IF;
    SELECT 1, count(*) FILTER (WHERE v.kind = 'rung'), count(*) FILTER (WHERE v.kind = 'warning'),
           count(*) FILTER (WHERE v.kind = 'breach'), count(*) FILTER (WHERE v.kind = 'notice'), wanted
    INTO done FROM order_event v WHERE v.order_id = wanted AND v.id > mark;
    RETURN done;
END $$;

-- The same; an order that cannot be looked at is put off for a minute, so that it stands in nobody's way.
CREATE FUNCTION order_try(wanted uuid) RETURNS order_done LANGUAGE plpgsql
AS $$
BEGIN
    RETURN order_check(wanted);
EXCEPTION
    WHEN transaction_rollback OR query_canceled OR lock_not_available THEN
        RAISE; -- passes
    WHEN OTHERS THEN
        DELETE FROM order_attention a WHERE a.order_id = wanted;
        UPDATE job_order o SET check_at = app_now() + interval '1 minute' WHERE o.id = wanted;
        RETURN (1, 0, 0, 0, 0, wanted, SQLSTATE)::order_done;
END $$;

-- Those whose time has come or to whom something happened.
CREATE FUNCTION order_due() RETURNS SETOF uuid LANGUAGE sql STABLE
AS $$
    SELECT id FROM (
        SELECT o.id, o.check_at AS at FROM job_order o WHERE o.check_at <= app_now()
        UNION ALL
        SELECT DISTINCT a.order_id, timestamptz '-infinity' FROM order_attention a) AS d
    GROUP BY id ORDER BY min(at), id
$$;

-- Looks at up to `most` orders; how many. Several in one transaction are for whoever is alone: the watch takes them one by one.
CREATE FUNCTION order_tick(most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    due uuid;
    handled int := 0;
BEGIN
    FOR due IN SELECT d.id FROM order_due() AS d (id) LOOP
        EXIT WHEN handled >= most;
        IF (order_check(due)).checked IS NOT NULL THEN
            handled := handled + 1;
        END IF;
    END LOOP;
    RETURN handled;
END $$;

-- The watch's one call: a look at one order ('orders'), or what other rooms' clocks have come to ('release', 'fresh'), each in a
-- transaction of its own. `checked`: how many; call again until it is 0.
CREATE FUNCTION life_tick(turn text) RETURNS order_done LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    due uuid;
    done order_done;
    own text := CASE turn WHEN 'release' THEN 'auto_release_tick()' WHEN 'fresh' THEN 'fresh_tick()' END;
    handled int := 0;
BEGIN
    IF turn = 'orders' THEN
        FOR due IN SELECT d.id FROM order_due() AS d (id) LOOP
            done := order_try(due);
            IF done.checked IS NOT NULL THEN
                RETURN done;
            END IF;
        END LOOP;
    ELSIF to_regprocedure(own) IS NOT NULL THEN
        EXECUTE 'SELECT ' || own INTO handled;
    END IF;
    RETURN (handled, 0, 0, 0, 0, NULL, NULL)::order_done;
END $$;

-- Overdue: neither candidates nor notice. Unanswered: somebody is put forward, and nobody has said a word.
CREATE FUNCTION order_overdue(wanted job_order) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT order_live(wanted.state) AND wanted.due_at < app_now() AND wanted.noticed_at IS NULL
        AND order_live_entries(wanted.id) < wanted.minimum
$$;

CREATE FUNCTION order_silent(wanted job_order) RETURNS boolean LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM referral r WHERE r.order_id = wanted.id AND entry_live(r.to_state))
       AND NOT EXISTS (SELECT FROM referral r WHERE r.order_id = wanted.id AND r.actor IN ('home', 'candidate'))
$$;

-- GET /v1/job-orders?overdue=true: as order_page, of those alone.
CREATE FUNCTION order_overdue_page(wanted_state text, position_before text, page_limit int, OUT items text, OUT next_position text)
    LANGUAGE sql STABLE
AS $$
    WITH page AS MATERIALIZED (
        SELECT o.id, o.created_at, row_number() OVER (ORDER BY o.created_at DESC, o.id DESC) AS place
        FROM job_order o
        WHERE order_live(o.state) AND (wanted_state IS NULL OR o.state = wanted_state) AND order_overdue(o)
          AND (position_before = '' OR (o.created_at, o.id) <
               (timestamptz 'epoch' + nullif(split_part(position_before, '/', 1), '')::bigint * interval '1 microsecond',
                nullif(split_part(position_before, '/', 2), '')::uuid))
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT page_limit + 1)
    SELECT (SELECT coalesce(jsonb_agg(order_document(p.id) ORDER BY p.place), '[]')::text FROM page p WHERE p.place <= page_limit),
           (SELECT (extract(epoch FROM p.created_at) * 1000000)::bigint || '/' || p.id FROM page p
            WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
$$;

-- GET /v1/job-orders/{id}/events: what happened to an order, oldest first. A position is the id of the last event of the page
-- before, '' for the first page.
CREATE FUNCTION order_events(wanted uuid, position_before text, page_limit int, OUT items text, OUT next_position text)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM job_order o WHERE o.id = wanted) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Jobordrens forløb er partnernes eget.');
    END IF;
    WITH page AS MATERIALIZED (
        SELECT v.*, row_number() OVER (ORDER BY v.id) AS place
        FROM order_event v WHERE v.order_id = wanted AND v.id > coalesce(nullif(position_before, '')::bigint, 0)
        ORDER BY v.id LIMIT page_limit + 1)
    SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('at', order_time(p.at), 'kind', p.kind, 'code', p.code, 'reason', p.reason,
                                                         'person', p.person, 'detail', p.detail) ORDER BY p.place), '[]')::text
            FROM page p WHERE p.place <= page_limit),
           (SELECT p.id::text FROM page p WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
    INTO items, next_position;
END $$;

CREATE FUNCTION order_counts() RETURNS TABLE (name text, count bigint) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT s.state, (SELECT count(*) FROM job_order o WHERE o.state = s.state)
    FROM unnest(ARRAY['open', 'in_treatment', 'paused', 'draft', 'filled', 'closed', 'expired', 'cancelled']) AS s (state)
    UNION ALL
    SELECT 'unanswered', count(*) FROM job_order o WHERE order_live(o.state) AND order_silent(o)
    UNION ALL
    SELECT 'overdue', count(*) FROM job_order o WHERE order_live(o.state) AND order_overdue(o)
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- What the watch writes: the configuration. Days that are over keep the hours that they had.

CREATE FUNCTION office_hours_ahead() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT md5(string_agg(h::text, ',' ORDER BY h.day)) FROM office_hours h WHERE h.closes_at > app_now() $$;

CREATE FUNCTION order_rules_set(opens timestamptz[], closes timestamptz[], least_answer interval, look interval, expiry int)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    before text := office_hours_ahead();
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('emnebank.order_rules'));
    UPDATE order_rules r SET answer_least = least_answer, last_look = look, expires_after = expiry
    WHERE (r.answer_least, r.last_look, r.expires_after) IS DISTINCT FROM (least_answer, look, expiry);
    DELETE FROM office_hours h WHERE h.opens_at > app_now() AND h.opens_at <> ALL (opens);
    INSERT INTO office_hours (day, opens_at, closes_at)
    SELECT (d.opens_at AT TIME ZONE 'Europe/Copenhagen')::date, d.opens_at, d.closes_at
    FROM unnest(opens, closes) AS d (opens_at, closes_at)
    ON CONFLICT (day) DO UPDATE SET opens_at = excluded.opens_at, closes_at = excluded.closes_at
    WHERE office_hours.closes_at > app_now()
      AND (office_hours.opens_at, office_hours.closes_at) <> (excluded.opens_at, excluded.closes_at);
    IF before IS DISTINCT FROM office_hours_ahead() THEN
        UPDATE job_order o SET warn_half_at = working_share(o.received_at, o.due_at, 0.5),
            warn_late_at = working_share(o.received_at, o.due_at, 0.75), check_at = app_now()
        WHERE order_live(o.state) AND o.marks < 2 AND o.due_at > app_now();
    END IF;
END $$;

-- Orders that were open before: their clocks run from here on.
UPDATE job_order o SET state = o.state WHERE order_live(o.state);

GRANT EXECUTE ON FUNCTION working_time(timestamptz, timestamptz), working_after(timestamptz, interval),
    working_share(timestamptz, timestamptz, numeric) TO emnebank_front, emnebank_match;
GRANT EXECUTE ON FUNCTION order_overdue(job_order), order_overdue_page(text, text, int), order_events(uuid, text, int) TO emnebank_front;
GRANT EXECUTE ON FUNCTION course_lines(), vocabulary_certificates(bigint), order_gap_put(uuid, int, jsonb, jsonb), order_tick(int),
    life_tick(text), order_counts(), order_rules_set(timestamptz[], timestamptz[], interval, interval, int) TO emnebank_match;

RESET ROLE;
