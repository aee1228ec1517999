-- What senders waited for that they need not.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

DO $$
BEGIN
    -- Attempts that are ended together (0035) are locked in the order of their ids, as by whoever else takes many deliveries.
    PERFORM function_reword('delivery_finish_delivered(uuid[], uuid[], text[], int[], int[], text[], bigint[], text[])',
        'WITH ORDINALITY AS t (id, token, class, status, bytes, excerpt, duration, signed, number)',
        'WITH ORDINALITY AS t (id, token, class, status, bytes, excerpt, duration, signed, number) ORDER BY t.id');
    -- The sweep held the marks of all endpoints while it looked at what waits for each: every five seconds all claims stood still for
    -- as long. It looks first, and holds those alone that it changes. What changes between the look and the lock the next sweep sees,
    -- as before.
    PERFORM function_reword('delivery_sweep()',
        '    places := ARRAY(SELECT m.endpoint_id FROM endpoint_mark m FOR UPDATE SKIP LOCKED);',
        $words$    places := ARRAY(SELECT m.endpoint_id FROM endpoint_mark m
                    WHERE m.moved_at < now() - interval '1 minute' OR m.moved_at > now() + interval '1 second'
                       OR m.again <> EXISTS (SELECT FROM delivery d
                                             WHERE d.endpoint_id = m.endpoint_id AND NOT d.fresh AND d.state = 'waiting')
                    FOR UPDATE SKIP LOCKED);$words$);
END $$;

RESET ROLE;
