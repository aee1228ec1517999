-- What a stress of the outbox with everybody at it at once has shown (tests/deliver/stress.c), and what a clock that is turned back and a
-- database that is restored from a dump need.
--
-- Lock order as in 0029: endpoint, delivery, release, consent, candidate, outbox, audit_head; endpoint_mark after endpoint.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- A reader whose page waited for a day to be dropped

-- The position was found good before the wait and the rows were gone after it: what stood between them was skipped, and nobody said so.
-- The floor is raised in the transaction that drops, so whoever sees that rows are gone sees it, too, in a statement that begins later.
DO $$
BEGIN
    PERFORM function_reword('events_page(text, integer)', E'    IF named <> ''{}'' THEN',
        E'    PERFORM feed_position(position_before);\n    IF named <> ''{}'' THEN');
    PERFORM function_reword('changes_page(text, integer)', E'    next_position := coalesce(',
        E'    PERFORM feed_position(position_before);\n    next_position := coalesce(');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- A CV that stands in a feed a second time

-- It went with its event's day a week after it was put back, and the floor did not know of it: whoever had read past the first place
-- and was away that week never heard of the CV, nor that there was something to hear of. It stays as long as anything does, and then the
-- floor counts it: by then all that stands before it in the feed may go, too.
DO $$
DECLARE
    days regprocedure := 'outbox_days(date, int, int, int)';
    body text := pg_get_functiondef('outbox_day_over(uuid, uuid, timestamptz)'::regprocedure);
BEGIN
    DROP FUNCTION outbox_day_over(uuid, uuid, timestamptz);
    EXECUTE replace(body, 'before timestamp with time zone)', 'before timestamp with time zone, kept_from timestamp with time zone)');
    PERFORM function_reword('outbox_day_over(uuid, uuid, timestamptz, timestamptz)', 'c.created_at > now() - interval ''7 days''',
        'c.created_at >= kept_from');
    PERFORM function_reword(days, 'outbox_day_over(event_day(day), event_day(day + 1), ''infinity'')',
        'outbox_day_over(event_day(day), event_day(day + 1), ''infinity'', before)');
    PERFORM function_reword(days, 'outbox_day_over(event_day(leaving), event_day(leaving + 1), ''infinity'')',
        'outbox_day_over(event_day(leaving), event_day(leaving + 1), ''infinity'', before)');
    PERFORM function_reword('outbox_default_leave(timestamp with time zone)', 'outbox_day_over(nothing, all_ids, before)',
        'outbox_day_over(nothing, all_ids, before, before)');
    PERFORM function_reword('changes_dropped(uuid, uuid, timestamp with time zone)',
        'c.outbox_id < to_id AND c.created_at < before AND NOT c.again',
        'c.outbox_id < to_id AND c.created_at < before');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- A day of which something is asked for again while it leaves

-- What is remembered of a day is written before others have to wait, and they may go on meanwhile: send something of it again, come
-- through with it, make a delivery of an event that was missed. This changes whenever any of it does.
CREATE FUNCTION outbox_day_seen(from_id uuid, to_id uuid) RETURNS text LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN (SELECT concat_ws(' ', count(*), sum(d.attempts), max(d.finished_at)) FROM delivery d WHERE d.id >= from_id AND d.id < to_id)
        || (SELECT concat_ws(' ', '', count(*), max(c.id)) FROM change c WHERE c.outbox_id >= from_id AND c.outbox_id < to_id);
END $$;

DO $$
DECLARE days regprocedure := 'outbox_days(date, int, int, int)';
BEGIN
    PERFORM function_reword(days, '    leaving date;', E'    leaving date;\n    seen text;');
    PERFORM function_reword(days, '            PERFORM outbox_remember(',
        E'            seen := outbox_day_seen(event_day(day), event_day(day + 1));\n            PERFORM outbox_remember(');
    PERFORM function_reword(days, 'IF NOT outbox_day_over(event_day(leaving), event_day(leaving + 1), ''infinity'', before) THEN',
        $words$IF NOT outbox_day_over(event_day(leaving), event_day(leaving + 1), 'infinity', before)
           OR outbox_day_seen(event_day(leaving), event_day(leaving + 1)) <> seen THEN$words$);
    PERFORM function_reword(days, 'a delivery of % was opened again', 'a delivery of % has changed meanwhile');
    PERFORM function_reword(days, '-- Nothing of it can be opened any more; something may have been since it was looked at.',
        '-- Nothing of it changes any more; what has since it was remembered is remembered the next time.');
END $$;

-- An event that leaves a default partition at this moment gets no delivery any more: it is waited for, and then it is not there.
DO $$
BEGIN
    PERFORM function_reword('delivery_make(endpoint, uuid[])', 'FROM outbox x WHERE x.id = ANY (events)',
        'FROM outbox x WHERE x.id = ANY (events) FOR KEY SHARE OF x');
    -- Row by row, so the rows are held first: nobody opens one between the look and the DELETE. Who holds one comes first (55P03).
    PERFORM function_reword('outbox_default_leave(timestamp with time zone)',
        E'    IF NOT EXISTS (SELECT FROM outbox_default x WHERE x.created_at < before)\n       OR NOT outbox_day_over(nothing, all_ids, before, before) THEN',
        $words$    IF NOT EXISTS (SELECT FROM outbox_default x WHERE x.created_at < before)
       OR EXISTS (SELECT FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id
                  WHERE d.created_at < before AND (d.state = 'leased' OR d.state = 'waiting' AND e.state = 'active')) THEN
        RETURN;
    END IF;
    PERFORM FROM delivery_default d WHERE d.created_at < before FOR UPDATE NOWAIT;
    PERFORM FROM outbox_default x WHERE x.created_at < before FOR UPDATE NOWAIT;
    IF NOT outbox_day_over(nothing, all_ids, before, before) THEN$words$);
END $$;

-- A CV that is put off holds its event from then on: whoever lets it leave comes first, and the page ends before it, or waits, and sees
-- that it is put off.
DO $$
BEGIN
    PERFORM function_reword('event_put_off(outbox, text)', '    INSERT INTO event_put_off', $words$    PERFORM FROM outbox x WHERE x.id = event.id FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO event_put_off$words$);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- A database that was restored from a dump

-- Marks, feeds and cursors go by transaction numbers, and a dump brings those of the cluster that it was taken from. Where the new
-- one's are lower, what is made from now on would be below every mark and behind every cursor.
CREATE TABLE feed_restored (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    last_id bigint NOT NULL,       -- the last row of the feeds that came with the dump
    at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE feed_restored ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed_restored FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON feed_restored TO emnebank_owner USING (true) WITH CHECK (true);

-- Begins anew in this cluster's numbers: what came with the dump stands first in every feed, in one transaction's name (1), since all of
-- it is committed; what waits is no longer fresh; marks are at their foot; a cursor from before is told to begin anew. Harmless in a
-- cluster that needs it not. Called by the sweep, which knows a dump by what no cluster of its own can show: a number to come.
CREATE FUNCTION outbox_restored() RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    LOCK TABLE change, change_floor, feed_restored IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO feed_restored (last_id) SELECT coalesce(max(c.id), 0) FROM change c
    ON CONFLICT (one) DO UPDATE SET last_id = excluded.last_id, at = now();
    UPDATE change SET xid = '1' WHERE xid <> '1';
    DELETE FROM change_floor;
    UPDATE delivery d SET fresh = false WHERE d.fresh AND d.state = 'waiting';
    UPDATE endpoint_mark m SET fresh_from = '0', again = true, leased_from = '-infinity', moved_at = '-infinity';
END $$;

-- After a restore the old cluster's cursors and the new one's can be told apart as long as they name a row that came with the dump.
CREATE OR REPLACE FUNCTION feed_position(position_before text) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    floor change_floor;
    after_xid xid8;
    after_id bigint;
BEGIN
    SELECT * INTO floor FROM change_floor f WHERE f.organisation_id = app_tenant();
    IF position_before = '' THEN
        RETURN coalesce(floor.xid::text, '0') || ':' || coalesce(floor.id, 0);
    END IF;
    after_xid := split_part(position_before, ':', 1)::xid8;
    after_id := split_part(position_before, ':', 2)::bigint;
    IF (after_xid, after_id) < (floor.xid, floor.id) OR after_xid >= pg_snapshot_xmax(pg_current_snapshot())
       OR (after_xid > '1'::xid8 AND after_id <= (SELECT r.last_id FROM feed_restored r)) THEN
        PERFORM raise_problem('EB410', 'cursor-expired', 'Der er hændelser efter markøren, som ikke er gemt længere. Begynd forfra uden '
            || 'cursor: så kommer det ældste, der er gemt. Hent det, I mangler, hvor det står: jobordrer, kandidatlister og CV''er.');
    END IF;
    RETURN after_xid || ':' || after_id;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- A clock that was turned back

-- A mark that was moved in a time to come says nothing: leases that are given now end before it, and were not counted. And a lease
-- that was given then would last as much longer: it is given its own length from now on.
DO $$
BEGIN
    PERFORM function_reword('delivery_sweep()', '    lost := ARRAY(', $words$    IF EXISTS (SELECT FROM endpoint_mark m WHERE m.fresh_from > pg_snapshot_xmax(pg_current_snapshot())) THEN
        PERFORM outbox_restored();
    END IF;
    UPDATE delivery d SET lease_until = now() + (d.lease_until - a.started_at)
    FROM delivery_attempt a
    WHERE d.id = ANY (ARRAY(SELECT l.id FROM delivery l WHERE l.state = 'leased' AND l.lease_until > now() + interval '10 minutes'
                            FOR UPDATE SKIP LOCKED))
      AND a.delivery_id = d.id AND a.number = d.attempts AND a.started_at > now() + interval '1 minute';
    lost := ARRAY($words$);
    PERFORM function_reword('delivery_sweep()', '    UPDATE endpoint_mark m SET again = NOT m.again',
        $words$    UPDATE endpoint_mark m SET leased_from = '-infinity', moved_at = '-infinity'
    WHERE m.endpoint_id = ANY (places) AND m.moved_at > now() + interval '1 second';
    UPDATE endpoint_mark m SET again = NOT m.again$words$);
END $$;

RESET ROLE;
