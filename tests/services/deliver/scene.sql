-- One home with candidates, a neighbour, the team, an employer and its order. All persons are fictional.
SET search_path TO emnebank, public;
SET session_replication_role = replica;

INSERT INTO organisation (id, kind, name, municipality_code, cvr) VALUES
    ('00000000-0000-4000-8000-000000000751', 'municipality', 'Aarhus', '0751', NULL),
    ('00000000-0000-4000-8000-000000000746', 'municipality', 'Skanderborg', '0746', NULL),
    ('00000000-0000-4000-8000-0000000000aa', 'team', 'Team Bygge & Anlæg', NULL, NULL),
    ('00000000-0000-4000-8000-0000000000ee', 'employer', 'Letbanebyg (fiktiv)', NULL, '10000009')
ON CONFLICT DO NOTHING;
INSERT INTO api_key (id, organisation_id, hash, person, label, scopes, expires_at)
SELECT k.id::uuid, '00000000-0000-4000-8000-0000000000aa', sha256(k.id::bytea), k.person, 'prøve', '{}', now() + interval '30 days'
FROM (VALUES ('00000000-0000-4000-8000-00000000a001', 'Mette Prøve (fiktiv)'), ('00000000-0000-4000-8000-00000000a102', 'Ole Prøve (fiktiv)'),
             ('00000000-0000-4000-8000-00000000a103', 'Mette Prøve (fiktiv)'), ('00000000-0000-4000-8000-00000000a104', NULL)) AS k (id, person);
INSERT INTO job_order (id, organisation_id, employer_id, title, state, posts, minimum, occupations, postcode,
                       start_date, kinds, pool_version, due_at)
VALUES ('00000000-0000-4000-8000-00000000b001', '00000000-0000-4000-8000-0000000000aa',
        '00000000-0000-4000-8000-0000000000ee', 'Struktører til letbane', 'open', 12, 24,
        (SELECT array_agg(code) FROM (SELECT code FROM trade ORDER BY code LIMIT 2) t), '8000', '2027-01-04',
        '{permanent}', 0, '2026-11-23T11:00:00Z');
INSERT INTO shortlist (id, order_id, order_version, ruleset, pool_version, as_of, considered, excluded)
VALUES ('00000000-0000-4000-8000-00000000c001', '00000000-0000-4000-8000-00000000b001', 1, 1, 0, '2026-11-22', 100, '{}');
SET session_replication_role = origin;

-- A candidate who said yes, was approved and is released; the sealed fields come from the test.
CREATE FUNCTION public.scene_release(number int, ref text, wrapped bytea, name bytea, phone bytea, email bytea) RETURNS uuid
    LANGUAGE plpgsql SET search_path = emnebank, public SET session_replication_role = replica
AS $$
DECLARE
    home uuid := '00000000-0000-4000-8000-000000000751';
    team uuid := '00000000-0000-4000-8000-0000000000aa';
    employer uuid := '00000000-0000-4000-8000-0000000000ee';
    job uuid := '00000000-0000-4000-8000-00000000b001';
    person uuid := gen_random_uuid();
    entry uuid := gen_random_uuid();
    yes uuid := gen_random_uuid();
    approved uuid := gen_random_uuid();
    given uuid := gen_random_uuid();
BEGIN
    INSERT INTO candidate (id, organisation_id, external_ref, changed_version, postcode, max_travel_km, available_from, kinds, content_mac)
    VALUES (person, home, ref, 1, '8000', 50, '2026-12-01', '{permanent}', '\x00');
    INSERT INTO candidate_person (candidate_id, organisation_id, wrapped_key, name, phone, email, address, note, cpr)
    VALUES (person, home, wrapped, name, phone, email, '\x01', '\x02', '\x03');
    INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, years, valid_until, stated_on, source, from_version)
    VALUES (person, home, 'competence', (SELECT key FROM competence ORDER BY key LIMIT 1), 4, 6, NULL, '2026-11-01', 'interview', 1),
           (person, home, 'certificate', (SELECT key FROM certificate ORDER BY key LIMIT 1), NULL, NULL, '2028-05-01', '2026-11-01', 'interview', 1),
           (person, home, 'licence', 'B', NULL, NULL, NULL, '2026-11-01', 'interview', 1),
           (person, home, 'language', 'da', 5, NULL, NULL, '2026-11-01', 'interview', 1),
           (person, home, 'occupation', (SELECT code FROM trade ORDER BY code LIMIT 1), NULL, 6, NULL, '2026-11-01', 'interview', 1);
    INSERT INTO shortlist_entry (id, shortlist_id, order_id, candidate_id, organisation_id, rank, score, parts, facts, explanation_da, state)
    VALUES (entry, '00000000-0000-4000-8000-00000000c001', job, person, home, number, 900 - number, '[]', '[]', 'Opfylder alle krav.', 'released');
    INSERT INTO consent (id, entry_id, candidate_id, order_id, employer_id, organisation_id, given_at, recorded_by, how, text_version)
    VALUES (yes, entry, person, job, employer, home, now(), 'prøve', 'telephone', '2026-1');
    INSERT INTO approval (id, entry_id, organisation_id, person, key_id)
    VALUES (approved, entry, team, 'Mette Prøve (fiktiv)', '00000000-0000-4000-8000-00000000a001');
    INSERT INTO release (id, entry_id, candidate_id, order_id, employer_id, home_id, consent_id, approval_id, legal_basis)
    VALUES (given, entry, person, job, employer, home, yes, approved, 'public_task');
    RETURN given;
END $$;

-- The event of that release, by the door that every release takes.
CREATE FUNCTION public.scene_send(given uuid) RETURNS uuid LANGUAGE sql SET search_path = emnebank, public
AS $$
    SELECT outbox_put('cv.released', r.employer_id, r.order_id, '00000000-0000-4000-8000-00000000c001', r.entry_id, r.id)
    FROM release r WHERE r.id = given
$$;
