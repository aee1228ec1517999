-- What somebody has to see to at an endpoint before it goes wrong (services/deliver): that its client certificate runs out, and that it
-- waits for the team's approval. The sweeper tells, each thing once: by the event endpoint.attention and by mail to the operators.
--
-- What has been told is kept with what it was told of, so that a new certificate or another proof begins anew. It stands in `endpoint`
-- itself: who has waited for another sweeper's lock sees there what that one told.
--
-- Locks: endpoint, then what outbox_put takes.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE endpoint
    ADD COLUMN approval_told_for timestamptz,      -- the proof (proven_at) that the team was told of
    ADD COLUMN certificate_told_for timestamptz,   -- the certificate's end that was told of
    ADD COLUMN certificate_told_days int;          -- and how many days before it: 30, 7, 1, or 0: it is over

ALTER TABLE outbox
    DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN
        ('shortlist.proposed', 'entry.changed', 'order.changed', 'proposal.made', 'lead.assigned', 'cv.released', 'cv.recalled',
         'endpoint.test', 'endpoint.verify', 'endpoint.failing', 'endpoint.disabled', 'endpoint.attention', 'order.warning',
         'order.climbed', 'order.short', 'candidate.expiring', 'push.stopped'));

-- How many days before its end a certificate is told of at that moment: the nearest of them that has come; NULL: none has.
CREATE FUNCTION certificate_days(not_after timestamptz, moment timestamptz) RETURNS int LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN not_after <= moment THEN 0
                WHEN not_after <= moment + interval '24 hours' THEN 1
                WHEN not_after <= moment + 7 * interval '24 hours' THEN 7
                WHEN not_after <= moment + 30 * interval '24 hours' THEN 30 END
$$;

-- To the team, and to the owner what the owner can do something about. `ends_at`: of the certificate, if it is about that.
CREATE FUNCTION endpoint_tell_attention(place endpoint, why text, ends_at timestamptz) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE told uuid;
BEGIN
    FOR told IN SELECT o.id FROM organisation o
                WHERE o.kind = 'team' OR (o.id = place.organisation_id AND why <> 'awaiting_approval') ORDER BY o.id LOOP
        PERFORM outbox_put('endpoint.attention', told, event_payload => jsonb_build_object(
            'endpoint_id', place.id, 'organisation_id', place.organisation_id, 'reason', why, 'not_after', delivery_time(ends_at)));
    END LOOP;
    PERFORM job_enqueue('endpoint_mail', jsonb_build_object('what', why, 'endpoint_id', place.id,
        'organisation_id', place.organisation_id, 'reason', why, 'state', place.state,
        'since', delivery_time(coalesce(ends_at, place.proven_at))));
END $$;

-- After each sweep, in a transaction of its own: tells of one endpoint that waits for approval, or else of one certificate that ends.
-- 'awaiting_approval', 'certificate_expiring', 'certificate_expired', or NULL when there was none.
CREATE FUNCTION endpoint_remind() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    place endpoint;
    moment timestamptz := app_now();
    ends_at timestamptz;
    days int;
    why text;
BEGIN
    SELECT * INTO place FROM endpoint e
    WHERE e.state = 'proven' AND e.approval_told_for IS DISTINCT FROM e.proven_at
    ORDER BY e.proven_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
        UPDATE endpoint e SET approval_told_for = e.proven_at WHERE e.id = place.id;
        PERFORM endpoint_tell_attention(place, 'awaiting_approval', NULL);
        RETURN 'awaiting_approval';
    END IF;
    SELECT e.* INTO place FROM endpoint e JOIN endpoint_identity i ON i.endpoint_id = e.id
    WHERE e.state <> 'disabled'
      AND (certificate_days(i.not_after, moment) < e.certificate_told_days
           OR (certificate_days(i.not_after, moment) IS NOT NULL AND e.certificate_told_for IS DISTINCT FROM i.not_after))
    ORDER BY i.not_after LIMIT 1 FOR NO KEY UPDATE OF e SKIP LOCKED;
    -- Under the lock: nobody puts another certificate in its place from here on.
    SELECT i.not_after, certificate_days(i.not_after, moment) INTO ends_at, days FROM endpoint_identity i WHERE i.endpoint_id = place.id;
    IF days IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE endpoint e SET certificate_told_for = ends_at, certificate_told_days = days WHERE e.id = place.id;
    why := CASE days WHEN 0 THEN 'certificate_expired' ELSE 'certificate_expiring' END;
    PERFORM endpoint_tell_attention(place, why, ends_at);
    RETURN why;
END $$;
GRANT EXECUTE ON FUNCTION endpoint_remind() TO emnebank_deliver;

RESET ROLE;
