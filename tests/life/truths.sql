-- What must be true of the town, whatever happened in it: each rule of its own, told by what breaks it. Read from the logs and
-- the tables, by other ways than the functions that are to be proven. Run as superuser.
SET search_path TO emnebank, public;

-- What left the house, by the town's own clock and the machine's; and when pushes were stopped.
CREATE TABLE life.sent (at timestamptz NOT NULL, really timestamptz NOT NULL DEFAULT clock_timestamp(), delivery_id uuid NOT NULL);
CREATE TABLE life.stop (since timestamptz NOT NULL, until timestamptz);

-- The state that an order, or an entry, had at a moment; NULL: none yet.
CREATE FUNCTION life.order_was(wanted uuid, moment timestamptz) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT v.code FROM order_event v WHERE v.order_id = wanted AND v.kind = 'state' AND v.at <= moment ORDER BY v.id DESC LIMIT 1 $$;
CREATE FUNCTION life.live_at(wanted uuid, moment timestamptz) RETURNS bigint LANGUAGE sql STABLE
AS $$
    SELECT count(*) FROM (SELECT DISTINCT ON (r.entry_id) r.to_state FROM referral r
                          WHERE r.order_id = wanted AND r.at <= moment ORDER BY r.entry_id, r.id DESC) AS last
    WHERE last.to_state IN ('proposed', 'confirmed', 'asked', 'yes', 'approved', 'released', 'interview', 'hired')
$$;
-- Told before it was due, to the team, and with the gap or the reason.
CREATE FUNCTION life.noticed_by(wanted uuid, moment timestamptz) RETURNS boolean LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM order_event v WHERE v.order_id = wanted AND v.kind = 'notice' AND v.at <= moment)
       AND EXISTS (SELECT FROM outbox b JOIN organisation o ON o.id = b.organisation_id AND o.kind = 'team'
                   WHERE b.order_id = wanted AND b.kind = 'order.short'
                     AND (b.payload ->> 'reason' IS NOT NULL OR b.payload -> 'gap' <> 'null'))
$$;
-- The orders whose clock ran out: neither over nor paused by then.
CREATE VIEW life.came_due AS
    SELECT o.*, life.live_at(o.id, o.due_at) AS live, life.noticed_by(o.id, o.due_at) AS noticed
    FROM job_order o WHERE o.due_at <= app_now() AND life.order_was(o.id, o.due_at) IN ('open', 'in_treatment');

-- True at any moment.
CREATE FUNCTION life.faults_now() RETURNS TABLE (rule text, detail text) LANGUAGE sql STABLE
AS $$
    SELECT 'nobody is hired twice', e.candidate_id::text FROM shortlist_entry e
    WHERE e.state = 'hired' GROUP BY e.candidate_id HAVING count(*) > 1
    UNION ALL
    SELECT 'nobody is twice with one employer', e.candidate_id || ' with ' || o.employer_id
    FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id
    WHERE o.state IN ('open', 'in_treatment', 'paused')
      AND e.state IN ('proposed', 'confirmed', 'asked', 'yes', 'approved', 'released', 'interview', 'hired')
    GROUP BY e.candidate_id, o.employer_id HAVING count(*) > 1
    UNION ALL
    SELECT 'who has a job is put forward for no other', e.id::text FROM shortlist_entry e
    WHERE e.state IN ('proposed', 'confirmed', 'asked', 'yes', 'approved', 'released', 'interview')
      AND EXISTS (SELECT FROM shortlist_entry h WHERE h.candidate_id = e.candidate_id AND h.state = 'hired')
    UNION ALL
    SELECT 'released: a yes, an approval, a basis, in this order', r.id::text
    FROM release r
    LEFT JOIN consent c ON c.id = r.consent_id AND c.entry_id = r.entry_id AND c.candidate_id = r.candidate_id
        AND c.employer_id = r.employer_id AND c.recorded_at <= r.released_at
    LEFT JOIN approval a ON a.id = r.approval_id AND a.entry_id = r.entry_id AND a.person <> '' AND a.approved_at <= r.released_at
    WHERE c.id IS NULL OR a.id IS NULL OR c.recorded_at > a.approved_at OR r.legal_basis IS NULL
    UNION ALL
    SELECT 'released: in force while the entry is', r.id || ' ' || e.state FROM release r JOIN shortlist_entry e ON e.id = r.entry_id
    WHERE (r.revoked_at IS NULL AND e.state NOT IN ('released', 'interview', 'hired'))
       OR (r.revoked_at IS NOT NULL AND e.state IN ('released', 'interview', 'hired'))
    UNION ALL
    SELECT 'a CV waits for nobody but a release in force', d.id::text
    FROM delivery d JOIN outbox b ON b.id = d.outbox_id AND b.kind = 'cv.released' JOIN release r ON r.id = b.release_id
    WHERE d.state = 'waiting' AND r.revoked_at IS NOT NULL
    UNION ALL
    SELECT 'who got a CV that was revoked is told', r.id::text
    FROM release r JOIN outbox b ON b.release_id = r.id AND b.kind = 'cv.released' JOIN delivery d ON d.outbox_id = b.id
    WHERE r.revoked_at IS NOT NULL AND d.state IN ('delivered', 'leased')
      AND NOT EXISTS (SELECT FROM outbox x WHERE x.release_id = r.id AND x.kind = 'cv.recalled')
$$;

-- True of the whole.
CREATE FUNCTION life.faults() RETURNS TABLE (rule text, detail text) LANGUAGE sql STABLE
AS $$
    SELECT * FROM life.faults_now()
    UNION ALL
    SELECT 'due: enough candidates or a notice', format('%s due %s: %s of %s', c.title, c.due_at, c.live, c.minimum)
    FROM life.came_due c WHERE c.live < c.minimum AND NOT c.noticed
    UNION ALL
    SELECT 'due: the order says what it came to', format('%s: %s, %s of %s', c.title, c.due_outcome, c.live, c.minimum)
    FROM life.came_due c
    WHERE c.due_outcome IS DISTINCT FROM CASE WHEN c.live >= c.minimum THEN 'candidates' WHEN c.noticed THEN 'notice' ELSE 'breach' END
    UNION ALL
    SELECT 'due: nobody is overdue without a word', o.title FROM job_order o WHERE order_overdue(o)
    UNION ALL
    SELECT 'no CV leaves while pushes are stopped', s.delivery_id::text
    FROM life.sent s JOIN life.stop p ON s.at >= p.since AND s.at < p.until
    JOIN delivery d ON d.id = s.delivery_id JOIN outbox b ON b.id = d.outbox_id WHERE b.kind <> 'cv.recalled'
    UNION ALL
    SELECT 'no CV leaves after it was revoked', s.delivery_id::text
    FROM life.sent s JOIN delivery d ON d.id = s.delivery_id JOIN outbox b ON b.id = d.outbox_id AND b.kind = 'cv.released'
    JOIN release r ON r.id = b.release_id WHERE r.revoked_at < s.really
    UNION ALL
    SELECT 'a CV in force is sent once pushes go', d.id || ' ' || d.state
    FROM release r JOIN outbox b ON b.release_id = r.id AND b.kind = 'cv.released' LEFT JOIN delivery d ON d.outbox_id = b.id
    WHERE r.revoked_at IS NULL AND d.state IS DISTINCT FROM 'delivered'
      AND NOT EXISTS (SELECT FROM job_order o WHERE o.id = r.order_id AND o.state IN ('filled', 'closed', 'expired', 'cancelled'))
      AND candidate_stale(r.candidate_id, r.order_id) IS NULL
    UNION ALL
    SELECT 'the log of referrals has every step', l.entry_id || ': ' || l.to_state
    FROM (SELECT r.*, lag(r.to_state) OVER w AS before, lead(r.id) OVER w AS next, e.state
          FROM referral r JOIN shortlist_entry e ON e.id = r.entry_id WINDOW w AS (PARTITION BY r.entry_id ORDER BY r.id)) AS l
    WHERE l.from_state IS DISTINCT FROM l.before AND NOT (l.before IS NULL AND l.from_state = 'reserve')
       OR l.next IS NULL AND l.to_state <> l.state
    UNION ALL
    SELECT 'rungs go up, each with its reason', l.order_id || ': ' || l.code
    FROM (SELECT v.order_id, v.code, v.reason, array_position(rungs.names, v.code) AS place,
                 lag(array_position(rungs.names, v.code)) OVER (PARTITION BY v.order_id ORDER BY v.id) AS before
          FROM order_event v, (VALUES (ARRAY['own', 'neighbours', 'all', 'relaxed', 'notice'])) AS rungs (names)
          WHERE v.kind = 'rung') AS l
    WHERE l.reason IS NULL
       -- again: a longer list is asked for; after a notice: the order was changed, and is another one
       OR l.place <= l.before AND l.reason <> 'longer_list' AND l.before <> 5
    UNION ALL
    SELECT 'audit chains are whole', a.organisation_id || '/' || a.seq
    FROM (SELECT t.*, lag(hash, 1, '\x'::bytea) OVER w AS before, row_number() OVER w AS place, t AS line
          FROM audit t WINDOW w AS (PARTITION BY organisation_id ORDER BY seq)) AS a
    WHERE a.previous <> a.before OR a.place <> a.seq OR a.hash <> audit_hash(a.line)
    UNION ALL
    SELECT 'no job is dead', j.kind || ': ' || coalesce(j.reason, '') FROM job j WHERE j.state = 'dead'
$$;

-- Who gave whom, counted from the log alone: hires that stand, of homes on the orders of the municipality that received them, or
-- where the work is when the team did.
CREATE FUNCTION life.balance() RETURNS TABLE (code char(4), given bigint, received bigint, own bigint) LANGUAGE sql STABLE
AS $$
    WITH hire AS (
        SELECT home.municipality_code AS giver, coalesce(receiver.municipality_code, p.municipality_code) AS taker
        FROM (SELECT DISTINCT ON (r.entry_id) r.* FROM referral r ORDER BY r.entry_id, r.id DESC) AS last
        JOIN job_order o ON o.id = last.order_id
        JOIN organisation home ON home.id = last.organisation_id
        JOIN organisation receiver ON receiver.id = o.organisation_id
        LEFT JOIN postcode p ON p.code = o.postcode
        WHERE last.to_state = 'hired')
    SELECT m.code, count(*) FILTER (WHERE h.giver = m.code AND h.taker <> m.code), count(*) FILTER (WHERE h.taker = m.code AND h.giver <> m.code),
           count(*) FILTER (WHERE h.taker = m.code AND h.giver = m.code)
    FROM municipality m LEFT JOIN hire h ON m.code IN (h.giver, h.taker) GROUP BY m.code ORDER BY m.code
$$;

-- What is printed of the week.
CREATE FUNCTION life.outcomes() RETURNS TABLE (outcome text, orders bigint) LANGUAGE sql STABLE
AS $$
    SELECT coalesce('due: ' || c.due_outcome, 'due: nothing'), count(*) FROM life.came_due c GROUP BY 1
    UNION ALL
    SELECT CASE WHEN order_over(life.order_was(o.id, o.due_at)) THEN 'over before it was due' ELSE 'paused, or due later' END, count(*)
    FROM job_order o WHERE o.id NOT IN (SELECT c.id FROM life.came_due c) GROUP BY 1
    UNION ALL
    SELECT 'now ' || o.state, count(*) FROM job_order o GROUP BY 1 ORDER BY 1
$$;
CREATE FUNCTION life.rungs() RETURNS TABLE (rung text, reason text, orders bigint) LANGUAGE sql STABLE
AS $$
    SELECT v.code, v.reason, count(DISTINCT v.order_id) FROM order_event v WHERE v.kind = 'rung' GROUP BY 1, 2
    ORDER BY array_position(ARRAY['own', 'neighbours', 'all', 'relaxed', 'notice'], v.code), 2
$$;
CREATE FUNCTION life.told() RETURNS TABLE (what text, count bigint) LANGUAGE sql STABLE
AS $$ SELECT v.kind || ' ' || v.code, count(*) FROM order_event v WHERE v.kind IN ('warning', 'breach', 'notice') GROUP BY 1 ORDER BY 1 $$;
CREATE FUNCTION life.entries() RETURNS TABLE (state text, count bigint) LANGUAGE sql STABLE
AS $$ SELECT e.state, count(*) FROM shortlist_entry e GROUP BY 1 ORDER BY 2 DESC, 1 $$;
-- Of the orders that came so far, minutes from received: by the clock, and in office hours.
CREATE FUNCTION life.times() RETURNS TABLE (step text, orders bigint, median int, p90 int, working_median int, working_p90 int)
    LANGUAGE sql STABLE
AS $$
    SELECT s.step, count(*), (percentile_cont(0.5) WITHIN GROUP (ORDER BY t.clock))::int, (percentile_cont(0.9) WITHIN GROUP (ORDER BY t.clock))::int,
           (percentile_cont(0.5) WITHIN GROUP (ORDER BY t.working))::int, (percentile_cont(0.9) WITHIN GROUP (ORDER BY t.working))::int
    FROM (VALUES (1, 'first candidate', '{proposed,confirmed}'::text[]), (2, 'confirmed', '{confirmed}'), (3, 'released', '{released}'),
                 (4, 'hired', '{hired}')) AS s (place, step, states)
    JOIN job_order o ON true
    CROSS JOIN LATERAL (SELECT min(r.at) AS at FROM referral r WHERE r.order_id = o.id AND r.to_state = ANY (s.states)) AS first
    CROSS JOIN LATERAL (SELECT extract(epoch FROM first.at - o.received_at) / 60 AS clock,
                               extract(epoch FROM working_time(o.received_at, first.at)) / 60 AS working) AS t
    WHERE first.at IS NOT NULL GROUP BY s.place, s.step ORDER BY s.place
$$;
