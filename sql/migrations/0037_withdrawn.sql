-- A yes that is taken back while its CV is claimed: the sender hears of it and does not begin. What had begun has left; the recall says so.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

DO $$
BEGIN
    PERFORM function_reword('release_revoke(uuid, text)', '    IF NOT EXISTS (SELECT FROM release_reached h',
        $words$    PERFORM pg_notify('emnebank_withdrawn', d.id::text)
    FROM outbox x JOIN delivery d ON d.outbox_id = x.id
    WHERE x.release_id = gone.id AND x.kind = 'cv.released' AND d.state = 'leased';
    IF NOT EXISTS (SELECT FROM release_reached h$words$);
END $$;

RESET ROLE;
