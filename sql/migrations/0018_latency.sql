-- From an order to the homes' webhooks with a third of the work: the same lists, events, audit and attempts as before.
--
-- What took the time, and what is done about it:
--   every reference was checked by itself, row by row: four for an entry, three for a delivery. Keys of two columns say more
--     (an entry is of its list's own order and its candidate's own home) and are half as many checks;
--   what the engine wrote was parsed again to be stored, and put together again for the digest. It is text now, kept and given
--     back as it was written, and the digest is of the columns as they came;
--   an entry was compressed thrice and laid aside. Three to a page need one or two of that and stay where they are;
--   audit lines, claims and what a claim renders went one by one. Each is one statement for all now, and what all homes are told
--     of an order is rendered once;
--   plans live as long as the connection. Those on the way are made once and for any value, and by index, since they may be made
--     while the tables are small and then serve for months.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- References, and indexes that somebody asks

ALTER TABLE shortlist ADD UNIQUE (id, order_id);
ALTER TABLE outbox ADD UNIQUE (id, organisation_id);
ALTER TABLE endpoint ADD UNIQUE (id, organisation_id);
ALTER TABLE delivery ADD UNIQUE (id, organisation_id);

ALTER TABLE shortlist_entry
    ADD FOREIGN KEY (shortlist_id, order_id) REFERENCES shortlist (id, order_id),
    ADD FOREIGN KEY (candidate_id, organisation_id) REFERENCES candidate (id, organisation_id),
    DROP CONSTRAINT shortlist_entry_shortlist_id_fkey, DROP CONSTRAINT shortlist_entry_order_id_fkey,
    DROP CONSTRAINT shortlist_entry_candidate_id_fkey, DROP CONSTRAINT shortlist_entry_organisation_id_fkey,
    ADD UNIQUE (candidate_id, shortlist_id),
    DROP CONSTRAINT shortlist_entry_shortlist_id_candidate_id_key;
DROP INDEX shortlist_entry_candidate;
-- Nobody asked it, and an answer changed every index of its entry, since the state stood in this one.
DROP INDEX shortlist_entry_home;

-- What a home is sent is an event of that home, to an endpoint of that home.
ALTER TABLE delivery
    ADD FOREIGN KEY (outbox_id, organisation_id) REFERENCES outbox (id, organisation_id),
    ADD FOREIGN KEY (endpoint_id, organisation_id) REFERENCES endpoint (id, organisation_id),
    DROP CONSTRAINT delivery_outbox_id_fkey, DROP CONSTRAINT delivery_endpoint_id_fkey,
    DROP CONSTRAINT delivery_organisation_id_fkey;
ALTER TABLE change
    ADD FOREIGN KEY (outbox_id, organisation_id) REFERENCES outbox (id, organisation_id),
    DROP CONSTRAINT change_outbox_id_fkey, DROP CONSTRAINT change_organisation_id_fkey;
ALTER TABLE delivery_attempt
    ADD FOREIGN KEY (delivery_id, organisation_id) REFERENCES delivery (id, organisation_id),
    DROP CONSTRAINT delivery_attempt_delivery_id_fkey, DROP CONSTRAINT delivery_attempt_organisation_id_fkey;

-- The check passes what names no release anyway.
DROP TRIGGER outbox_check ON outbox;
CREATE TRIGGER outbox_check BEFORE INSERT OR UPDATE ON outbox FOR EACH ROW
    WHEN (NEW.release_id IS NOT NULL) EXECUTE FUNCTION outbox_check();

-- As 0014 made it for both of its tables, without making JSON of a whole list to learn its order.
CREATE FUNCTION proposals_replaced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    UPDATE order_proposal p SET state = 'superseded', version = p.version + 1, changed_at = now()
    WHERE p.order_id = NEW.order_id AND p.state IN ('open', 'seen');
    RETURN NULL;
END $$;
DROP TRIGGER proposals_end ON shortlist;
CREATE TRIGGER proposals_end AFTER INSERT ON shortlist FOR EACH ROW EXECUTE FUNCTION proposals_replaced();

-- ---------------------------------------------------------------------------------------------------------------
-- Entries as they were written, and their digest

-- The present digest of a list, while parts and facts are still what it was made of.
CREATE TABLE shortlist_held AS SELECT s.id FROM shortlist s WHERE s.digest = shortlist_digest(s.id);

ALTER TABLE shortlist_entry ALTER parts TYPE text, ALTER facts TYPE text;
ALTER TABLE shortlist_entry SET (toast_tuple_target = 2700);
-- A third of pglz's time. A server without it compresses as before.
DO $$
BEGIN
    ALTER TABLE shortlist_entry ALTER parts SET COMPRESSION lz4, ALTER facts SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'no lz4 here: shortlists are compressed by pglz';
END $$;

-- SHA-256 over what was asked and what was ranked and said, not over what became of it: column by column, by rank, a line for each
-- entry; explanations as JSON strings, so that no line break is another's.
CREATE FUNCTION shortlist_sum(requirements text, ranks int[], ranked uuid[], scores int[], parts text[], facts text[],
                              explanations text[])
    RETURNS bytea LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN sha256(convert_to(concat_ws(E'\n', requirements, ranks, ranked, scores, array_to_string(parts, E'\n'),
                                         array_to_string(facts, E'\n'), array_to_string(explanations, E'\n')), 'UTF8'));
END $$;

CREATE OR REPLACE FUNCTION shortlist_digest(wanted uuid) RETURNS bytea LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT shortlist_sum((SELECT s.requirements FROM shortlist s WHERE s.id = wanted)::text,
                coalesce(array_agg(e.rank ORDER BY e.rank), '{}'), coalesce(array_agg(e.candidate_id ORDER BY e.rank), '{}'),
                coalesce(array_agg(e.score ORDER BY e.rank), '{}'),
                coalesce(array_agg(e.parts ORDER BY e.rank), '{}'), coalesce(array_agg(e.facts ORDER BY e.rank), '{}'),
                -- Our writer escapes DEL, to_json does not.
                coalesce(array_agg(replace(to_json(e.explanation_da)::text, chr(127), '\u007f') ORDER BY e.rank), '{}'))
        FROM shortlist_entry e WHERE e.shortlist_id = wanted);
END $$;

-- Those whose digest did not hold keep it, and so do those of whose entries some have been erased.
UPDATE shortlist s SET digest = shortlist_digest(s.id) FROM shortlist_held h WHERE h.id = s.id;
DROP TABLE shortlist_held;

-- ---------------------------------------------------------------------------------------------------------------
-- Audit

-- The same bytes as before, from a plan that lasts.
CREATE OR REPLACE FUNCTION audit_hash(entry audit) RETURNS bytea LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN sha256(entry.previous || convert_to(jsonb_build_array(
        entry.organisation_id, entry.seq, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.actor, entry.person,
        entry.request, entry.purpose, entry.action, entry.subject_kind, entry.subject_id, to_jsonb(entry.candidates), entry.detail)::text, 'UTF8'));
END $$;

CREATE TYPE audit_line AS (organisation_id uuid, action text, candidates uuid[]);

-- audit_append_for for many chains at once: at most one line for each chain, all about the same subject.
CREATE FUNCTION audit_append_lines(lines audit_line[], audit_subject_kind text, audit_subject_id text, audit_detail jsonb)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE holder text := (SELECT k.person FROM api_key k WHERE k.id = app_setting('actor')::uuid);
BEGIN
    INSERT INTO audit_head
    SELECT l.organisation_id, 0, ''::bytea FROM unnest(lines) AS l
    WHERE NOT EXISTS (SELECT FROM audit_head h WHERE h.organisation_id = l.organisation_id)
    ORDER BY l.organisation_id
    ON CONFLICT DO NOTHING;
    -- A statement of its own, so that the next one sees what those wrote whom this one had to wait for.
    PERFORM FROM audit_head h WHERE h.organisation_id = ANY (ARRAY(SELECT l.organisation_id FROM unnest(lines) AS l))
    ORDER BY h.organisation_id FOR UPDATE;
    WITH written AS (
        INSERT INTO audit
        SELECT (entry).organisation_id, (entry).seq, (entry).at, (entry).actor, (entry).person, (entry).request, (entry).purpose,
               (entry).action, (entry).subject_kind, (entry).subject_id, (entry).candidates, (entry).detail, (entry).previous,
               audit_hash(entry)
        FROM (SELECT ROW(h.organisation_id, h.seq + 1, clock_timestamp(), coalesce(app_setting('actor'), session_user), holder,
                         app_setting('request'), app_setting('purpose'), l.action, audit_subject_kind, audit_subject_id,
                         l.candidates, audit_detail, h.hash, NULL)::audit AS entry
              FROM unnest(lines) AS l JOIN audit_head h ON h.organisation_id = l.organisation_id
              OFFSET 0) AS made -- each row is made once, not once for each of its columns
        RETURNING organisation_id, seq, hash)
    UPDATE audit_head h SET seq = w.seq, hash = w.hash FROM written w WHERE h.organisation_id = w.organisation_id;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Storing a list

-- As 0016 made it. What a list replaces is looked for only where there was one.
CREATE OR REPLACE FUNCTION shortlist_tell(wanted job_order, stored uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE replaced shortlist_entry;
BEGIN
    IF EXISTS (SELECT FROM shortlist s WHERE s.order_id = wanted.id AND s.id <> stored) THEN
        FOR replaced IN
            SELECT * FROM shortlist_entry e
            WHERE e.order_id = wanted.id AND e.shortlist_id <> stored AND e.state = 'proposed' ORDER BY e.id FOR UPDATE
        LOOP
            UPDATE shortlist_entry e SET state = 'withdrawn', version = e.version + 1, changed_at = now()
            WHERE e.id = replaced.id RETURNING * INTO replaced;
            PERFORM entry_tell(replaced);
        END LOOP;
    END IF;
    WITH home AS MATERIALIZED (
        SELECT o.id, o.municipality_code AS code, count(*) AS entries
        FROM shortlist_entry e JOIN organisation o ON o.id = e.organisation_id
        WHERE e.shortlist_id = stored AND e.state = 'proposed' GROUP BY o.id
    ), event AS (
        INSERT INTO outbox (kind, organisation_id, order_id, shortlist_id, payload)
        SELECT 'shortlist.proposed', receiver.id, wanted.id, stored, receiver.payload
        FROM (SELECT h.id, jsonb_build_object('entries', h.entries) FROM home h
              UNION ALL
              SELECT o.id, (SELECT jsonb_build_object('entries', coalesce(sum(h.entries), 0),
                                                      'municipalities', coalesce(jsonb_object_agg(h.code, h.entries), '{}'))
                            FROM home h)
              FROM organisation o WHERE o.kind = 'team') AS receiver (id, payload)
        ORDER BY receiver.id
        RETURNING id, organisation_id
    ), due AS (
        INSERT INTO delivery (outbox_id, endpoint_id, organisation_id)
        SELECT event.id, e.id, event.organisation_id
        FROM event JOIN endpoint e ON e.organisation_id = event.organisation_id
        WHERE e.state = 'active' AND 'shortlist.proposed' = ANY (e.kinds)
        ORDER BY event.organisation_id, e.id
    )
    INSERT INTO change (organisation_id, outbox_id, kind)
    SELECT event.organisation_id, event.id, 'shortlist.proposed' FROM event ORDER BY event.organisation_id;
    PERFORM pg_notify('emnebank_delivery', '');
END $$;

-- As 0016 made it, with what was asked, and the columns of the entries as arrays.
DROP FUNCTION shortlist_store(uuid, int, int, bigint, date, int, jsonb, uuid[], int[], text, text, text, jsonb, bigint);
CREATE FUNCTION shortlist_store(ranked_order uuid, ranked_version int, used_ruleset int, used_pool bigint, used_day date,
                                looked_at int, exclusions jsonb, used_requirements json, ranked uuid[], scores int[],
                                parts text[], facts text[], explanations text[], used_input jsonb, used_vocabulary bigint)
    RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    wanted job_order;
    stored uuid;
    kept int;
    lines audit_line[];
    detail jsonb := jsonb_build_object('order_id', ranked_order, 'ruleset', used_ruleset, 'pool_version', used_pool,
                                       'vocabulary_version', used_vocabulary);
BEGIN
    PERFORM FROM candidate k WHERE k.id = ANY (ranked) ORDER BY k.id FOR SHARE;
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
    INSERT INTO shortlist (order_id, order_version, ruleset, pool_version, as_of, considered, excluded, requirements, asked,
                           vocabulary_version, listed, digest)
    VALUES (ranked_order, ranked_version, used_ruleset, used_pool, used_day, looked_at, exclusions, used_requirements, used_input,
            used_vocabulary, cardinality(ranked),
            shortlist_sum(used_requirements::text, ARRAY(SELECT generate_series(1, cardinality(ranked))), ranked, scores, parts,
                          facts, explanations))
    RETURNING id INTO stored;
    INSERT INTO shortlist_entry (shortlist_id, order_id, candidate_id, organisation_id, rank, score, parts, facts, explanation_da, state)
    SELECT stored, ranked_order, k.id, k.organisation_id, r.rank, r.score, r.parts, r.facts, r.explanation::json #>> '{}',
           CASE WHEN k.withdrawn_at IS NULL THEN 'proposed' ELSE 'withdrawn' END
    FROM (SELECT generate_subscripts(ranked, 1) AS rank, unnest(ranked) AS candidate_id, unnest(scores) AS score,
                 unnest(parts) AS parts, unnest(facts) AS facts, unnest(explanations) AS explanation) AS r
    JOIN candidate k ON k.id = r.candidate_id;
    GET DIAGNOSTICS kept = ROW_COUNT;
    IF kept <> cardinality(ranked) THEN -- somebody has been erased since the engine saw them
        UPDATE shortlist s SET listed = kept, digest = shortlist_digest(stored) WHERE s.id = stored;
    END IF;

    PERFORM shortlist_tell(wanted, stored);
    lines := ARRAY(SELECT ROW(e.organisation_id, 'candidate.listed', array_agg(e.candidate_id ORDER BY e.rank))::audit_line
                   FROM shortlist_entry e WHERE e.shortlist_id = stored GROUP BY e.organisation_id);
    IF EXISTS (SELECT FROM unnest(lines) AS l WHERE l.organisation_id = wanted.organisation_id) THEN
        -- The home that received the order: a second line in its chain, which is locked by now.
        PERFORM audit_append_lines(lines, 'shortlist', stored::text, detail);
        PERFORM audit_append_for(wanted.organisation_id, 'shortlist.ranked', 'shortlist', stored::text, '{}', detail);
    ELSE
        PERFORM audit_append_lines(lines || ROW(wanted.organisation_id, 'shortlist.ranked', '{}')::audit_line, 'shortlist',
                                   stored::text, detail);
    END IF;
    RETURN stored;
END $$;
GRANT EXECUTE ON FUNCTION shortlist_store(uuid, int, int, bigint, date, int, jsonb, json, uuid[], int[], text[], text[], text[],
                                          jsonb, bigint) TO emnebank_match;

-- ---------------------------------------------------------------------------------------------------------------
-- Reading a list: texts are joined. What each caller sees of an entry is as in 0009.

-- Who asks is the same for all rows of a question: asked once, not for each row.
ALTER POLICY partners ON job_order USING ((SELECT app_partner()) OR employer_id = (SELECT app_tenant()));
ALTER POLICY partners ON shortlist USING ((SELECT app_partner()));
ALTER POLICY partners ON shortlist_entry USING ((SELECT app_partner()));
ALTER POLICY partners ON approval USING ((SELECT app_partner()));

DROP FUNCTION entry_document(shortlist_entry);
CREATE FUNCTION entry_document(shown shortlist_entry) RETURNS text LANGUAGE plpgsql STABLE
AS $$
DECLARE
    home char(4);
    document text;
    reference text;
BEGIN
    SELECT o.municipality_code INTO home FROM organisation o WHERE o.id = shown.organisation_id;
    document := json_build_object(
        'id', shown.id, 'order_id', shown.order_id, 'shortlist_id', shown.shortlist_id,
        'rank', shown.rank, 'score', shown.score, 'state', shown.state, 'version', shown.version,
        'municipality', home, 'candidate', json_build_object('id', shown.candidate_id),
        'own', shown.organisation_id = app_tenant(), 'explanation_da', shown.explanation_da,
        'decline_reason', shown.decline_reason, 'changed_at', order_time(shown.changed_at),
        'approval', (SELECT json_build_object('person', a.person, 'approved_at', order_time(a.approved_at))
                     FROM approval a WHERE a.entry_id = shown.id),
        'consent', (SELECT json_build_object('given_at', order_time(c.given_at), 'how', c.how, 'text_version', c.text_version,
                           'recorded_at', order_time(c.recorded_at), 'withdrawn_at', order_time(c.withdrawn_at))
                    FROM consent c WHERE c.entry_id = shown.id),
        'release', (SELECT json_build_object('id', r.id, 'legal_basis', r.legal_basis, 'released_at', order_time(r.released_at),
                           'revoked_at', order_time(r.revoked_at))
                    FROM release r WHERE r.entry_id = shown.id));
    SELECT k.external_ref INTO reference FROM candidate k
    WHERE k.id = shown.candidate_id AND k.organisation_id = app_tenant();
    document := concat(left(document, -1), ',"parts":', shown.parts, ',"facts":', shown.facts, '}');
    IF reference IS NULL THEN
        RETURN document;
    END IF;
    RETURN concat(left(document, -1), ',', substr(json_build_object('external_ref', reference, 'decline_text', shown.decline_text,
        'href', '/v1/candidates/' || home || '/' || path_segment(reference))::text, 2));
END $$;
GRANT EXECUTE ON FUNCTION entry_document(shortlist_entry) TO emnebank_front;

-- GET /v1/job-orders/{id}/shortlist: the newest.
CREATE OR REPLACE FUNCTION shortlist_read(wanted_order uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    found_list shortlist;
    heading text;
BEGIN
    SELECT * INTO found_list FROM shortlist s WHERE s.order_id = wanted_order ORDER BY s.order_version DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke, eller dens kandidatliste er ikke klar endnu.');
    END IF;
    heading := json_build_object('id', found_list.id, 'order_id', found_list.order_id, 'order_version', found_list.order_version,
        'ruleset', found_list.ruleset, 'pool_version', found_list.pool_version, 'as_of', found_list.as_of,
        'considered', found_list.considered, 'excluded', found_list.excluded, 'created_at', order_time(found_list.created_at),
        'tie_break', 'Står flere lige i point, afgør en hash af jobordre og kandidat rækkefølgen, så ingen altid står sidst.',
        'requirements', found_list.requirements);
    answer.body := concat(left(heading, -1), ',"entries":[', (SELECT string_agg(entry_document(e), ',' ORDER BY e.rank)
        FROM shortlist_entry e WHERE e.shortlist_id = found_list.id), ']}');
    PERFORM audit_append('candidate.listed', 'shortlist', found_list.id::text,
                         ARRAY(SELECT e.candidate_id FROM shortlist_entry e WHERE e.shortlist_id = found_list.id ORDER BY e.rank),
                         jsonb_build_object('order_id', wanted_order));
    answer.status := 200;
    answer.replayed := false;
    RETURN answer;
END $$;

-- An entry that is answered alone brings what was asked along, so that its parts can be read without the list.
CREATE OR REPLACE FUNCTION entry_reply(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    shown shortlist_entry;
BEGIN
    SELECT * INTO shown FROM shortlist_entry e WHERE e.id = wanted;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    answer.status := 200;
    answer.body := concat(left(entry_document(shown), -1), ',"requirements":',
                          (SELECT s.requirements FROM shortlist s WHERE s.id = shown.shortlist_id), '}');
    answer.etag := shown.version;
    answer.replayed := false;
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Jobs

-- As 0016 and 0002 made them. Neither waits for the disk: when the server itself dies within the next moments, a job that was
-- claimed is claimed again, and one that was done is done again. That is what may happen to every job at any time, so its
-- handler repeats without harm or is fenced (common/queue), and nobody has been told anything. A daemon that dies loses nothing
-- of this: its attempt counts.
CREATE OR REPLACE FUNCTION job_claim(claim_kinds text[], claim_leases interval[], claim_caps int[], claim_maximum int)
    RETURNS TABLE (claimed_id bigint, claimed_kind text, claimed_payload jsonb, claimed_attempts int, claimed_token uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    WITH due AS (
        SELECT j.id, w.lease, j.attempts >= w.cap AS spent
        FROM job j
        JOIN unnest(claim_kinds, claim_leases, claim_caps) AS w (kind, lease, cap) ON w.kind = j.kind
        WHERE j.state IN ('waiting', 'leased') AND j.run_at <= now()
        ORDER BY j.run_at
        LIMIT claim_maximum
        FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE job j SET
        state = CASE WHEN spent THEN 'dead' ELSE 'leased' END,
        attempts = CASE WHEN spent THEN j.attempts ELSE j.attempts + 1 END,
        lease_until = CASE WHEN NOT spent THEN now() + due.lease END,
        lease_token = CASE WHEN NOT spent THEN gen_random_uuid() END,
        run_at = CASE WHEN spent THEN j.run_at ELSE now() + due.lease END,
        reason = CASE WHEN spent THEN 'lease-expired' END,
        finished_at = CASE WHEN spent THEN now() END
    FROM due
    WHERE j.id = due.id
    RETURNING j.id, j.kind, j.payload, j.attempts, j.lease_token;
END $$;

CREATE OR REPLACE FUNCTION job_finish(finish_id bigint, finish_token uuid, finish_outcome text, finish_reason text,
                                      finish_wait interval, finish_cap int)
    RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE came_to text;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE job SET
        state = CASE WHEN finish_outcome = 'retry' AND attempts < finish_cap THEN 'waiting'
                     WHEN finish_outcome = 'done' THEN 'done'
                     ELSE 'dead' END,
        run_at = now() + finish_wait,
        reason = finish_reason,
        finished_at = CASE WHEN finish_outcome = 'retry' AND attempts < finish_cap THEN NULL ELSE now() END,
        lease_until = NULL,
        lease_token = NULL
    WHERE id = finish_id AND lease_token = finish_token AND state = 'leased'
    RETURNING state INTO came_to;
    RETURN came_to;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Claims of deliveries

CREATE OR REPLACE FUNCTION delivery_end(wanted uuid, end_state text, why text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE delivery SET state = end_state, reason = why, lease_until = NULL, lease_token = NULL,
        finished_at = clock_timestamp()
    WHERE id = wanted;
END $$;

-- How many deliveries to one endpoint are under way, on all machines together, as of this moment.
CREATE FUNCTION delivery_under_way(place uuid) RETURNS bigint LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN (SELECT count(*) FROM delivery d WHERE d.endpoint_id = place AND d.state = 'leased' AND d.lease_until > now());
END $$;

-- As 0010 says, for all that is due at once. What the homes are told of a list is rendered for all of them together.
CREATE OR REPLACE FUNCTION delivery_claim(most int, per_endpoint int, attempt_cap int, lease interval)
    RETURNS TABLE (delivery_id uuid, verdict text, why text, token uuid, attempt int, kind text, event_at timestamptz,
                   endpoint_id uuid, url text, secret bytea, data text, municipality text, external_ref text,
                   wrapped_key bytea, name bytea, phone bytea, email bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    places uuid[];
    taken uuid[];
BEGIN
    places := ARRAY(
        SELECT e.id
        FROM endpoint e
        CROSS JOIN LATERAL (SELECT d.next_at FROM delivery d
                            WHERE d.endpoint_id = e.id AND d.state IN ('waiting', 'leased') AND d.next_at <= now()
                            ORDER BY d.next_at LIMIT 1) first
        WHERE e.state = 'active' AND (e.held_until IS NULL OR e.held_until <= now())
          AND delivery_under_way(e.id) < per_endpoint
        ORDER BY first.next_at
        LIMIT most
        FOR NO KEY UPDATE OF e SKIP LOCKED);
    IF places = '{}' THEN
        RETURN;
    END IF;
    -- A statement of its own: under the endpoints' locks, and as of now.
    taken := ARRAY(
        SELECT item.id
        FROM unnest(places) WITH ORDINALITY AS place (id, number)
        CROSS JOIN LATERAL (SELECT d.id, d.next_at FROM delivery d
                            WHERE d.endpoint_id = place.id AND d.state IN ('waiting', 'leased') AND d.next_at <= now()
                            ORDER BY d.next_at, d.id LIMIT greatest(0, per_endpoint - delivery_under_way(place.id))
                            FOR UPDATE SKIP LOCKED) AS item
        ORDER BY place.number, item.next_at, item.id
        LIMIT most);
    RETURN QUERY
    WITH held AS MATERIALIZED (
        SELECT d.id, d.endpoint_id, d.organisation_id, d.attempts, b.kind, b.created_at, b AS event,
               CASE WHEN b.kind = 'cv.released' THEN delivery_hindrance(b) END AS hindrance
        FROM unnest(taken) AS t (id) JOIN delivery d ON d.id = t.id JOIN outbox b ON b.id = d.outbox_id
    ), item AS MATERIALIZED (
        SELECT h.*,
               CASE WHEN h.hindrance IS NOT NULL THEN 'cancelled' WHEN h.attempts >= attempt_cap THEN 'dead' ELSE 'send' END AS verdict,
               coalesce(h.hindrance, CASE WHEN h.attempts >= attempt_cap THEN 'exhausted' END) AS why
        FROM held h WHERE h.hindrance IS DISTINCT FROM 'locked'
    ), lost AS (
        UPDATE delivery_attempt a SET class = 'lost', finished_at = clock_timestamp()
        FROM item i WHERE i.attempts > 0 AND a.delivery_id = i.id AND a.finished_at IS NULL
    ), ended AS (
        UPDATE delivery d SET state = i.verdict, reason = i.why, lease_until = NULL, lease_token = NULL,
            finished_at = clock_timestamp()
        FROM item i WHERE i.verdict <> 'send' AND d.id = i.id
    ), leased AS (
        UPDATE delivery d SET state = 'leased', attempts = d.attempts + 1, lease_token = gen_random_uuid(),
            lease_until = clock_timestamp() + lease, next_at = clock_timestamp() + lease
        FROM item i WHERE i.verdict = 'send' AND d.id = i.id
        RETURNING d.id, d.organisation_id, d.lease_token, d.attempts
    ), tried AS (
        INSERT INTO delivery_attempt (delivery_id, number, organisation_id)
        SELECT l.id, l.attempts, l.organisation_id FROM leased l
    ), list AS MATERIALIZED (
        SELECT told.id, event_order(told.order_id)::text AS job_order
        FROM (SELECT DISTINCT (i.event).shortlist_id AS id, (i.event).order_id FROM item i
              WHERE i.kind = 'shortlist.proposed' AND i.verdict = 'send') AS told
    ), own AS MATERIALIZED (
        SELECT s.shortlist_id, s.organisation_id,
               json_agg(json_build_object('id', s.id, 'candidate_id', s.candidate_id, 'external_ref', c.external_ref,
                   'rank', s.rank, 'score', s.score, 'state', s.state, 'explanation_da', s.explanation_da) ORDER BY s.rank) AS entries
        FROM list JOIN shortlist_entry s ON s.shortlist_id = list.id JOIN candidate c ON c.id = s.candidate_id
        GROUP BY s.shortlist_id, s.organisation_id
    )
    SELECT i.id, i.verdict, i.why, l.lease_token, coalesce(l.attempts, i.attempts), i.kind, i.created_at, i.endpoint_id,
           e.url, e.secret,
           CASE WHEN l.id IS NULL THEN NULL
                WHEN list.id IS NULL OR receiver.kind = 'team' THEN event_data(i.event)::text
                ELSE concat('{"order":', list.job_order, ',"shortlist_id":"', list.id, '","entries":',
                            coalesce(own.entries, '[]'), '}') END,
           home.municipality_code::text, c.external_ref, p.wrapped_key, p.name, p.phone, p.email
    FROM item i
    LEFT JOIN leased l ON l.id = i.id
    LEFT JOIN endpoint e ON e.id = i.endpoint_id AND l.id IS NOT NULL
    LEFT JOIN list ON i.kind = 'shortlist.proposed' AND list.id = (i.event).shortlist_id
    LEFT JOIN organisation receiver ON receiver.id = i.organisation_id AND list.id IS NOT NULL
    LEFT JOIN own ON own.shortlist_id = list.id AND own.organisation_id = i.organisation_id
    LEFT JOIN release r ON r.id = (i.event).release_id AND i.kind = 'cv.released' AND l.id IS NOT NULL
    LEFT JOIN candidate c ON c.id = r.candidate_id
    LEFT JOIN candidate_person p ON p.candidate_id = c.id
    LEFT JOIN organisation home ON home.id = r.home_id;
END $$;

RESET ROLE;
