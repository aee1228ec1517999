-- What a claim, its ends and the sweep look up, they look up by its key, however the tables were when the plan was made.
--
-- A partition of a new day is empty, and a plan made then reads all of it rather than each of twenty ids: a join the other way round is
-- cheaper as long as there are no rows. The plan stays until the day's statistics are taken again, minutes later: with 50,000
-- deliveries waiting by then, each claim read all of them, and took a second (services/deliver, P8).
--
-- `key = ANY (ARRAY[id])` says the same as `key = id`, but can be read in one direction alone: no order of the key is of use to it, so
-- there is no other way than to look each id up. Partitions that cannot hold it are left out as they are for `=`.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

DO $$
DECLARE
    claim regprocedure := 'delivery_claim(int, int, int, interval)';
    delivered regprocedure := 'delivery_finish_delivered(uuid[], uuid[], text[], int[], int[], text[], bigint[], text[])';
    claimed regprocedure := 'endpoint_claimed(uuid[], uuid[], interval)';
BEGIN
    PERFORM function_reword(claim, 'JOIN delivery d ON d.id = t.id', 'JOIN delivery d ON d.id = ANY (ARRAY[t.id])');
    PERFORM function_reword(claim, 'JOIN outbox b ON b.id = d.outbox_id', 'JOIN outbox b ON b.id = ANY (ARRAY[d.outbox_id])');
    PERFORM function_reword(claim, 'AND d.id = i.id', 'AND d.id = ANY (ARRAY[i.id])');
    PERFORM function_reword(delivered, 'WHERE d.id = t.id AND', 'WHERE d.id = ANY (ARRAY[t.id]) AND');
    PERFORM function_reword(delivered, 'WHERE a.delivery_id = n.id AND', 'WHERE a.delivery_id = ANY (ARRAY[n.id]) AND');
    PERFORM function_reword(claimed, 'JOIN delivery d ON d.id = t.id', 'JOIN delivery d ON d.id = ANY (ARRAY[t.id])');
END $$;

RESET ROLE;
