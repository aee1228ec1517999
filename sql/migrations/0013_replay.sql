-- Replay: a shortlist keeps what was asked for it, so that it can be ranked again years later on the pool as it was, and
-- compared byte for byte (services/match/replay.h). The order itself may change or be forgotten meanwhile; what was asked
-- holds no person, only codes, labels and relations.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE shortlist
    ADD COLUMN asked jsonb,                  -- services/match/asked.h; NULL: stored before it was kept; 0016 stores it
    ADD COLUMN vocabulary_version bigint,    -- whose labels and relations `asked` has; NULL with it
    ADD COLUMN listed int,                   -- entries that were stored; fewer now: some were erased
    ADD COLUMN digest bytea CHECK (length(digest) = 32),   -- of those entries (shortlist_digest)
    ADD CHECK ((asked IS NULL) = (vocabulary_version IS NULL) AND (asked IS NULL) = (digest IS NULL)
               AND (asked IS NULL) = (listed IS NULL));
CREATE INDEX shortlist_pool_version ON shortlist (pool_version, id);

-- SHA-256 over the entries by rank, a line each: what was ranked and said, not what became of it. A line is the text that
-- jsonb has for [rank, candidate, score, parts, facts, explanation], and jsonb has one text for one value, so the bytes are the
-- same wherever they are computed.
CREATE FUNCTION shortlist_digest(wanted uuid) RETURNS bytea LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT sha256(convert_to(coalesce(string_agg(
            concat('[', e.rank, ', "', e.candidate_id, '", ', e.score, ', ', e.parts, ', ', e.facts, ', ',
                   to_json(e.explanation_da), ']'), E'\n' ORDER BY e.rank), ''), 'UTF8'))
        FROM shortlist_entry e WHERE e.shortlist_id = wanted);
END $$;

-- That shortlists were ranked again, and what came of it, in the team's chain (or, where there is no team yet, that of the
-- first organisation).
CREATE FUNCTION shortlist_replayed(subject text, outcome jsonb) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE chain uuid := (SELECT o.id FROM organisation o ORDER BY o.kind <> 'team', o.created_at, o.id LIMIT 1);
BEGIN
    IF chain IS NOT NULL THEN
        PERFORM audit_append_for(chain, 'shortlist.replayed', 'shortlist', subject, '{}', outcome);
    END IF;
END $$;

RESET ROLE;
