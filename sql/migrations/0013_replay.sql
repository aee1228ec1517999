-- Replay: a shortlist keeps what was asked for it, so that it can be ranked again years later on the pool as it was, and
-- compared byte for byte (services/match/replay.h). The order itself may change or be forgotten meanwhile; what was asked
-- holds no person, only codes, labels and relations.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE shortlist
    ADD COLUMN asked jsonb,                  -- services/match/asked.h; NULL: stored before it was kept
    ADD COLUMN vocabulary_version bigint,    -- whose labels and relations `asked` has; NULL with it
    ADD COLUMN listed int,                   -- entries that were stored; fewer now: some were erased
    ADD COLUMN digest bytea CHECK (length(digest) = 32),   -- of those entries (shortlist_digest)
    ADD CHECK ((asked IS NULL) = (vocabulary_version IS NULL) AND (asked IS NULL) = (digest IS NULL)
               AND (asked IS NULL) = (listed IS NULL));
CREATE INDEX shortlist_pool_version ON shortlist (pool_version, id);

-- SHA-256 over the entries by rank, a line each: what was ranked and said, not what became of it. jsonb has one text for one
-- value, so the bytes are the same wherever they are computed.
CREATE FUNCTION shortlist_digest(wanted uuid) RETURNS bytea LANGUAGE sql STABLE
AS $$
    SELECT sha256(convert_to(coalesce(string_agg(
        jsonb_build_array(e.rank, e.candidate_id, e.score, e.parts, e.facts, e.explanation_da)::text, E'\n' ORDER BY e.rank), ''),
        'UTF8'))
    FROM shortlist_entry e WHERE e.shortlist_id = wanted
$$;

-- As 0009 made it, and with what was asked: `used_input` is the order as it was ranked, `used_vocabulary` the version of its
-- words.
DROP FUNCTION shortlist_store(uuid, int, int, bigint, date, int, jsonb, jsonb);
CREATE FUNCTION shortlist_store(ranked_order uuid, ranked_version int, used_ruleset int, used_pool bigint, used_day date,
                                looked_at int, exclusions jsonb, ranked jsonb, used_input jsonb, used_vocabulary bigint)
    RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    wanted job_order;
    stored uuid;
    kept int;
    chain record;
BEGIN
    PERFORM FROM candidate k WHERE k.id IN (SELECT (item ->> 'candidate_id')::uuid FROM jsonb_array_elements(ranked) AS r (item))
        ORDER BY k.id FOR SHARE;
    SELECT * INTO wanted FROM job_order o WHERE o.id = ranked_order FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    SELECT s.id INTO stored FROM shortlist s WHERE s.order_id = ranked_order AND s.order_version = ranked_version;
    IF FOUND THEN
        RETURN stored;
    END IF;
    IF wanted.state <> 'open' OR ranked_version < wanted.ranking_version THEN
        RETURN NULL;
    END IF;
    IF used_pool < wanted.pool_version THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Ranglisten bygger på en ældre emnebank end jobordren.');
    END IF;
    INSERT INTO shortlist (order_id, order_version, ruleset, pool_version, as_of, considered, excluded, asked, vocabulary_version,
                           listed, digest)
    VALUES (ranked_order, ranked_version, used_ruleset, used_pool, used_day, looked_at, exclusions, used_input, used_vocabulary,
            0, sha256(''))
    RETURNING id INTO stored;
    INSERT INTO shortlist_entry (shortlist_id, order_id, candidate_id, organisation_id, rank, score, parts, facts, explanation_da, state)
    SELECT stored, ranked_order, k.id, k.organisation_id, r.rank, r.score, r.parts, r.facts, r.explanation_da,
           CASE WHEN k.withdrawn_at IS NULL THEN 'proposed' ELSE 'withdrawn' END
    FROM jsonb_to_recordset(ranked) AS r (candidate_id uuid, rank int, score int, parts jsonb, facts jsonb, explanation_da text)
    JOIN candidate k ON k.id = r.candidate_id
    ORDER BY r.rank;
    GET DIAGNOSTICS kept = ROW_COUNT;
    UPDATE shortlist s SET listed = kept, digest = shortlist_digest(stored) WHERE s.id = stored;

    PERFORM shortlist_tell(wanted, stored);
    FOR chain IN
        SELECT e.organisation_id AS id, 'candidate.listed' AS action, array_agg(e.candidate_id ORDER BY e.rank) AS candidates
        FROM shortlist_entry e WHERE e.shortlist_id = stored GROUP BY e.organisation_id
        UNION ALL
        SELECT wanted.organisation_id, 'shortlist.ranked', '{}'
        ORDER BY id, action
    LOOP
        PERFORM audit_append_for(chain.id, chain.action, 'shortlist', stored::text, chain.candidates,
                                 jsonb_build_object('order_id', ranked_order, 'ruleset', used_ruleset, 'pool_version', used_pool,
                                                    'vocabulary_version', used_vocabulary));
    END LOOP;
    RETURN stored;
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

GRANT EXECUTE ON FUNCTION shortlist_store(uuid, int, int, bigint, date, int, jsonb, jsonb, jsonb, bigint) TO emnebank_match;
RESET ROLE;
