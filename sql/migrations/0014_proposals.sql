-- What the team asks of the engine besides a list: what if, which course, who nearly, and who has become better than the last
-- one on a list. The engine's answers are counts or pseudonyms; nothing here names a person.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Before the engine is asked (services/match: desk.h)

-- The pool version that an answer must at least be of. Of an order that the caller may not see nobody learns that it is there.
CREATE FUNCTION order_askable(wanted uuid, action text) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE asked job_order;
BEGIN
    SELECT * INTO asked FROM job_order o WHERE o.id = wanted AND app_partner();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF asked.occupations = '{}' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren har ingen stilling endnu.');
    END IF;
    PERFORM audit_append(action, 'job_order', wanted::text);
    RETURN pool_current();
END $$;

-- As 0005 made it, and with a word for an order that nobody can be ranked for yet.
CREATE OR REPLACE FUNCTION why_not_allowed(wanted_order uuid, wanted uuid) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE asked job_order;
BEGIN
    SELECT * INTO asked FROM job_order o WHERE o.id = wanted_order AND app_partner();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF NOT EXISTS (SELECT FROM candidate k WHERE k.id = wanted)
       AND NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = wanted) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    IF asked.occupations = '{}' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren har ingen stilling endnu.');
    END IF;
    PERFORM audit_append('candidate.why_not', 'candidate', wanted::text, ARRAY[wanted],
                         jsonb_build_object('order_id', wanted_order));
    RETURN pool_current();
END $$;

-- The municipalities, a line each: code|name.
CREATE FUNCTION municipality_lines() RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT coalesce(string_agg(o.municipality_code || '|' || o.name, E'\n' ORDER BY o.municipality_code), '')
    FROM organisation o WHERE o.kind = 'municipality'
$$;

-- Certificates that a course gives, a line each: code|working days that it takes.
CREATE FUNCTION course_lines() RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT coalesce(string_agg(c.code || '|' || c.course_days, E'\n' ORDER BY c.code COLLATE "C"), '')
    FROM vocabulary_certificates(vocabulary_current()) c WHERE c.course_days > 0
$$;

-- POST /v1/job-orders/what-if: an order that nobody has posted, as sql/statements/match/order.sql gives one that is. The body
-- is checked by the API; faults that only the database sees raise EB422 with all pointers.
CREATE FUNCTION order_draft(body jsonb, at timestamptz)
    RETURNS TABLE (open boolean, version int, pool bigint, posts int, minimum int, latitude int, longitude int, radius int,
                   first_day int, last_day int, today int, kinds text, occupations text, requirements text)
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team opretter jobordrer.');
    END IF;
    PERFORM order_refuse_faults(body, false);
    -- With what was asked: who feels their way to somebody by one draft after another is seen by that.
    PERFORM audit_append('order.what_if', 'job_order', 'draft', '{}', (
        SELECT jsonb_object_agg(m.name, m.value) FROM jsonb_each(body) AS m (name, value)
        WHERE m.name IN ('postcode', 'radius_km', 'start_date', 'end_date', 'kinds', 'occupations', 'requirements')));
    RETURN QUERY
    SELECT true, 0, pool_current(), (body ->> 'posts')::int,
           coalesce((body ->> 'minimum')::int, order_minimum((body ->> 'posts')::int)), p.latitude_e6, p.longitude_e6,
           (body ->> 'radius_km')::int, (body ->> 'start_date')::date - date '1970-01-01',
           (body ->> 'end_date')::date - date '1970-01-01',
           (at AT TIME ZONE 'Europe/Copenhagen')::date - date '1970-01-01',
           array_to_string(order_texts(body -> 'kinds'), ','), array_to_string(order_texts(body -> 'occupations'), ','),
           (SELECT string_agg(concat(r.item ->> 'kind', '|', r.item ->> 'code', '|', r.item ->> 'necessity', '|',
                                     r.item ->> 'weight', '|', r.item ->> 'minimum_level', '|',
                                     (r.item ->> 'through_period')::boolean), E'\n' ORDER BY r.place)
            FROM order_list(order_full_requirements(coalesce(body -> 'requirements', '[]'))) AS r (item, place))
    FROM postcode p WHERE p.code = body ->> 'postcode';
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Near misses: a list of its own, for the team

-- Keeps in the audit whom the answer names, in the chains of the team and of every home, and takes out who has left the pool
-- or become protected since the engine saw them. `listed` is the answer, {"items": [{"candidate": {"id"}, …}], …}.
CREATE FUNCTION near_misses_told(wanted uuid, listed jsonb) RETURNS jsonb LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    told jsonb;
    chain record;
BEGIN
    PERFORM team_only();
    SELECT coalesce(jsonb_agg(f.item ORDER BY f.place), '[]') INTO told
    FROM jsonb_array_elements(listed -> 'items') WITH ORDINALITY AS f (item, place)
    JOIN candidate k ON k.id = (f.item #>> '{candidate,id}')::uuid
    WHERE k.withdrawn_at IS NULL AND k.protection = 'none';
    FOR chain IN
        SELECT k.organisation_id AS id, array_agg(k.id ORDER BY k.id) AS candidates
        FROM candidate k WHERE k.id IN (SELECT (t.item #>> '{candidate,id}')::uuid FROM jsonb_array_elements(told) AS t (item))
        GROUP BY k.organisation_id
        UNION ALL SELECT app_tenant(), '{}'
        ORDER BY id
    LOOP
        PERFORM audit_append_for(chain.id, 'candidate.near_miss', 'job_order', wanted::text, chain.candidates);
    END LOOP;
    RETURN jsonb_set(listed, '{items}', told);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Proposals: somebody new or changed would come on an open order's list. The list stays as it is until a person has it ranked
-- again; until then there is a proposal.

ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN
    ('shortlist.proposed', 'entry.changed', 'order.changed', 'lead.assigned', 'cv.released', 'cv.recalled',
     'proposal.made', 'endpoint.test', 'endpoint.disabled'));

--   open → seen → dismissed      by the team
--   open, seen → superseded      ranked again, closed, or the candidate has changed and would no longer come on the list
CREATE TABLE order_proposal (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id uuid NOT NULL REFERENCES job_order,
    shortlist_id uuid NOT NULL REFERENCES shortlist,   -- that it would change
    candidate_id uuid NOT NULL REFERENCES candidate ON DELETE CASCADE,
    organisation_id uuid NOT NULL REFERENCES organisation,   -- the home municipality
    score int NOT NULL CHECK (score BETWEEN 0 AND 1000),
    last_score int CHECK (last_score BETWEEN 0 AND 1000),    -- of the last place on the list; NULL: it has room
    pool_version_from bigint NOT NULL,   -- seen in these versions of the pool
    pool_version_to bigint NOT NULL CHECK (pool_version_to >= pool_version_from),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'seen', 'dismissed', 'superseded')),
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX order_proposal_live ON order_proposal (order_id, candidate_id) WHERE state IN ('open', 'seen');
CREATE UNIQUE INDEX order_proposal_once ON order_proposal (order_id, candidate_id, pool_version_from);
CREATE INDEX order_proposal_candidate ON order_proposal (candidate_id);
ALTER TABLE order_proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_proposal FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON order_proposal TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY team ON order_proposal FOR SELECT TO emnebank_front USING (app_kind() = 'team');
CREATE POLICY receiver ON order_proposal FOR SELECT TO emnebank_front
    USING (EXISTS (SELECT FROM job_order o WHERE o.id = order_id AND o.organisation_id = app_tenant()));
GRANT SELECT ON order_proposal TO emnebank_front;

-- The lists that stand: of open orders, as they are now.
CREATE VIEW standing_list AS
    SELECT s.id, s.order_id, s.asked FROM shortlist s JOIN job_order o ON o.id = s.order_id
    WHERE o.state = 'open' AND s.order_version = o.ranking_version AND s.asked IS NOT NULL;

-- What the engine needs to know of some of them: what was asked, how many are on the list, and the last of those.
CREATE FUNCTION standing_lists(wanted uuid[])
    RETURNS TABLE (shortlist_id uuid, order_id uuid, asked text, entries int, last_score int, last_candidate uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT s.id, s.order_id, s.asked::text, coalesce(l.rank, 0), l.score, l.candidate_id
    FROM standing_list s
    LEFT JOIN LATERAL (SELECT e.rank, e.score, e.candidate_id FROM shortlist_entry e WHERE e.shortlist_id = s.id
                       ORDER BY e.rank DESC LIMIT 1) AS l ON true
    WHERE s.id = ANY (wanted) ORDER BY s.id
$$;

-- Of the candidates that changed up to a pool version, those who would come on a list: {"order_id", "shortlist_id",
-- "candidate_id", "score", "last_score"} each. Nobody who stands on that list, has said no to that order or been declined for it,
-- has left or is protected. Repeating it changes nothing. How many proposals are new.
CREATE FUNCTION proposals_made(pool bigint, changed uuid[], hits jsonb) RETURNS int LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    hit record;
    made order_proposal;
    all_made uuid[] := '{}';
    chain record;
BEGIN
    PERFORM FROM candidate k WHERE k.id IN (SELECT (f.item ->> 'candidate_id')::uuid FROM jsonb_array_elements(hits) AS f (item))
        ORDER BY k.id FOR SHARE;
    UPDATE order_proposal p SET state = 'superseded', version = p.version + 1, changed_at = now()
    WHERE p.candidate_id = ANY (changed) AND p.state IN ('open', 'seen') AND p.pool_version_to < pool AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(hits) AS f (order_id uuid, candidate_id uuid)
        WHERE (f.order_id, f.candidate_id) = (p.order_id, p.candidate_id));
    FOR hit IN
        SELECT f.*, k.organisation_id AS home
        FROM jsonb_to_recordset(hits) AS f (order_id uuid, shortlist_id uuid, candidate_id uuid, score int, last_score int)
        JOIN standing_list s ON s.id = f.shortlist_id AND s.order_id = f.order_id
        JOIN candidate k ON k.id = f.candidate_id AND k.withdrawn_at IS NULL AND k.protection = 'none'
        WHERE NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.order_id = f.order_id AND e.candidate_id = f.candidate_id
                          AND (e.shortlist_id = f.shortlist_id OR e.state IN ('declined', 'no')))
        ORDER BY f.order_id, f.candidate_id
    LOOP
        UPDATE order_proposal p SET pool_version_to = greatest(p.pool_version_to, pool), score = hit.score
        WHERE p.order_id = hit.order_id AND p.candidate_id = hit.candidate_id AND p.state IN ('open', 'seen');
        CONTINUE WHEN FOUND;
        -- Dismissed once is dismissed, unless the candidate has become better since.
        CONTINUE WHEN EXISTS (SELECT FROM order_proposal p WHERE p.order_id = hit.order_id AND p.candidate_id = hit.candidate_id
                              AND (p.pool_version_from = pool OR (p.state = 'dismissed' AND p.shortlist_id = hit.shortlist_id
                                                                  AND p.score >= hit.score)));
        INSERT INTO order_proposal (order_id, shortlist_id, candidate_id, organisation_id, score, last_score, pool_version_from,
                                    pool_version_to)
        VALUES (hit.order_id, hit.shortlist_id, hit.candidate_id, hit.home, hit.score, hit.last_score, pool, pool)
        ON CONFLICT DO NOTHING RETURNING * INTO made;
        IF FOUND THEN
            all_made := all_made || made.id;
        END IF;
    END LOOP;
    PERFORM outbox_put('proposal.made', r.id, p.order_id, p.shortlist_id, NULL, NULL,
                       jsonb_build_object('proposal_id', p.id, 'score', p.score, 'last_score', p.last_score))
    FROM order_proposal p JOIN job_order o ON o.id = p.order_id
    JOIN organisation r ON r.kind = 'team' OR r.id = o.organisation_id
    WHERE p.id = ANY (all_made) ORDER BY p.id, r.id;
    FOR chain IN
        SELECT p.organisation_id AS id, p.order_id, 'candidate.proposed' AS action, array_agg(p.candidate_id ORDER BY p.id) AS people
        FROM order_proposal p WHERE p.id = ANY (all_made) GROUP BY p.organisation_id, p.order_id
        UNION ALL
        SELECT DISTINCT r.id, p.order_id, 'proposal.made', '{}'::uuid[]
        FROM order_proposal p JOIN organisation r ON r.kind = 'team' WHERE p.id = ANY (all_made)
        ORDER BY id, order_id, action
    LOOP
        PERFORM audit_append_for(chain.id, chain.action, 'job_order', chain.order_id::text, chain.people,
                                 jsonb_build_object('pool_version', pool));
    END LOOP;
    RETURN cardinality(all_made);
END $$;

-- A list that replaces another, and an order that closes, leave nothing to propose.
CREATE FUNCTION proposals_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    UPDATE order_proposal p SET state = 'superseded', version = p.version + 1, changed_at = now()
    WHERE p.order_id = CASE TG_TABLE_NAME WHEN 'shortlist' THEN (to_jsonb(NEW) ->> 'order_id')::uuid ELSE NEW.id END
      AND p.state IN ('open', 'seen');
    RETURN NULL;
END $$;
CREATE TRIGGER proposals_end AFTER INSERT ON shortlist FOR EACH ROW EXECUTE FUNCTION proposals_end();
CREATE TRIGGER proposals_end AFTER UPDATE OF state ON job_order FOR EACH ROW
    WHEN (NEW.state = 'closed' AND OLD.state <> 'closed') EXECUTE FUNCTION proposals_end();

-- Who leaves or becomes protected is proposed to nobody from that moment on: not when the engine has seen it, which may be never,
-- since what it learns at its start it proposes nothing from.
CREATE FUNCTION proposals_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    UPDATE order_proposal p SET state = 'superseded', version = p.version + 1, changed_at = now()
    WHERE p.candidate_id = NEW.id AND p.state IN ('open', 'seen');
    RETURN NULL;
END $$;
CREATE TRIGGER proposals_forget AFTER UPDATE OF withdrawn_at, protection ON candidate FOR EACH ROW
    WHEN (NEW.withdrawn_at IS NOT NULL OR NEW.protection <> 'none') EXECUTE FUNCTION proposals_forget();

CREATE FUNCTION proposal_document(shown order_proposal) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object(
        'id', shown.id, 'order_id', shown.order_id, 'shortlist_id', shown.shortlist_id,
        'candidate', jsonb_build_object('id', shown.candidate_id), 'municipality', h.municipality_code, 'score', shown.score,
        'last_score', shown.last_score, 'state', shown.state, 'version', shown.version,
        'pool_version_from', shown.pool_version_from, 'pool_version_to', shown.pool_version_to,
        'created_at', order_time(shown.created_at),
        'explanation_da', CASE WHEN shown.last_score IS NULL
            THEN format('Der er plads på kandidatlisten til en kandidat med %s point.', shown.score)
            ELSE format('Der er en bedre kandidat: %s point. Den sidste på kandidatlisten har %s.', shown.score, shown.last_score) END)
    FROM organisation h WHERE h.id = shown.organisation_id
$$;

-- GET /v1/job-orders/{id}/proposals: the live ones, best first. For the team and whoever received the order.
CREATE FUNCTION proposals_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    people uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM job_order o WHERE o.id = wanted AND app_partner()
                   AND (app_kind() = 'team' OR o.organisation_id = app_tenant())) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    SELECT jsonb_build_object('order_id', wanted, 'items', coalesce(jsonb_agg(proposal_document(p) ORDER BY p.score DESC, p.id), '[]'))::text,
           coalesce(array_agg(p.candidate_id ORDER BY p.id), '{}')
    INTO answer.body, people
    FROM (SELECT * FROM order_proposal p WHERE p.order_id = wanted AND p.state IN ('open', 'seen')
          ORDER BY p.score DESC, p.id LIMIT 200) AS p;
    PERFORM audit_append('proposals.read', 'job_order', wanted::text, people);
    answer.status := 200;
    answer.replayed := false;
    RETURN answer;
END $$;

-- PATCH /v1/proposals/{id}: {"state": "seen" or "dismissed"}
CREATE FUNCTION proposal_change(wanted uuid, seen_version bigint, target text) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    held order_proposal;
    answer api_reply;
BEGIN
    SELECT p.* INTO held FROM order_proposal p JOIN job_order o ON o.id = p.order_id
    WHERE p.id = wanted AND app_partner() AND (app_kind() = 'team' OR o.organisation_id = app_tenant()) FOR NO KEY UPDATE OF p;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Forslaget findes ikke.');
    END IF;
    IF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Forslaget er ændret, siden det blev læst.');
    END IF;
    IF held.state NOT IN ('open', 'seen') AND held.state <> target THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Forslaget er ikke længere aktuelt.');
    END IF;
    IF held.state <> target THEN
        UPDATE order_proposal p SET state = target, version = p.version + 1, changed_at = now()
        WHERE p.id = wanted RETURNING * INTO held;
        PERFORM audit_append('proposal.' || target, 'order_proposal', wanted::text, ARRAY[held.candidate_id],
                             jsonb_build_object('order_id', held.order_id));
    END IF;
    answer.status := 200;
    answer.body := proposal_document(held)::text;
    answer.etag := held.version;
    answer.replayed := false;
    RETURN answer;
END $$;

-- POST /v1/job-orders/{id}/rerank: the same order on the pool as it is now, in the way that a changed one goes (0008).
CREATE FUNCTION order_rerank(wanted uuid, seen_version bigint) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE held job_order := order_hold(wanted, seen_version);
BEGIN
    IF held.state <> 'open' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kun en åben jobordre kan rangeres.');
    END IF;
    UPDATE job_order o SET version = o.version + 1, ranking_version = o.version + 1, pool_version = pool_current(), changed_at = now()
    WHERE o.id = wanted;
    PERFORM order_rank(wanted, held.version + 1);
    PERFORM order_tell(wanted);
    PERFORM audit_append('order.reranked', 'job_order', wanted::text);
    RETURN order_reply(wanted, 200);
END $$;

GRANT SELECT ON standing_list TO emnebank_match;
GRANT EXECUTE ON FUNCTION order_askable(uuid, text), municipality_lines(), course_lines(), order_draft(jsonb, timestamptz),
    near_misses_told(uuid, jsonb), proposal_document(order_proposal), proposals_read(uuid), proposal_change(uuid, bigint, text),
    order_rerank(uuid, bigint) TO emnebank_front;
GRANT EXECUTE ON FUNCTION standing_lists(uuid[]), proposals_made(bigint, uuid[], jsonb) TO emnebank_match;

RESET ROLE;
