-- How many are under way to an endpoint, counted without walking over those that have ended (0029). While somebody holds an old
-- snapshot, every lease of the last minute is still in the index, and a claim walked all of them, twice: at 100 deliveries a second its
-- time doubled within a minute.
--
-- Each endpoint has a mark below which no lease of it is live (leased_from), as it has one for its fresh deliveries, and is asked for its
-- own alone, where something is due for it. The marks move every five seconds: each move leaves a dead row behind, too, and those are
-- walked by whoever reads the mark.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE endpoint_mark ADD COLUMN leased_from timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX delivery_busy ON delivery (endpoint_id, lease_until) WHERE state = 'leased';

DO $$
DECLARE
    claim regprocedure := 'delivery_claim(int, int, int, interval)';
    busy text := 'CROSS JOIN LATERAL (SELECT count(*) AS under_way FROM delivery d WHERE d.endpoint_id = e.id AND d.state = ''leased'''
                 ' AND d.lease_until >= m.leased_from AND d.lease_until > now()';
    every text := $words$WITH busy AS MATERIALIZED (
            SELECT d.endpoint_id, count(*) AS under_way FROM delivery d WHERE d.state = 'leased' AND d.lease_until > now() GROUP BY 1)$words$;
BEGIN
    PERFORM function_reword(claim, every || E',\n        place AS', 'WITH place AS');
    PERFORM function_reword(claim, every || E'\n', '');
    PERFORM function_reword(claim, E'        LEFT JOIN busy ON busy.endpoint_id = e.id\n', '');
    PERFORM function_reword(claim, 'ORDER BY d.next_at LIMIT 1) AS a) AS due) AS first',
        E'ORDER BY d.next_at LIMIT 1) AS a) AS due) AS first\n        ' || busy || ' AND first.next_at IS NOT NULL) AS busy');
    PERFORM function_reword(claim, 'JOIN endpoint_mark m ON m.endpoint_id = e.id LEFT JOIN busy ON busy.endpoint_id = e.id)',
        E'JOIN endpoint_mark m ON m.endpoint_id = e.id\n            ' || busy || ') AS busy)');
    PERFORM function_reword(claim, 'PERFORM endpoint_claimed(places, taken)', 'PERFORM endpoint_claimed(places, taken, lease)');
END $$;

-- As 0029 made it, with the second mark. All that is leased to these endpoints is seen here, since whoever leases holds them. Where
-- nothing is live, what is leased next ends no earlier than `lease` from now: senders that work on one database have one and the same
-- lease, or count too few of each other's.
DROP FUNCTION endpoint_claimed(uuid[], uuid[]);
CREATE FUNCTION endpoint_claimed(places uuid[], taken uuid[], lease interval) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
DECLARE
    since uuid := fresh_since();
    until uuid := fresh_until();
    moving boolean;
    counted boolean;
    trying boolean;
BEGIN
    SELECT bool_or(m.moved_at < now() - interval '5 seconds'), bool_or(e.rate IS NOT NULL), bool_or(e.breaker = 'open')
    INTO moving, counted, trying
    FROM endpoint e JOIN endpoint_mark m ON m.endpoint_id = e.id WHERE e.id = ANY (places);
    IF moving THEN
        UPDATE endpoint_mark m SET moved_at = now(),
            fresh_from = greatest(m.fresh_from, least(pg_snapshot_xmin(pg_current_snapshot()),
                (SELECT d.xid FROM delivery d WHERE d.endpoint_id = m.endpoint_id AND d.fresh AND d.state = 'waiting'
                   AND d.xid >= m.fresh_from AND d.id >= since AND d.id < until ORDER BY d.xid LIMIT 1))),
            leased_from = coalesce((SELECT d.lease_until FROM delivery d WHERE d.endpoint_id = m.endpoint_id AND d.state = 'leased'
                                      AND d.lease_until >= m.leased_from AND d.lease_until > now() ORDER BY d.lease_until LIMIT 1),
                                   now() + lease)
        WHERE m.endpoint_id = ANY (places) AND m.moved_at < now() - interval '5 seconds';
    END IF;
    IF counted THEN
        UPDATE endpoint_mark m SET filled_at = now(), tokens = endpoint_tokens(e.rate, m)
            - (SELECT count(*) FROM unnest(taken) AS t (id) JOIN delivery d ON d.id = t.id WHERE d.endpoint_id = e.id)
        FROM endpoint e WHERE e.id = m.endpoint_id AND e.rate IS NOT NULL AND e.id = ANY (places);
    END IF;
    IF trying THEN
        UPDATE endpoint e SET breaker = 'half_open', breaker_until = NULL WHERE e.id = ANY (places) AND e.breaker = 'open';
    END IF;
END $$;

RESET ROLE;
