-- The team may ask why somebody is not on the list whom it may list by other ways: the order's near misses that it was told of,
-- and its proposals. Of all others still nobody learns whether they exist.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- Whom the team has been told of as a near miss.
CREATE TABLE near_miss (
    order_id uuid NOT NULL REFERENCES job_order ON DELETE CASCADE,
    candidate_id uuid NOT NULL REFERENCES candidate ON DELETE CASCADE,
    PRIMARY KEY (order_id, candidate_id)
);
CREATE INDEX near_miss_candidate ON near_miss (candidate_id);
ALTER TABLE near_miss ENABLE ROW LEVEL SECURITY;
ALTER TABLE near_miss FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON near_miss TO emnebank_owner USING (true) WITH CHECK (true);

-- Those who were told of are in the audit since 0014.
INSERT INTO near_miss
SELECT DISTINCT o.id, k.id
FROM audit a CROSS JOIN LATERAL unnest(a.candidates) AS c (id)
JOIN job_order o ON o.id::text = a.subject_id JOIN candidate k ON k.id = c.id
WHERE a.action = 'candidate.near_miss';

-- As 0014 made it, and it remembers.
CREATE OR REPLACE FUNCTION near_misses_told(wanted uuid, listed jsonb) RETURNS jsonb LANGUAGE plpgsql
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
    INSERT INTO near_miss
    SELECT wanted, (t.item #>> '{candidate,id}')::uuid FROM jsonb_array_elements(told) AS t (item) ORDER BY 2
    ON CONFLICT DO NOTHING;
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

-- Whether the caller is the team and was told of the candidate. One who has left or become protected since is forgotten.
CREATE FUNCTION near_miss_known(wanted_order uuid, wanted uuid) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT coalesce(app_kind() = 'team', false) AND EXISTS (
        SELECT FROM near_miss n JOIN candidate k ON k.id = n.candidate_id
        WHERE n.order_id = wanted_order AND n.candidate_id = wanted AND k.withdrawn_at IS NULL AND k.protection = 'none')
$$;
GRANT EXECUTE ON FUNCTION near_miss_known(uuid, uuid) TO emnebank_front;

-- As 0014 made it; proposals are seen by the team and by whoever received the order (row-level security).
CREATE OR REPLACE FUNCTION why_not_allowed(wanted_order uuid, wanted uuid) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE asked job_order;
BEGIN
    SELECT * INTO asked FROM job_order o WHERE o.id = wanted_order AND app_partner();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF NOT EXISTS (SELECT FROM candidate k WHERE k.id = wanted)
       AND NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = wanted)
       AND NOT EXISTS (SELECT FROM order_proposal p WHERE p.order_id = wanted_order AND p.candidate_id = wanted
                       AND p.state <> 'superseded')
       AND NOT near_miss_known(wanted_order, wanted) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    IF asked.occupations = '{}' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren har ingen stilling endnu.');
    END IF;
    PERFORM audit_append('candidate.why_not', 'candidate', wanted::text, ARRAY[wanted],
                         jsonb_build_object('order_id', wanted_order));
    RETURN pool_current();
END $$;

RESET ROLE;
