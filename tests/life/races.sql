-- The stage of a race: one person, brought by the API's functions to where the race starts, and what must be true after it. Run as
-- superuser after town.sql.
SET search_path TO emnebank, public;

-- A race runs by the machine's clock: nobody's screening is over.
UPDATE candidate SET screening_until = current_date + 365;

CREATE FUNCTION life.act(organisation uuid, kind int) RETURNS void LANGUAGE sql
AS $$
    SELECT set_config('app.tenant', coalesce(organisation::text, ''), true),
           set_config('app.actor', coalesce('0000000' || kind || substr(organisation::text, 9), ''), true)
$$;

-- Person n on an order of an employer's, as far as `upto`: yes, approved, released. The entry.
CREATE FUNCTION life.bring(n int, employer int, upto text) RETURNS uuid LANGUAGE plpgsql SET search_path = emnebank, public
AS $$
DECLARE
    who candidate;
    wanted uuid;
    entry uuid;
BEGIN
    SELECT * INTO STRICT who FROM candidate k WHERE k.id = life.id('person' || n);
    PERFORM life.act(life.organisation('1'), 2);
    wanted := order_new(jsonb_build_object('employer', jsonb_build_object('name', 'Kapløb (fiktiv)', 'cvr',
            (SELECT o.cvr FROM organisation o WHERE o.id = life.organisation('e' || lpad(employer::text, 4, '0')))),
        'title', 'Kapløb (fiktiv)', 'posts', 2, 'occupations', jsonb_build_array((SELECT t.code FROM life.trade t WHERE t.place = 0)),
        'postcode', '8000', 'start_date', current_date + 30, 'kinds', '["permanent"]'::jsonb), now(), now() + interval '7 days');
    PERFORM life.act(NULL, 1);
    PERFORM shortlist_store(wanted, 1, 1, pool_current(), current_date, 1, '{}', '[]', ARRAY[who.id], '{900}', '{[]}', '{[]}', '{"\"fordi\""}', '{}', 1);
    SELECT e.id INTO STRICT entry FROM shortlist_entry e WHERE e.order_id = wanted AND e.state = 'proposed';
    PERFORM life.act(who.organisation_id, 2);
    PERFORM entry_answer(entry, 0, '{"answer": "confirm"}');
    PERFORM entry_answer(entry, 0, '{"answer": "yes", "given_at": "2026-03-01T10:00:00Z", "how": "telephone", "text_version": "2026-1"}');
    PERFORM life.act(life.organisation('1'), 2);
    IF upto <> 'yes' THEN
        PERFORM entry_approve(entry, 0);
    END IF;
    IF upto = 'released' THEN
        PERFORM entry_release('POST', '/' || entry, 'k', 'f', entry, 'public_task');
    END IF;
    PERFORM life.act(NULL, 1);
    RETURN entry;
END $$;

-- The orders of a race are over; nobody looks at them any more.
CREATE FUNCTION life.leave(entries uuid[]) RETURNS void LANGUAGE plpgsql SET search_path = emnebank, public
AS $$
BEGIN
    PERFORM order_move(order_lock(o.id), 'cancelled', 'mistake') FROM job_order o
    WHERE o.id IN (SELECT e.order_id FROM shortlist_entry e WHERE e.id = ANY (entries)) AND NOT order_over(o.state);
    DELETE FROM order_attention;
END $$;

-- Where the one CV of an entry is: none, waiting, leased, delivered, cancelled; and whether it was recalled.
CREATE FUNCTION life.cv(entry uuid) RETURNS text LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    SELECT coalesce((SELECT string_agg(d.state, ',') FROM release r JOIN outbox b ON b.release_id = r.id AND b.kind = 'cv.released'
                     JOIN delivery d ON d.outbox_id = b.id WHERE r.entry_id = entry), 'none')
        || CASE WHEN EXISTS (SELECT FROM outbox b JOIN release r ON r.id = b.release_id WHERE r.entry_id = entry AND b.kind = 'cv.recalled')
                THEN ' recalled' ELSE '' END
$$;

-- '' or what is false. `released`: the release was let through.
CREATE FUNCTION life.after_withdraw(entry uuid, released boolean) RETURNS text LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    SELECT concat_ws('; ',
        CASE WHEN e.state <> 'withdrawn' THEN 'the entry is ' || e.state END,
        CASE WHEN EXISTS (SELECT FROM consent c WHERE c.entry_id = e.id AND c.withdrawn_at IS NULL) THEN 'the yes stands' END,
        CASE WHEN EXISTS (SELECT FROM release r WHERE r.entry_id = e.id) <> released THEN 'a release that nobody was told of' END,
        CASE WHEN EXISTS (SELECT FROM release r WHERE r.entry_id = e.id AND r.revoked_at IS NULL) THEN 'a release in force' END,
        CASE WHEN life.cv(e.id) NOT IN ('none', 'cancelled', 'delivered recalled') THEN 'the CV is ' || life.cv(e.id) END)
    FROM shortlist_entry e WHERE e.id = entry
$$;
CREATE FUNCTION life.after_hire(winner uuid, loser uuid) RETURNS text LANGUAGE sql STABLE SET search_path = emnebank, public
AS $$
    SELECT concat_ws('; ',
        CASE WHEN w.state <> 'hired' THEN 'the one hired is ' || w.state END,
        CASE WHEN l.state <> 'obsolete' OR l.decline_reason <> 'hired_elsewhere' THEN 'the other is ' || l.state END,
        CASE WHEN (SELECT count(*) FROM shortlist_entry e WHERE e.candidate_id = w.candidate_id AND e.state = 'hired') <> 1 THEN 'hired twice' END,
        CASE WHEN (SELECT count(*) FROM referral r WHERE r.candidate_id = w.candidate_id AND r.to_state = 'hired') <> 1 THEN 'logged twice' END,
        CASE WHEN NOT EXISTS (SELECT FROM release r WHERE r.entry_id = w.id AND r.revoked_at IS NULL) THEN 'the winner has no release' END,
        CASE WHEN EXISTS (SELECT FROM release r WHERE r.entry_id = l.id AND r.revoked_at IS NULL) THEN 'the loser has one in force' END,
        CASE WHEN life.cv(l.id) NOT IN ('cancelled', 'delivered recalled') THEN 'the loser''s CV is ' || life.cv(l.id) END,
        CASE WHEN life.cv(w.id) NOT IN ('waiting', 'delivered') THEN 'the winner''s CV is ' || life.cv(w.id) END)
    FROM shortlist_entry w, shortlist_entry l WHERE w.id = winner AND l.id = loser
$$;
-- `left_before`: the sender had the CV before the stop; `resumed`: pushes go again, and all has been sent.
CREATE FUNCTION life.after_stop(entry uuid, left_before boolean, resumed boolean) RETURNS text LANGUAGE sql STABLE
    SET search_path = emnebank, public
AS $$
    SELECT concat_ws('; ',
        CASE WHEN e.state <> 'released' THEN 'the entry is ' || e.state END,
        CASE WHEN push_stopped() = resumed THEN 'the switch stands wrong' END,
        CASE WHEN life.cv(e.id) <> CASE WHEN left_before OR resumed THEN 'delivered' ELSE 'waiting' END THEN 'the CV is ' || life.cv(e.id) END,
        CASE WHEN resumed AND (SELECT count(*) FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id
                               JOIN outbox b ON b.id = d.outbox_id AND b.kind = 'cv.released'
                               JOIN release r ON r.id = b.release_id WHERE r.entry_id = e.id) <> 1 THEN 'sent twice' END)
    FROM shortlist_entry e WHERE e.id = entry
$$;
