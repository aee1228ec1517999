-- Shortlists: storing what the engine ranked, reading it, the answers to it, and the release of a CV
-- (services/shortlists). And the feed of changes.
--
-- The invariant (issue: "a CV cannot be written to the outbox without a yes, an approval and a legal basis") is held by
-- triggers, so it binds every role and every function alike:
--   consent      is of its entry's own candidate, order, employer and home; its fields never change, and a withdrawn one
--                stays withdrawn
--   approval     is by the acting key, and that key is held by a named person of the team
--   protection   is lifted by the acting key of a named person of the home, for one entry
--   entry        moves only along the legal steps, each by the one whose step it is, and each step needs its evidence
--   release      needs all of these; its fields never change, and a revoked one stays revoked
--   outbox       takes a CV only for a release in force and its own employer (0001)
--
-- Lock order as in 0001: candidate, job_order, shortlist_entry, release, outbox, audit_head by organisation.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Who acts

-- The named person who holds the acting key; NULL when a machine holds it, or it is not the tenant's or not valid.
CREATE FUNCTION actor_person() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT k.person FROM api_key k
    WHERE k.id::text = app_setting('actor') AND k.organisation_id = app_tenant()
      AND k.revoked_at IS NULL AND k.expires_at > now()
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The invariant

-- A home lifts the protection of one person for one release (DESIGN 8).
CREATE TABLE protection_lift (
    entry_id uuid PRIMARY KEY REFERENCES shortlist_entry,
    organisation_id uuid NOT NULL REFERENCES organisation,
    person text NOT NULL CHECK (person <> ''),
    key_id uuid NOT NULL REFERENCES api_key,
    lifted_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE protection_lift ENABLE ROW LEVEL SECURITY;
ALTER TABLE protection_lift FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON protection_lift TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY home ON protection_lift TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
CREATE POLICY team_reads ON protection_lift FOR SELECT TO emnebank_front USING (app_kind() = 'team');
GRANT SELECT, INSERT ON protection_lift TO emnebank_front;

-- One CV goes to one order once.
CREATE UNIQUE INDEX release_once ON release (candidate_id, order_id) WHERE revoked_at IS NULL;

CREATE FUNCTION entry_step_legal(old_state text, new_state text) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$
    SELECT (old_state, new_state) IN (
        ('proposed', 'confirmed'), ('proposed', 'declined'), ('proposed', 'withdrawn'),
        ('confirmed', 'yes'), ('confirmed', 'no'), ('confirmed', 'declined'), ('confirmed', 'withdrawn'),
        ('yes', 'approved'), ('yes', 'withdrawn'),
        ('approved', 'released'), ('approved', 'withdrawn'),
        ('released', 'withdrawn'))
$$;

CREATE FUNCTION entry_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NOT entry_step_legal(OLD.state, NEW.state) THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Svaret er ikke muligt, som emnet står nu.');
    END IF;
    -- No tenant: a new shortlist takes the old one's place.
    IF (CASE WHEN NEW.state IN ('approved', 'released') THEN app_kind() <> 'team' ELSE app_tenant() <> NEW.organisation_id END) THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Hjemkommunen svarer for emnet; teamet godkender og frigiver.');
    END IF;
    IF NEW.state = 'declined' AND NEW.decline_reason IS NULL THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Et afslag skal have en grund.');
    END IF;
    IF NEW.state IN ('yes', 'approved', 'released')
       AND NOT EXISTS (SELECT FROM consent c WHERE c.entry_id = NEW.id AND c.withdrawn_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Kandidaten har ikke sagt ja til denne arbejdsgiver og jobordre.');
    END IF;
    IF NEW.state IN ('approved', 'released') AND NOT EXISTS (SELECT FROM approval a WHERE a.entry_id = NEW.id) THEN
        PERFORM raise_problem('EB409', 'approval-missing', 'En navngiven konsulent skal godkende først.');
    END IF;
    IF NEW.state = 'released' AND NOT EXISTS (SELECT FROM release r WHERE r.entry_id = NEW.id AND r.revoked_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Frigivelsen er ikke i kraft.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_step BEFORE UPDATE OF state ON shortlist_entry FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION entry_step();

CREATE FUNCTION consent_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
           OR to_jsonb(NEW) - 'withdrawn_at' <> to_jsonb(OLD) - 'withdrawn_at' THEN
            PERFORM raise_problem('EB409', 'state-conflict', 'Et ja kan kun tages tilbage, aldrig ændres eller genoplives.');
        END IF;
        -- Now that the row is locked: later than every claim that still counted on the yes, whatever the caller says.
        NEW.withdrawn_at := clock_timestamp();
        RETURN NEW;
    END IF;
    IF NEW.withdrawn_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM shortlist_entry e
        JOIN job_order o ON o.id = e.order_id
        JOIN candidate k ON k.id = e.candidate_id
        WHERE e.id = NEW.entry_id AND e.candidate_id = NEW.candidate_id AND e.order_id = NEW.order_id
          AND e.organisation_id = NEW.organisation_id AND o.employer_id = NEW.employer_id
          AND e.state = 'confirmed' AND k.withdrawn_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Et ja gælder et bekræftet emnes egen kandidat, jobordre og arbejdsgiver.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consent_check BEFORE INSERT OR UPDATE ON consent FOR EACH ROW EXECUTE FUNCTION consent_check();

CREATE FUNCTION approval_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'En godkendelse ændres ikke.');
    END IF;
    IF NEW.organisation_id IS DISTINCT FROM app_tenant() OR app_kind() IS DISTINCT FROM 'team'
       OR NEW.key_id::text IS DISTINCT FROM app_setting('actor') OR NEW.person IS DISTINCT FROM actor_person() THEN
        PERFORM raise_problem('EB403', 'named-person-required', 'Kun en navngiven konsulent i teamet godkender, i eget navn.');
    END IF;
    IF NOT EXISTS (SELECT FROM shortlist_entry e JOIN consent c ON c.entry_id = e.id AND c.withdrawn_at IS NULL
                   WHERE e.id = NEW.entry_id AND e.state = 'yes') THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Emnet kan først godkendes, når kandidaten har sagt ja.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_check BEFORE INSERT OR UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION approval_check();

CREATE FUNCTION protection_lift_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'En ophævelse ændres ikke.');
    END IF;
    IF NEW.organisation_id IS DISTINCT FROM app_tenant() OR NEW.key_id::text IS DISTINCT FROM app_setting('actor')
       OR NEW.person IS DISTINCT FROM actor_person() THEN
        PERFORM raise_problem('EB403', 'named-person-required', 'Kun en navngiven person i hjemkommunen ophæver, i eget navn.');
    END IF;
    IF NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.id = NEW.entry_id AND e.organisation_id = NEW.organisation_id
                     AND e.state IN ('confirmed', 'yes', 'approved')) THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Beskyttelsen kan kun ophæves for et bekræftet emne, før det er frigivet.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER protection_lift_check BEFORE INSERT OR UPDATE ON protection_lift
    FOR EACH ROW EXECUTE FUNCTION protection_lift_check();

CREATE OR REPLACE FUNCTION release_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE person candidate;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
           OR to_jsonb(NEW) - ARRAY['revoked_at', 'revoked_reason'] <> to_jsonb(OLD) - ARRAY['revoked_at', 'revoked_reason'] THEN
            PERFORM raise_problem('EB409', 'state-conflict', 'En frigivelse kan kun kaldes tilbage, aldrig ændres eller genoplives.');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM consent c JOIN job_order o ON o.id = c.order_id
                   WHERE c.id = NEW.consent_id AND c.entry_id = NEW.entry_id AND c.candidate_id = NEW.candidate_id
                     AND c.order_id = NEW.order_id AND c.employer_id = NEW.employer_id
                     AND o.employer_id = NEW.employer_id AND c.withdrawn_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Kandidaten har ikke sagt ja til denne arbejdsgiver og jobordre.');
    END IF;
    IF NOT EXISTS (SELECT FROM approval a WHERE a.id = NEW.approval_id AND a.entry_id = NEW.entry_id) THEN
        PERFORM raise_problem('EB409', 'approval-missing', 'En navngiven konsulent skal godkende først.');
    END IF;
    IF NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.id = NEW.entry_id AND e.candidate_id = NEW.candidate_id
                     AND e.order_id = NEW.order_id AND e.organisation_id = NEW.home_id AND e.state = 'approved') THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnet er ikke godkendt, eller hører ikke til kandidaten og jobordren.');
    END IF;
    SELECT * INTO person FROM candidate k WHERE k.id = NEW.candidate_id;
    IF person.withdrawn_at IS NOT NULL THEN
        PERFORM raise_problem('EB409', 'candidate-withdrawn', 'Kandidaten er taget ud af emnebanken.');
    END IF;
    IF (person.protection <> 'none' OR NEW.protection_lifted_by IS NOT NULL)
       AND NOT EXISTS (SELECT FROM protection_lift l WHERE l.entry_id = NEW.entry_id AND l.organisation_id = NEW.home_id
                         AND l.person = NEW.protection_lifted_by) THEN
        PERFORM raise_problem('EB409', 'protected-person', 'Kandidaten har beskyttelse; hjemkommunen skal ophæve den for denne frigivelse.');
    END IF;
    IF EXISTS (SELECT FROM release r WHERE r.candidate_id = NEW.candidate_id AND r.order_id = NEW.order_id AND r.revoked_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Kandidatens CV er allerede frigivet til denne jobordre.');
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER release_check ON release;
CREATE TRIGGER release_check BEFORE INSERT OR UPDATE ON release FOR EACH ROW EXECUTE FUNCTION release_check();

-- ---------------------------------------------------------------------------------------------------------------
-- Telling, revoking, ending. Called by the functions and triggers below, not by the daemon's roles.

-- To the team and the home, but not to the one who did it.
CREATE FUNCTION entry_tell(told shortlist_entry) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT outbox_put('entry.changed', receiver.id, told.order_id, told.shortlist_id, told.id, NULL,
                      jsonb_build_object('entry_id', told.id, 'state', told.state))
    FROM organisation receiver
    WHERE (receiver.kind = 'team' OR receiver.id = told.organisation_id) AND receiver.id IS DISTINCT FROM app_tenant()
    ORDER BY receiver.id
$$;

-- In the chains of the one who acts and of the home, in the order of locks.
CREATE FUNCTION entry_audit(action text, told shortlist_entry, detail jsonb DEFAULT '{}') RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT audit_append_for(chain.id, action, 'shortlist_entry', told.id::text, ARRAY[told.candidate_id],
                            detail || jsonb_build_object('order_id', told.order_id))
    FROM (SELECT DISTINCT id FROM unnest(ARRAY[app_tenant(), told.organisation_id]) AS u (id) WHERE id IS NOT NULL ORDER BY id) AS chain
$$;

-- For the API's functions, once an entry stands as the caller moved it: it is told and written down, and what is said of
-- it is what it is, whatever the caller says.
CREATE FUNCTION entry_done(moved uuid, detail jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE told shortlist_entry;
BEGIN
    SELECT * INTO told FROM shortlist_entry e
    WHERE e.id = moved AND (app_kind() = 'team' OR e.organisation_id = app_tenant());
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    PERFORM entry_tell(told);
    IF told.state = 'released' THEN
        PERFORM outbox_put('cv.released', r.employer_id, r.order_id, told.shortlist_id, told.id, r.id)
        FROM release r WHERE r.entry_id = told.id;
    END IF;
    PERFORM entry_audit('entry.' || told.state, told, detail);
END $$;

-- Whoever lifts a protection is written down.
CREATE FUNCTION protection_lifted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM entry_audit('entry.protection_lifted', e) FROM shortlist_entry e WHERE e.id = NEW.entry_id;
    RETURN NULL;
END $$;
CREATE TRIGGER protection_lifted AFTER INSERT ON protection_lift FOR EACH ROW EXECUTE FUNCTION protection_lifted();

-- The CV may no longer be used: nothing that waits is sent, and an employer who has it, or may have it, is told (then
-- true). An attempt that never reached the employer (no address, no connection, no TLS, our own policy) has told them
-- nothing.
CREATE FUNCTION release_revoke(revoked uuid, reason text) RETURNS boolean LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE gone release;
BEGIN
    UPDATE release r SET revoked_at = clock_timestamp(), revoked_reason = reason
    WHERE r.id = revoked AND r.revoked_at IS NULL RETURNING * INTO gone;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- A claim that holds one of these rows is waited for: then it is leased, and counts as sent.
    UPDATE delivery d SET state = 'cancelled', reason = 'revoked', finished_at = clock_timestamp()
    FROM outbox x WHERE x.id = d.outbox_id AND x.release_id = gone.id AND x.kind = 'cv.released' AND d.state = 'waiting';
    IF NOT EXISTS (SELECT FROM delivery d JOIN outbox x ON x.id = d.outbox_id AND x.release_id = gone.id AND x.kind = 'cv.released'
                   WHERE d.state IN ('delivered', 'leased')
                      OR EXISTS (SELECT FROM delivery_attempt t WHERE t.delivery_id = d.id
                                   AND coalesce(t.class, '') NOT IN ('dns', 'connect', 'tls', 'refused_by_policy'))) THEN
        RETURN false;
    END IF;
    PERFORM outbox_put('cv.recalled', gone.employer_id, gone.order_id,
                       (SELECT e.shortlist_id FROM shortlist_entry e WHERE e.id = gone.entry_id), gone.entry_id, gone.id,
                       jsonb_build_object('reason', reason));
    RETURN true;
END $$;

-- These entries of one home are over, because the yes was taken back or the candidate left the pool. All entries are
-- locked first and the audit is written last, as the lock order asks.
CREATE FUNCTION entries_end(ended uuid[], reason text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    told shortlist_entry;
    moved shortlist_entry[] := '{}';
    recalled release[] := '{}';
    gone release;
BEGIN
    PERFORM FROM shortlist_entry e WHERE e.id = ANY (ended) ORDER BY e.id FOR UPDATE;
    FOR told IN SELECT * FROM shortlist_entry e WHERE e.id = ANY (ended)
                  AND e.state IN ('proposed', 'confirmed', 'yes', 'approved', 'released') ORDER BY e.id LOOP
        UPDATE shortlist_entry e SET state = 'withdrawn', version = e.version + 1, changed_at = now()
        WHERE e.id = told.id RETURNING * INTO told;
        moved := moved || told;
        FOR gone IN SELECT * FROM release r WHERE r.entry_id = told.id AND r.revoked_at IS NULL LOOP
            IF release_revoke(gone.id, reason) THEN
                recalled := recalled || gone;
            END IF;
        END LOOP;
        PERFORM entry_tell(told);
    END LOOP;
    FOREACH told IN ARRAY moved LOOP
        PERFORM audit_append_for(told.organisation_id, 'entry.withdrawn', 'shortlist_entry', told.id::text,
                                 ARRAY[told.candidate_id], jsonb_build_object('order_id', told.order_id, 'reason', reason));
    END LOOP;
    FOREACH gone IN ARRAY recalled LOOP
        PERFORM audit_append_for(gone.home_id, 'cv.recalled', 'release', gone.id::text, ARRAY[gone.candidate_id],
                                 jsonb_build_object('reason', reason));
    END LOOP;
END $$;

-- Whichever way a yes is taken back, all that rests on it ends in the same transaction.
CREATE FUNCTION consent_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM entries_end(ARRAY[NEW.entry_id], 'consent_withdrawn');
    RETURN NULL;
END $$;
CREATE TRIGGER consent_gone AFTER UPDATE OF withdrawn_at ON consent FOR EACH ROW EXECUTE FUNCTION consent_gone();

CREATE FUNCTION shortlist_candidate_withdrawn(gone uuid) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT entries_end(ARRAY(SELECT e.id FROM shortlist_entry e WHERE e.candidate_id = gone
                               AND e.state IN ('proposed', 'confirmed', 'yes', 'approved', 'released')), 'candidate_withdrawn')
$$;

CREATE FUNCTION candidate_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM shortlist_candidate_withdrawn(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER candidate_gone AFTER UPDATE OF withdrawn_at ON candidate FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION candidate_gone();

-- Protection that comes after a release ends it, unless the home had lifted it for that one. The employer is told what it
-- would be told of anybody who leaves: why is nobody's business.
CREATE FUNCTION candidate_protected() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM entries_end(ARRAY(SELECT r.entry_id FROM release r WHERE r.candidate_id = NEW.id AND r.revoked_at IS NULL
                                AND r.protection_lifted_by IS NULL), 'candidate_withdrawn');
    RETURN NULL;
END $$;
CREATE TRIGGER candidate_protected AFTER UPDATE OF protection ON candidate FOR EACH ROW
    WHEN (OLD.protection = 'none' AND NEW.protection <> 'none') EXECUTE FUNCTION candidate_protected();

-- ---------------------------------------------------------------------------------------------------------------
-- Storing a ranking

-- What the engine ranked for one version of an order, in one transaction with the events. `entries` is an array of
-- {candidate_id, rank, score, parts, facts, explanation_da}. Repeating it gives the same id. NULL: the order has changed
-- since, or is closed, so this ranking is nobody's any more and nothing is stored (the job is done).
-- A candidate who left the pool after the snapshot keeps the place that was ranked, as withdrawn.
CREATE FUNCTION shortlist_store(ranked_order uuid, ranked_version int, used_ruleset int, used_pool bigint, used_day date,
                                looked_at int, exclusions jsonb, ranked jsonb) RETURNS uuid LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    wanted job_order;
    stored uuid;
    old uuid;
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
    INSERT INTO shortlist (order_id, order_version, ruleset, pool_version, as_of, considered, excluded)
    VALUES (ranked_order, ranked_version, used_ruleset, used_pool, used_day, looked_at, exclusions)
    RETURNING id INTO stored;
    INSERT INTO shortlist_entry (shortlist_id, order_id, candidate_id, organisation_id, rank, score, parts, facts, explanation_da, state)
    SELECT stored, ranked_order, k.id, k.organisation_id, r.rank, r.score, r.parts, r.facts, r.explanation_da,
           CASE WHEN k.withdrawn_at IS NULL THEN 'proposed' ELSE 'withdrawn' END
    FROM jsonb_to_recordset(ranked) AS r (candidate_id uuid, rank int, score int, parts jsonb, facts jsonb, explanation_da text)
    JOIN candidate k ON k.id = r.candidate_id
    ORDER BY r.rank;

    PERFORM shortlist_tell(wanted, stored);
    FOR chain IN
        SELECT e.organisation_id AS id, 'candidate.listed' AS action, array_agg(e.candidate_id ORDER BY e.rank) AS candidates
        FROM shortlist_entry e WHERE e.shortlist_id = stored GROUP BY e.organisation_id
        UNION ALL
        SELECT wanted.organisation_id, 'shortlist.ranked', '{}'
        ORDER BY id, action
    LOOP
        PERFORM audit_append_for(chain.id, chain.action, 'shortlist', stored::text, chain.candidates,
                                 jsonb_build_object('order_id', ranked_order, 'ruleset', used_ruleset, 'pool_version', used_pool));
    END LOOP;
    RETURN stored;
END $$;

-- Ends what the shortlist replaces; tells each home with somebody on it, and the team.
CREATE FUNCTION shortlist_tell(wanted job_order, stored uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE replaced shortlist_entry;
BEGIN
    FOR replaced IN
        SELECT * FROM shortlist_entry e
        WHERE e.order_id = wanted.id AND e.shortlist_id <> stored AND e.state = 'proposed' ORDER BY e.id FOR UPDATE
    LOOP
        UPDATE shortlist_entry e SET state = 'withdrawn', version = e.version + 1, changed_at = now()
        WHERE e.id = replaced.id RETURNING * INTO replaced;
        PERFORM entry_tell(replaced);
    END LOOP;
    PERFORM outbox_put('shortlist.proposed', o.id, wanted.id, stored, NULL, NULL,
                       CASE WHEN o.kind = 'team' THEN jsonb_build_object('entries', counts.total, 'municipalities', counts.homes)
                            ELSE jsonb_build_object('entries', (counts.homes ->> o.municipality_code::text)::int) END)
    FROM organisation o, (
        SELECT coalesce(sum(n), 0) AS total, coalesce(jsonb_object_agg(code, n), '{}') AS homes
        FROM (SELECT h.municipality_code AS code, count(*) AS n FROM shortlist_entry e
              JOIN organisation h ON h.id = e.organisation_id
              WHERE e.shortlist_id = stored AND e.state = 'proposed' GROUP BY h.municipality_code) AS per_home) AS counts
    WHERE o.kind = 'team' OR counts.homes ? o.municipality_code::text
    ORDER BY o.id;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Reading

-- A path segment, percent-encoded (RFC 3986 section 2.3).
CREATE FUNCTION path_segment(value text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT string_agg(CASE WHEN chr(byte) ~ '[A-Za-z0-9._~-]' AND byte < 128 THEN chr(byte)
                           ELSE '%' || upper(lpad(to_hex(byte), 2, '0')) END, '' ORDER BY place)
    FROM (SELECT place, get_byte(convert_to(value, 'UTF8'), place) AS byte
          FROM generate_series(0, octet_length(convert_to(value, 'UTF8')) - 1) AS g (place)) AS bytes
$$;

-- One entry as the caller may see it: row-level security leaves the external reference, the yes and the release out where
-- they are not the caller's; a home's free text stays at home.
CREATE FUNCTION entry_document(shown shortlist_entry) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
            'id', shown.id, 'order_id', shown.order_id, 'shortlist_id', shown.shortlist_id,
            'rank', shown.rank, 'score', shown.score, 'state', shown.state, 'version', shown.version,
            'municipality', home.municipality_code, 'candidate', jsonb_build_object('id', shown.candidate_id),
            'own', shown.organisation_id = app_tenant(),
            'parts', shown.parts, 'facts', shown.facts, 'explanation_da', shown.explanation_da,
            'decline_reason', shown.decline_reason, 'changed_at', order_time(shown.changed_at),
            'approval', (SELECT jsonb_build_object('person', a.person, 'approved_at', order_time(a.approved_at))
                         FROM approval a WHERE a.entry_id = shown.id),
            'consent', (SELECT jsonb_build_object('given_at', order_time(c.given_at), 'how', c.how, 'text_version', c.text_version,
                               'recorded_at', order_time(c.recorded_at), 'withdrawn_at', order_time(c.withdrawn_at))
                        FROM consent c WHERE c.entry_id = shown.id),
            'release', (SELECT jsonb_build_object('id', r.id, 'legal_basis', r.legal_basis, 'released_at', order_time(r.released_at),
                               'revoked_at', order_time(r.revoked_at))
                        FROM release r WHERE r.entry_id = shown.id))
        || CASE WHEN own.id IS NULL THEN '{}' ELSE jsonb_build_object(
            'external_ref', own.external_ref, 'decline_text', shown.decline_text,
            'href', '/v1/candidates/' || home.municipality_code || '/' || path_segment(own.external_ref)) END
    FROM organisation home
    LEFT JOIN candidate own ON own.id = shown.candidate_id AND own.organisation_id = app_tenant()
    WHERE home.id = shown.organisation_id);
END $$;

-- GET /v1/job-orders/{id}/shortlist: the newest.
CREATE FUNCTION shortlist_read(wanted_order uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply;
    found_list shortlist;
BEGIN
    SELECT * INTO found_list FROM shortlist s WHERE s.order_id = wanted_order ORDER BY s.order_version DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke, eller dens kandidatliste er ikke klar endnu.');
    END IF;
    SELECT jsonb_build_object('id', found_list.id, 'order_id', found_list.order_id, 'order_version', found_list.order_version,
            'ruleset', found_list.ruleset, 'pool_version', found_list.pool_version, 'as_of', found_list.as_of,
            'considered', found_list.considered, 'excluded', found_list.excluded, 'created_at', order_time(found_list.created_at),
            'tie_break', 'Står flere lige i point, afgør en hash af jobordre og kandidat rækkefølgen, så ingen altid står sidst.',
            'entries', coalesce(jsonb_agg(entry_document(e) ORDER BY e.rank), '[]'))::text
    INTO answer.body
    FROM shortlist_entry e WHERE e.shortlist_id = found_list.id;
    PERFORM audit_append('candidate.listed', 'shortlist', found_list.id::text,
                         ARRAY(SELECT e.candidate_id FROM shortlist_entry e WHERE e.shortlist_id = found_list.id ORDER BY e.rank),
                         jsonb_build_object('order_id', wanted_order));
    answer.status := 200;
    answer.replayed := false;
    RETURN answer;
END $$;

CREATE FUNCTION entry_reply(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
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
    answer.body := entry_document(shown)::text;
    answer.etag := shown.version;
    answer.replayed := false;
    RETURN answer;
END $$;

-- GET /v1/shortlist-entries/{id}
CREATE FUNCTION entry_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE answer api_reply := entry_reply(wanted);
BEGIN
    PERFORM audit_append('candidate.listed', 'shortlist_entry', wanted::text,
                         ARRAY[(answer.body::jsonb #>> '{candidate,id}')::uuid]);
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Answering, approving, releasing

-- The entry with its candidate and order, locked in the order of locks; a wider door than row-level security, since the
-- team moves entries whose candidates it may not read.
CREATE FUNCTION entry_hold(wanted uuid, seen_version bigint) RETURNS shortlist_entry LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE held shortlist_entry;
BEGIN
    SELECT * INTO held FROM shortlist_entry e
    WHERE e.id = wanted AND (app_kind() = 'team' OR e.organisation_id = app_tenant());
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    PERFORM FROM candidate k WHERE k.id = held.candidate_id FOR SHARE;
    PERFORM FROM job_order o WHERE o.id = held.order_id FOR SHARE;
    SELECT * INTO held FROM shortlist_entry e WHERE e.id = wanted FOR UPDATE;
    IF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Emnet er ændret, siden det blev læst.');
    END IF;
    RETURN held;
END $$;

-- The one function that moves an entry for the API; entry_done follows.
CREATE FUNCTION entry_move(held shortlist_entry, allowed text[], target text, reason text DEFAULT NULL, reason_text text DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF held.state <> ALL (allowed) THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Svaret er ikke muligt, som emnet står nu.');
    END IF;
    UPDATE shortlist_entry e SET state = target, decline_reason = coalesce(reason, e.decline_reason),
                                 decline_text = coalesce(reason_text, e.decline_text), version = e.version + 1, changed_at = now()
    WHERE e.id = held.id;
END $$;

CREATE FUNCTION entry_order_open(held shortlist_entry) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM job_order o WHERE o.id = held.order_id AND o.state = 'open') THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordren er ikke åben.');
    END IF;
END $$;

-- POST /v1/shortlist-entries/{id}/answer, for the home: `body` as the API checked it.
CREATE FUNCTION entry_answer(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held shortlist_entry;
    said text := body ->> 'answer';
BEGIN
    IF NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.id = wanted AND e.organisation_id = app_tenant()) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    held := entry_hold(wanted, seen_version);
    IF said = 'withdraw' THEN
        IF held.state NOT IN ('yes', 'approved', 'released') THEN
            PERFORM raise_problem('EB409', 'answer-not-possible', 'Der er intet ja at tage tilbage.');
        END IF;
        UPDATE consent c SET withdrawn_at = clock_timestamp() WHERE c.entry_id = wanted AND c.withdrawn_at IS NULL;
        RETURN entry_reply(wanted);
    END IF;
    PERFORM entry_order_open(held);
    CASE said
    WHEN 'confirm' THEN
        PERFORM entry_move(held, '{proposed}', 'confirmed');
    WHEN 'decline' THEN
        PERFORM entry_move(held, '{proposed,confirmed}', 'declined', body ->> 'reason', body ->> 'text');
    WHEN 'no' THEN
        PERFORM entry_move(held, '{confirmed}', 'no');
    WHEN 'yes' THEN
        INSERT INTO consent (entry_id, candidate_id, order_id, employer_id, organisation_id, given_at, recorded_by, how, text_version)
        SELECT held.id, held.candidate_id, held.order_id, o.employer_id, held.organisation_id, (body ->> 'given_at')::timestamptz,
               coalesce(actor_person(), app_setting('actor'), session_user), body ->> 'how', body ->> 'text_version'
        FROM job_order o WHERE o.id = held.order_id;
        PERFORM entry_move(held, '{confirmed}', 'yes');
    END CASE;
    PERFORM entry_done(wanted, CASE WHEN said = 'decline' THEN jsonb_build_object('reason', body ->> 'reason') ELSE '{}' END);
    RETURN entry_reply(wanted);
END $$;

CREATE FUNCTION team_only() RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF app_kind() IS DISTINCT FROM 'team' THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Det gør kun det fælles team.');
    END IF;
END $$;

CREATE FUNCTION person_only() RETURNS text LANGUAGE plpgsql
AS $$
DECLARE person text := actor_person();
BEGIN
    IF person IS NULL THEN
        PERFORM raise_problem('EB403', 'named-person-required', 'Nøglen skal tilhøre en navngiven person.');
    END IF;
    RETURN person;
END $$;

-- POST /v1/shortlist-entries/{id}/approval
CREATE FUNCTION entry_approve(wanted uuid, seen_version bigint) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held shortlist_entry;
    person text;
BEGIN
    PERFORM team_only();
    person := person_only();
    held := entry_hold(wanted, seen_version);
    PERFORM entry_order_open(held);
    INSERT INTO approval (entry_id, organisation_id, person, key_id) VALUES (held.id, app_tenant(), person, app_setting('actor')::uuid);
    PERFORM entry_move(held, '{yes}', 'approved');
    PERFORM entry_done(wanted);
    RETURN entry_reply(wanted);
END $$;

-- POST /v1/shortlist-entries/{id}/protection-lift
CREATE FUNCTION entry_lift_protection(wanted uuid, seen_version bigint) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held shortlist_entry;
    person text;
BEGIN
    IF NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.id = wanted AND e.organisation_id = app_tenant()) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    person := person_only();
    held := entry_hold(wanted, seen_version);
    INSERT INTO protection_lift (entry_id, organisation_id, person, key_id)
    VALUES (held.id, app_tenant(), person, app_setting('actor')::uuid) ON CONFLICT DO NOTHING;
    RETURN entry_reply(wanted);
END $$;

-- POST /v1/shortlist-entries/{id}/release
CREATE FUNCTION entry_release(request_method text, request_path text, request_key text, request_fingerprint text,
                              wanted uuid, basis text) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    held shortlist_entry;
    made release;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    PERFORM team_only();
    held := entry_hold(wanted, 0);
    PERFORM entry_order_open(held);
    IF held.state <> 'approved' THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Emnet kan først frigives, når en navngiven konsulent har godkendt det.');
    END IF;
    INSERT INTO release (entry_id, candidate_id, order_id, employer_id, home_id, consent_id, approval_id, legal_basis, protection_lifted_by)
    SELECT held.id, held.candidate_id, held.order_id, o.employer_id, held.organisation_id,
           (SELECT c.id FROM consent c WHERE c.entry_id = held.id AND c.withdrawn_at IS NULL),
           (SELECT a.id FROM approval a WHERE a.entry_id = held.id), basis,
           (SELECT l.person FROM protection_lift l WHERE l.entry_id = held.id)
    FROM job_order o WHERE o.id = held.order_id
    RETURNING * INTO made;
    PERFORM entry_move(held, '{approved}', 'released');
    PERFORM entry_done(wanted, jsonb_build_object('release_id', made.id, 'legal_basis', basis));
    answer.status := 201;
    answer.body := jsonb_build_object('id', made.id, 'entry_id', made.entry_id, 'order_id', made.order_id,
                                      'employer_id', made.employer_id, 'legal_basis', made.legal_basis,
                                      'released_at', order_time(made.released_at))::text;
    answer.location := '/v1/shortlist-entries/' || held.id;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- GET /v1/changes

-- The caller's next changes after a position ("transaction:id", '' for the beginning), oldest first, and the position to
-- go on from, which is the same when there is nothing new. Only transactions
-- below the commit horizon are read: whatever is still open has a number at or above it, so no row is ever passed (A7).
-- Horizon and rows are of one snapshot, since they are read by one statement.
CREATE FUNCTION changes_page(position_before text, page_limit int, OUT items text, OUT next_position text) LANGUAGE plpgsql
AS $$
DECLARE
    after_xid xid8 := coalesce(nullif(split_part(position_before, ':', 1), ''), '0')::xid8;
    after_id bigint := coalesce(nullif(split_part(position_before, ':', 2), ''), '0')::bigint;
    named uuid[];
BEGIN
    WITH page AS MATERIALIZED (
        SELECT c.xid, c.id, x.id AS outbox, x.kind, x.created_at, x.order_id, x.shortlist_id, x.entry_id, x.release_id, x.payload,
               (SELECT e.candidate_id FROM shortlist_entry e WHERE e.id = x.entry_id) AS candidate
        FROM change c JOIN outbox x ON x.id = c.outbox_id
        WHERE c.organisation_id = app_tenant() AND (c.xid, c.id) > (after_xid, after_id)
          AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY c.xid, c.id
        LIMIT page_limit)
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', outbox, 'kind', kind, 'created_at', order_time(created_at),
                    'order_id', order_id, 'shortlist_id', shortlist_id, 'entry_id', entry_id, 'release_id', release_id,
                    'data', payload) ORDER BY xid, id), '[]')::text,
           (array_agg(xid || ':' || id ORDER BY xid DESC, id DESC))[1],
           array_agg(DISTINCT candidate) FILTER (WHERE candidate IS NOT NULL)
    INTO items, next_position, named
    FROM page;
    next_position := coalesce(next_position, after_xid || ':' || after_id);
    IF named IS NOT NULL THEN
        PERFORM audit_append('changes.read', 'change', next_position, named);
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION shortlist_store(uuid, int, int, bigint, date, int, jsonb, jsonb) TO emnebank_match;
GRANT EXECUTE ON FUNCTION actor_person(), entry_step_legal(text, text), entry_done(uuid, jsonb), path_segment(text), entry_document(shortlist_entry), shortlist_read(uuid),
    entry_reply(uuid), entry_read(uuid), entry_hold(uuid, bigint),
    entry_move(shortlist_entry, text[], text, text, text), entry_order_open(shortlist_entry),
    entry_answer(uuid, bigint, jsonb), team_only(), person_only(), entry_approve(uuid, bigint),
    entry_lift_protection(uuid, bigint), entry_release(text, text, text, text, uuid, text),
    changes_page(text, int) TO emnebank_front;

RESET ROLE;
