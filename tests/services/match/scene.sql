-- The scene of the match tests: two homes, a team, an employer, and a function that makes a fictional candidate. Run as
-- superuser. Candidate n has the id 5f8d0000-0000-4000-8000-0000000000nn.
SET search_path TO emnebank, public;

INSERT INTO organisation (id, kind, name, municipality_code, cvr) VALUES
    ('0a000000-0000-4000-8000-000000000001', 'municipality', 'Aarhus (fiktiv)', '0751', '55133018'),
    ('0a000000-0000-4000-8000-000000000002', 'municipality', 'Randers (fiktiv)', '0730', '29189668'),
    ('0a000000-0000-4000-8000-000000000003', 'team', 'Team (fiktiv)', NULL, NULL),
    ('0a000000-0000-4000-8000-000000000004', 'employer', 'Entreprenør (fiktiv)', NULL, '12345674');

CREATE FUNCTION fictional_id(n int) RETURNS uuid LANGUAGE sql
AS $$ SELECT ('5f8d0000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

-- A structural worker with an epoxy certificate, and formwork at `level`; available now, screened for a year.
CREATE FUNCTION fictional(n int, level int) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    v bigint := pool_advance();
    home uuid := CASE WHEN n % 2 = 0 THEN '0a000000-0000-4000-8000-000000000002'
                      ELSE '0a000000-0000-4000-8000-000000000001' END;
    town text := CASE WHEN n % 2 = 0 THEN '8900' ELSE '8000' END;
BEGIN
    INSERT INTO candidate (id, organisation_id, external_ref, changed_version, postcode, max_travel_km, available_from, kinds,
                           screening_until, content_mac)
    VALUES (fictional_id(n), home, 'fiktiv-' || n, v, town, 60, '2026-01-01', '{permanent}', '2090-01-01', '\x00');
    INSERT INTO candidate_state (candidate_id, organisation_id, from_version, postcode, max_travel_km, available_from, kinds,
                                 protected, screening_until, withdrawn)
    VALUES (fictional_id(n), home, v, town, 60, '2026-01-01', '{permanent}', false, '2090-01-01', false);
    INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, years, valid_until, last_used, stated_on,
                                source, from_version)
    VALUES (fictional_id(n), home, 'occupation', '7114.8', NULL, 3, NULL, '2090-01-01', '2026-02-03', 'interview', v),
           (fictional_id(n), home, 'certificate', 'epoxy-isocyanate', NULL, NULL, '2090-12-31', NULL, '2026-02-03',
            'certificate_seen', v),
           (fictional_id(n), home, 'competence', 'formwork', level, NULL, NULL, '2090-01-01', '2026-02-03', 'interview', v);
END $$;

-- A new level of formwork, as a new fact; NULL: the candidate withdraws.
CREATE FUNCTION fictional_change(n int, new_level int) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE v bigint := pool_advance();
BEGIN
    IF new_level IS NULL THEN
        UPDATE candidate_state SET to_version = v WHERE candidate_id = fictional_id(n) AND to_version IS NULL;
        INSERT INTO candidate_state SELECT candidate_id, organisation_id, v, NULL, postcode, max_travel_km, available_from, kinds,
            protected, screening_until, true FROM candidate_state WHERE candidate_id = fictional_id(n) AND to_version = v;
        UPDATE candidate SET withdrawn_at = now() WHERE id = fictional_id(n);
    ELSE
        UPDATE candidate_fact SET to_version = v
        WHERE candidate_id = fictional_id(n) AND code = 'formwork' AND to_version IS NULL;
        INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, last_used, stated_on, source, from_version)
        SELECT id, organisation_id, 'competence', 'formwork', new_level, '2090-01-01', '2026-02-03', 'interview', v
        FROM candidate WHERE id = fictional_id(n);
    END IF;
    UPDATE candidate SET changed_version = v WHERE id = fictional_id(n);
END $$;

-- A certificate comes or goes.
CREATE FUNCTION fictional_certificate(n int, certificate text, holds boolean) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE v bigint := pool_advance();
BEGIN
    IF holds THEN
        INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, valid_until, stated_on, source, from_version)
        SELECT id, organisation_id, 'certificate', certificate, '2090-12-31', '2026-02-03', 'certificate_seen', v
        FROM candidate WHERE id = fictional_id(n);
    ELSE
        UPDATE candidate_fact SET to_version = v
        WHERE candidate_id = fictional_id(n) AND code = certificate AND to_version IS NULL;
    END IF;
    UPDATE candidate SET changed_version = v WHERE id = fictional_id(n);
END $$;

-- The candidate gets a protected address.
CREATE FUNCTION fictional_protect(n int) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE v bigint := pool_advance();
BEGIN
    UPDATE candidate_state SET to_version = v WHERE candidate_id = fictional_id(n) AND to_version IS NULL;
    INSERT INTO candidate_state SELECT candidate_id, organisation_id, v, NULL, postcode, max_travel_km, available_from, kinds,
        true, screening_until, withdrawn FROM candidate_state WHERE candidate_id = fictional_id(n) AND to_version = v;
    UPDATE candidate SET changed_version = v, protection = 'address' WHERE id = fictional_id(n);
END $$;

-- An open order: epoxy is a must, formwork at level 3 a wish. Its job is enqueued.
CREATE FUNCTION fictional_order(wanted uuid, order_state text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO job_order (id, organisation_id, employer_id, title, state, posts, minimum, occupations, postcode, radius_km,
                           start_date, kinds, pool_version)
    VALUES (wanted, '0a000000-0000-4000-8000-000000000003', '0a000000-0000-4000-8000-000000000004', 'Letbane (fiktiv)',
            order_state, 2, 4, '{7114.8}', '8000', 100, current_date + 30, '{permanent,temporary}', pool_current());
    INSERT INTO job_requirement (order_id, position, kind, code, necessity, weight, minimum_level)
    VALUES (wanted, 1, 'certificate', 'epoxy-isocyanate', 'must', 5, NULL), (wanted, 2, 'competence', 'formwork', 'nice', 5, 3);
    PERFORM job_enqueue('rank', jsonb_build_object('order_id', wanted, 'order_version', 1));
END $$;

-- Another fact, in a version of its own.
CREATE FUNCTION fictional_fact(n int, fact_kind text, fact_code text, fact_level int) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE v bigint := pool_advance();
BEGIN
    INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, last_used, stated_on, source, from_version)
    SELECT id, organisation_id, fact_kind, fact_code, fact_level, '2090-01-01', '2026-02-03', 'interview', v
    FROM candidate WHERE id = fictional_id(n);
    UPDATE candidate SET changed_version = v WHERE id = fictional_id(n);
END $$;

-- An order of the same kind with more wishes: a licence that others include, a competence that others are related to.
CREATE FUNCTION fictional_wide_order(wanted uuid) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM fictional_order(wanted, 'open');
    INSERT INTO job_requirement (order_id, position, kind, code, necessity, weight, minimum_level)
    VALUES (wanted, 3, 'licence', 'C', 'nice', 3, NULL), (wanted, 4, 'competence', 'reinforcement', 'nice', 4, 2);
END $$;

-- The person is erased, and with them every entry. What hangs on an entry goes first; a proposed one has nothing.
CREATE FUNCTION fictional_erase(n int) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE outbox SET entry_id = NULL WHERE entry_id IN (SELECT id FROM shortlist_entry WHERE candidate_id = fictional_id(n));
    DELETE FROM shortlist_entry WHERE candidate_id = fictional_id(n);
    DELETE FROM candidate WHERE id = fictional_id(n);
END $$;

-- The vocabulary moves on: formwork is called something else, and the team says what it is close to.
CREATE FUNCTION fictional_vocabulary(label text, near text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE v bigint := vocabulary_advance();
BEGIN
    UPDATE competence SET label_da = label WHERE key = 'formwork';
    INSERT INTO vocabulary_link (kind, code, related, relation, from_version)
    VALUES ('competence', least('formwork', near), greatest('formwork', near), 'close', v);
    PERFORM vocabulary_settle(v);
END $$;
