-- The candidate's own page and view (services/citizen): a link by which they answer for themselves, and who has seen them.
--
-- A link is 256 random bits, of which only the SHA-256 stands here: whoever reads the database cannot open a page. Reading a page
-- changes nothing, since scanners of mail open every link; the answer comes in a form, once. What the candidate said yes to is
-- kept word for word (consent_text), and the yes names its SHA-256 (GDPR art. 7(1)). The text shows employer and job, never
-- the candidate: whoever holds the link may read it.
--
-- The view of accesses is GDPR art. 15 as the Court read it in C-579/21 (Pankki S): when, by whom and for what purpose data were
-- consulted, but not the names of the staff.
--
-- Lock order as in 0001; a link after its entry.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- A yes of the candidate's own, told apart from one that a caseworker wrote down

CREATE TABLE consent_text (
    hash bytea PRIMARY KEY CHECK (hash = sha256(convert_to(body, 'UTF8'))),
    version text NOT NULL,
    body text NOT NULL             -- of an employer and a job: no personal data
);
ALTER TABLE consent_text ENABLE ROW LEVEL SECURITY;
ALTER TABLE consent_text FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON consent_text TO emnebank_owner USING (true) WITH CHECK (true);

ALTER TABLE consent
    ADD COLUMN given_by text NOT NULL DEFAULT 'caseworker' CHECK (given_by IN ('candidate', 'caseworker')),
    ADD COLUMN text_hash bytea REFERENCES consent_text,
    DROP CONSTRAINT consent_how_check,
    ADD CONSTRAINT consent_how_check CHECK (how IN ('telephone', 'meeting', 'letter', 'digital', 'link')),
    ADD CONSTRAINT consent_given_check CHECK ((given_by = 'candidate') = (how = 'link')
                                              AND (given_by = 'caseworker' OR text_hash IS NOT NULL));

CREATE TABLE citizen_link (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    entry_id uuid NOT NULL REFERENCES shortlist_entry ON DELETE CASCADE,
    organisation_id uuid NOT NULL REFERENCES organisation,  -- the home
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT app_now(),
    expires_at timestamptz NOT NULL,   -- of answering; a yes may be taken back until the order is over
    ended_at timestamptz,              -- a newer link took its place
    answer text CHECK (answer IN ('yes', 'no')),
    answered_at timestamptz,
    withdrawn_at timestamptz,
    CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE UNIQUE INDEX citizen_link_one ON citizen_link (entry_id) WHERE ended_at IS NULL;
ALTER TABLE citizen_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE citizen_link FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON citizen_link TO emnebank_owner USING (true) WITH CHECK (true);

-- No key of any organisation says yes in the candidate's name: only citizen_answer, which runs without a tenant.
CREATE FUNCTION consent_by_candidate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF app_tenant() IS NOT NULL
       OR NOT EXISTS (SELECT FROM citizen_link l WHERE l.entry_id = NEW.entry_id AND l.answer = 'yes' AND l.ended_at IS NULL) THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kandidatens eget ja gives kun på kandidatens egen side.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consent_by_candidate BEFORE INSERT ON consent FOR EACH ROW
    WHEN (NEW.given_by = 'candidate') EXECUTE FUNCTION consent_by_candidate();

-- ---------------------------------------------------------------------------------------------------------------
-- Danish words of the page

CREATE FUNCTION citizen_day(day date) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT extract(day FROM day) || '. ' || (ARRAY['januar', 'februar', 'marts', 'april', 'maj', 'juni', 'juli', 'august', 'september',
        'oktober', 'november', 'december'])[extract(month FROM day)::int] || ' ' || extract(year FROM day)
$$;

CREATE FUNCTION citizen_moment(at timestamptz) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT citizen_day((at AT TIME ZONE 'Europe/Copenhagen')::date) || ' kl. ' || to_char(at AT TIME ZONE 'Europe/Copenhagen', 'HH24.MI')
$$;

CREATE FUNCTION citizen_kinds(kinds text[]) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT string_agg(CASE kind WHEN 'permanent' THEN 'fast arbejde' WHEN 'temporary' THEN 'tidsbegrænset arbejde'
        WHEN 'seasonal' THEN 'sæsonarbejde' WHEN 'job_rotation' THEN 'jobrotation' WHEN 'wage_subsidy' THEN 'job med løntilskud'
        WHEN 'work_trial' THEN 'virksomhedspraktik' WHEN 'flex' THEN 'fleksjob' ELSE kind END, ', ' ORDER BY place)
    FROM unnest(kinds) WITH ORDINALITY AS k (kind, place)
$$;

-- On one line, whatever somebody wrote into a title or a name.
CREATE FUNCTION citizen_line(value text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT btrim(regexp_replace(value, '[[:cntrl:]\s]+', ' ', 'g')) $$;

-- What a CV holds (event_cv, and the sender's name, phone and mail), in kinds of data. tests/services/citizen compares it with
-- what is really sent.
CREATE FUNCTION citizen_sent() RETURNS TABLE (member text, said text) LANGUAGE sql IMMUTABLE ROWS 20
AS $$
    VALUES ('name', 'dit navn'), ('phone', 'dit telefonnummer'), ('email', 'din mailadresse'),
           ('postcode', 'dit postnummer'), ('town', 'din by'),
           ('available_from', 'hvornår du kan begynde'), ('kinds', 'hvilke slags arbejde du siger ja til'),
           ('occupations', 'dine fag og hvor mange år du har haft dem'),
           ('competences', 'hvad du kan, og hvor godt'),
           ('certificates', 'dine beviser, og hvor længe de gælder'),
           ('licences', 'dine kørekort'), ('languages', 'dine sprog')
$$;

-- The text that a yes is a yes to. Lines; "# " begins a heading, "- " an item. A change of its words takes a new version.
CREATE FUNCTION citizen_text_version() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '2026-11'::text $$;

CREATE FUNCTION citizen_statement(wanted job_order, home_id uuid) RETURNS text LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    home text := (SELECT m.name || ' Kommune' FROM organisation o JOIN municipality m ON m.code = o.municipality_code WHERE o.id = home_id);
    employer text := (SELECT citizen_line(o.name) || ' (CVR-nummer ' || o.cvr || ')' FROM organisation o WHERE o.id = wanted.employer_id);
    title text := citizen_line(wanted.title);
BEGIN
    RETURN concat_ws(E'\n',
        '# Hvem spørger',
        home || ' spørger dig. Kommunen er med i emnebanken, hvor ti østjyske kommuner sammen finder folk til bygge- og anlægsarbejde.',
        '# Hvad vi spørger om',
        'Må ' || home || ' sende dit CV til ' || employer || '? Det gælder kun dette ene job:',
        '- Job: ' || title,
        '- Arbejdssted: ' || wanted.postcode || coalesce(' ' || (SELECT p.name FROM postcode p WHERE p.code = wanted.postcode), ''),
        '- Periode: fra ' || citizen_day(wanted.start_date) || coalesce(' til ' || citizen_day(wanted.end_date), ', uden slutdato'),
        '- Slags arbejde: ' || citizen_kinds(wanted.kinds),
        '# Det sender vi, hvis du siger ja',
        (SELECT string_agg('- ' || s.said, E'\n') FROM citizen_sent() s),
        'Vi sender ikke din adresse, dit CPR-nummer, din alder eller kommunens notater om dig.',
        '# Hvad der så sker',
        'En konsulent i Team Bygge & Anlæg ser på det, før CV''et bliver sendt, medmindre din kommune har bestemt, at dit ja er nok. '
        'Arbejdsgiveren får det for at vurdere, om du passer til jobbet, og kan kontakte dig.',
        '# Hvorfor vi må',
        'Kommunen behandler dine oplysninger for at hjælpe dig i arbejde. Det er en opgave, som kommunen har efter lov om en aktiv beskæftigelsesindsats (databeskyttelsesforordningens artikel 6, stk. 1, litra e). Uden dit ja sender vi ikke CV''et til arbejdsgiveren.',
        '# Du kan trække dit ja tilbage',
        'Åbn det samme link igen, så længe CV''et kan bruges til jobbet, eller sig det til din kommune. Er CV''et ikke sendt, bliver det ikke sendt. Er det sendt, beder vi arbejdsgiveren om at slette det.');
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- The page

-- state: asked (may be answered) · changed (the text is not the one that was read: read again) · yes · no · withdrawn · expired (or
-- a newer link was sent) · over (the order is) · ended (the candidate is no longer asked) · unknown
CREATE TYPE citizen_view AS (state text, statement text, digest text, answer_by text);

CREATE FUNCTION citizen_show(shown citizen_link) RETURNS citizen_view LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    seen citizen_view;
    entry shortlist_entry;
    wanted job_order;
    yes consent;
BEGIN
    IF shown.id IS NULL THEN
        seen.state := 'unknown';
        RETURN seen;
    END IF;
    SELECT * INTO entry FROM shortlist_entry e WHERE e.id = shown.entry_id;
    SELECT * INTO wanted FROM job_order o WHERE o.id = entry.order_id;
    SELECT * INTO yes FROM consent c WHERE c.entry_id = entry.id;
    seen.state := CASE
        WHEN shown.ended_at IS NOT NULL THEN 'expired'
        WHEN yes.withdrawn_at IS NOT NULL THEN 'withdrawn'
        -- Also where the order is over and the employer goes on with the CV (0022).
        WHEN entry.state IN ('yes', 'approved', 'released', 'interview') THEN 'yes'
        WHEN order_over(wanted.state) THEN 'over'
        WHEN entry.state = 'no' THEN 'no'
        WHEN entry.state NOT IN ('confirmed', 'asked', 'no_answer') OR entry_taken(entry) THEN 'ended'
        WHEN shown.expires_at <= app_now() THEN 'expired'
        ELSE 'asked' END;
    IF seen.state IN ('asked', 'yes') THEN
        seen.statement := coalesce((SELECT t.body FROM consent_text t WHERE t.hash = yes.text_hash),
                                   citizen_statement(wanted, entry.organisation_id));
        seen.digest := encode(sha256(convert_to(seen.statement, 'UTF8')), 'hex');
        seen.answer_by := citizen_moment(shown.expires_at);
    END IF;
    RETURN seen;
END $$;

-- GET /svar/{token}: changes nothing.
CREATE FUNCTION citizen_page(hash bytea) RETURNS citizen_view LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE found_link citizen_link;
BEGIN
    SELECT * INTO found_link FROM citizen_link l WHERE l.token_hash = hash;
    RETURN citizen_show(found_link);
END $$;

-- Written down in the chains of the home and of the team, in the order of locks.
CREATE FUNCTION citizen_audit(action text, told shortlist_entry, detail jsonb) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT audit_append_for(chain.id, action, 'shortlist_entry', told.id::text, ARRAY[told.candidate_id],
                            detail || jsonb_build_object('order_id', told.order_id))
    FROM (SELECT o.id FROM organisation o WHERE o.kind = 'team' OR o.id = told.organisation_id ORDER BY o.id) AS chain
$$;

CREATE FUNCTION citizen_answered(held shortlist_entry, by_link citizen_link, said text, read_text text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    UPDATE citizen_link l SET answer = said, answered_at = app_now() WHERE l.id = by_link.id;
    IF said = 'yes' THEN
        INSERT INTO consent_text (hash, version, body)
        VALUES (sha256(convert_to(read_text, 'UTF8')), citizen_text_version(), read_text) ON CONFLICT DO NOTHING;
        INSERT INTO consent (entry_id, candidate_id, order_id, employer_id, organisation_id, given_at, recorded_by, how, given_by,
                             text_version, text_hash)
        SELECT held.id, held.candidate_id, held.order_id, o.employer_id, held.organisation_id, app_now(), 'link:' || by_link.id, 'link',
               'candidate', citizen_text_version(), sha256(convert_to(read_text, 'UTF8'))
        FROM job_order o WHERE o.id = held.order_id;
    END IF;
    UPDATE shortlist_entry e SET state = said, version = e.version + 1 WHERE e.id = held.id RETURNING * INTO held;
    PERFORM entry_tell(held);
    PERFORM citizen_audit('entry.' || said, held, jsonb_build_object('link_id', by_link.id));
END $$;

-- POST /svar/{token}: 'yes' and 'no' once, 'withdraw' of a yes. `read_digest` is that of the text which was on the page: a yes to
-- another text is none. Whatever is not possible changes nothing; the page then shows how it stands.
CREATE FUNCTION citizen_answer(hash bytea, said text, read_digest text) RETURNS citizen_view LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    by_link citizen_link;
    held shortlist_entry;
    seen citizen_view;
BEGIN
    SELECT * INTO by_link FROM citizen_link l WHERE l.token_hash = hash;
    IF NOT FOUND THEN
        RETURN citizen_show(by_link);
    END IF;
    -- What the API was told of the caller is not the candidate's to choose.
    PERFORM set_config('app.tenant', '', true), set_config('app.actor', 'link:' || by_link.id, true),
            set_config('app.acting', 'candidate', true), set_config('app.purpose', 'kandidatens eget svar', true);
    SELECT * INTO held FROM shortlist_entry e WHERE e.id = by_link.entry_id;
    PERFORM FROM candidate k WHERE k.id = held.candidate_id FOR SHARE;
    PERFORM FROM job_order o WHERE o.id = held.order_id FOR SHARE;
    IF held.state = 'no_answer' THEN
        PERFORM put_forward_hold(); -- a late answer (0023)
    END IF;
    SELECT * INTO held FROM shortlist_entry e WHERE e.id = by_link.entry_id FOR UPDATE;
    SELECT * INTO by_link FROM citizen_link l WHERE l.id = by_link.id FOR UPDATE;
    seen := citizen_show(by_link);
    IF seen.state = 'asked' AND said = 'yes' AND read_digest IS DISTINCT FROM seen.digest THEN
        seen.state := 'changed';
        RETURN seen;
    ELSIF seen.state = 'asked' AND said IN ('yes', 'no') THEN
        PERFORM citizen_answered(held, by_link, said, seen.statement);
    ELSIF seen.state = 'yes' AND said = 'withdraw' THEN
        UPDATE citizen_link l SET withdrawn_at = app_now() WHERE l.id = by_link.id;
        UPDATE consent c SET withdrawn_at = clock_timestamp() WHERE c.entry_id = held.id AND c.withdrawn_at IS NULL;
    END IF;
    RETURN citizen_show(by_link);
END $$;

-- POST /v1/shortlist-entries/{id}/link, for the home. The answer as it is kept has neither address nor message: the API shows them
-- once, made of the token that the database never sees.
CREATE FUNCTION citizen_link_create(request_method text, request_path text, request_key text, request_fingerprint text, wanted uuid,
                                    hash bytea, life interval, grace interval) RETURNS api_reply LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    answer api_reply := idempotency_begin(request_method, request_path, request_key, request_fingerprint);
    held shortlist_entry;
    job job_order;
    made citizen_link;
BEGIN
    IF answer.status IS NOT NULL THEN
        RETURN answer;
    END IF;
    IF NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.id = wanted AND e.organisation_id = app_tenant()) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Emnet findes ikke.');
    END IF;
    held := entry_hold(wanted, 0);
    PERFORM entry_order_open(held);
    SELECT * INTO job FROM job_order o WHERE o.id = held.order_id;
    IF held.state NOT IN ('confirmed', 'asked', 'no_answer', 'yes', 'approved', 'released', 'interview') THEN
        PERFORM raise_problem('EB409', 'answer-not-possible', 'Kandidaten kan først spørges, når kommunen har bekræftet emnet.');
    END IF;
    PERFORM entry_late(wanted);
    made.expires_at := CASE WHEN held.state IN ('confirmed', 'asked', 'no_answer') THEN least(app_now() + life, job.due_at + grace)
                            ELSE app_now() + life END;
    IF made.expires_at <= app_now() THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Jobordrens frist er overskredet; det er for sent at spørge.');
    END IF;
    UPDATE citizen_link l SET ended_at = app_now() WHERE l.entry_id = wanted AND l.ended_at IS NULL;
    INSERT INTO citizen_link (entry_id, organisation_id, token_hash, expires_at)
    VALUES (wanted, held.organisation_id, hash, made.expires_at) RETURNING * INTO made;
    IF held.state = 'confirmed' THEN
        PERFORM entry_move(held, '{confirmed}', 'asked');
        PERFORM entry_done(wanted, jsonb_build_object('link_id', made.id));
    ELSE
        PERFORM entry_audit('entry.link_made', held, jsonb_build_object('link_id', made.id));
    END IF;
    answer.status := 201;
    answer.body := (SELECT jsonb_build_object('id', made.id, 'entry_id', wanted, 'state', e.state, 'version', e.version,
                                              'expires_at', order_time(made.expires_at), 'url', NULL, 'message', NULL)
                    FROM shortlist_entry e WHERE e.id = wanted)::text;
    answer.location := '/v1/shortlist-entries/' || wanted;
    RETURN idempotency_end(request_method, request_path, request_key, answer);
END $$;

-- The message that the home sends with the link (digital post): what stands before the address and after it. Own entries alone.
CREATE FUNCTION citizen_message(wanted uuid, OUT subject text, OUT opening text, OUT closing text) LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    made citizen_link;
    entry shortlist_entry;
BEGIN
    SELECT * INTO made FROM citizen_link l WHERE l.entry_id = wanted AND l.organisation_id = app_tenant() AND l.ended_at IS NULL;
    SELECT * INTO entry FROM shortlist_entry e WHERE e.id = made.entry_id;
    IF entry.state IN ('confirmed', 'asked', 'no_answer') THEN
        subject := 'Må vi sende dit CV til en arbejdsgiver?';
    ELSE
        subject := 'Dit ja til at sende dit CV';
    END IF;
    SELECT m.name || ' Kommune ' || CASE WHEN entry.state IN ('confirmed', 'asked', 'no_answer')
               THEN 'vil spørge, om vi må sende dit CV til ' || citizen_line(e.name) || ' til jobbet »' || citizen_line(o.title) || '«.'
                    || E'\n\nLæs, hvad vi sender, og svar ja eller nej her:\n'
               ELSE 'har skrevet ned, at vi må sende dit CV til ' || citizen_line(e.name) || ' til jobbet »' || citizen_line(o.title) || '«.'
                    || E'\n\nHer kan du læse mere og trække dit ja tilbage:\n' END,
           CASE WHEN entry.state IN ('confirmed', 'asked', 'no_answer')
               THEN E'\n\nDu kan svare indtil ' || citizen_moment(made.expires_at) || '.' ELSE '' END
           || E'\n\nLinket er kun til dig; send det ikke videre. Du kan også svare ved at kontakte kommunen.'
           || E'\n\nVenlig hilsen\n' || m.name || ' Kommune'
    INTO opening, closing
    FROM job_order o JOIN organisation e ON e.id = o.employer_id
    JOIN organisation h ON h.id = entry.organisation_id JOIN municipality m ON m.code = h.municipality_code
    WHERE o.id = entry.order_id;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Who has seen the candidate

-- What was done, in plain Danish, by the audit's action. A new action has no words of its own until somebody gives it some.
CREATE FUNCTION citizen_action(action text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce((SELECT w.said FROM (VALUES
        ('candidate.read', 'Læste dine oplysninger'),
        ('candidate.listed', 'Fik dig vist på en liste'),
        ('candidate.proposed', 'Fik dig foreslået til et job, der allerede var en liste til'),
        ('candidate.near_miss', 'Så, at du kun manglede ét krav til et job'),
        ('candidate.why_not', 'Så, hvorfor du var eller ikke var på listen til et job'),
        ('proposals.read', 'Så forslag om at sætte dig på en liste'),
        ('candidate.accesses_read', 'Hentede denne oversigt'),
        ('candidate.created', 'Oprettede dig i emnebanken'),
        ('candidate.updated', 'Ændrede dine oplysninger'),
        ('candidate.imported', 'Indlæste dine oplysninger fra kommunens system'),
        ('candidate.confirmed', 'Bekræftede, at dine oplysninger stadig gælder'),
        ('candidate.withdrawn', 'Tog dig ud af emnebanken'),
        ('changes.read', 'Hentede besked om, hvordan det går med din sag'),
        ('entry.proposed', 'Foreslog dig til et job'),
        ('entry.added', 'Foreslog dig til et job uden om ranglisten'),
        ('entry.confirmed', 'Bekræftede, at du kan få jobbet tilbudt'),
        ('entry.declined', 'Meldte, at du ikke kan tage jobbet'),
        ('entry.replaced', 'Foreslog en anden i dit sted'),
        ('entry.asked', 'Spurgte dig om jobbet'),
        ('entry.link_made', 'Lavede et link til dig'),
        ('entry.yes', 'Sagde ja til, at dit CV må sendes'),
        ('entry.no', 'Sagde nej til, at dit CV må sendes'),
        ('entry.no_answer', 'Noterede, at der ikke kom svar i tide'),
        ('entry.approved', 'Godkendte, at dit CV må sendes'),
        ('entry.released', 'Frigav dit CV til arbejdsgiveren'),
        ('entry.protection_lifted', 'Tillod, at dit CV sendes trods beskyttelse'),
        ('entry.interview', 'Meldte, at du er inviteret til samtale'),
        ('entry.hired', 'Meldte, at du har fået jobbet'),
        ('entry.not_relevant', 'Meldte, at arbejdsgiveren valgte anderledes'),
        ('entry.withdrawn', 'Noterede, at du ikke længere er med'),
        ('entry.obsolete', 'Noterede, at jobbet ikke længere er aktuelt for dig'),
        ('cv.delivered', 'Sendte dit CV til arbejdsgiveren'),
        ('cv.recalled', 'Bad arbejdsgiveren slette dit CV')) AS w (code, said)
        WHERE w.code = action), 'Brugte oplysninger om dig')
$$;

-- Where an entry went.
CREATE FUNCTION citizen_step(to_state text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE to_state WHEN 'proposed' THEN 'Du blev foreslået' WHEN 'confirmed' THEN 'Din kommune bekræftede'
        WHEN 'asked' THEN 'Du blev spurgt' WHEN 'yes' THEN 'Der blev sagt ja' WHEN 'approved' THEN 'En konsulent godkendte'
        WHEN 'released' THEN 'Dit CV blev frigivet' WHEN 'interview' THEN 'Du blev inviteret til samtale' WHEN 'hired' THEN 'Du fik jobbet'
        WHEN 'declined' THEN 'Din kommune meldte fra' WHEN 'replaced' THEN 'En anden blev foreslået' WHEN 'no' THEN 'Der blev sagt nej'
        WHEN 'no_answer' THEN 'Der kom ikke svar i tide' WHEN 'not_relevant' THEN 'Arbejdsgiveren valgte anderledes'
        WHEN 'withdrawn' THEN 'Du er ikke længere med' WHEN 'obsolete' THEN 'Jobbet blev uaktuelt for dig' ELSE 'Der skete noget andet' END
$$;

CREATE FUNCTION citizen_order(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT jsonb_build_object('id', o.id, 'title', o.title, 'employer', e.name)
    FROM job_order o JOIN organisation e ON e.id = o.employer_id WHERE o.id = wanted
$$;

-- The order that a row of the audit is about; NULL when about none.
CREATE FUNCTION citizen_order_of(row_detail jsonb, subject_kind text, subject_id text) RETURNS uuid LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF row_detail ? 'order_id' THEN
        RETURN (row_detail ->> 'order_id')::uuid;
    ELSIF subject_id !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        RETURN NULL;
    END IF;
    RETURN CASE subject_kind
        WHEN 'job_order' THEN subject_id::uuid
        WHEN 'shortlist' THEN (SELECT s.order_id FROM shortlist s WHERE s.id = subject_id::uuid)
        WHEN 'shortlist_entry' THEN (SELECT e.order_id FROM shortlist_entry e WHERE e.id = subject_id::uuid)
        WHEN 'release' THEN (SELECT r.order_id FROM release r WHERE r.id = subject_id::uuid) END;
END $$;

-- What went to employers: kinds of data, when it arrived, and whether they were told to delete it.
CREATE FUNCTION citizen_releases(who uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('order', citizen_order(r.order_id), 'legal_basis', r.legal_basis,
                'released_at', order_time(r.released_at), 'delivered_at', order_time(told.delivered_at),
                'data', (SELECT jsonb_agg(s.said) FROM citizen_sent() s),
                'revoked_at', order_time(r.revoked_at), 'recalled_at', order_time(told.recalled_at)) ORDER BY r.released_at DESC), '[]')
    FROM release r
    CROSS JOIN LATERAL (
        SELECT min(d.finished_at) FILTER (WHERE x.kind = 'cv.released' AND d.state = 'delivered') AS delivered_at,
               min(x.created_at) FILTER (WHERE x.kind = 'cv.recalled') AS recalled_at
        FROM outbox x LEFT JOIN delivery d ON d.outbox_id = x.id WHERE x.release_id = r.id) AS told
    WHERE r.candidate_id = who
$$;

-- The newest two hundred steps of the log of referrals.
CREATE FUNCTION citizen_steps(who uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('at', order_time(f.at), 'order', citizen_order(f.order_id), 'state', f.to_state,
                'step_da', citizen_step(f.to_state), 'by', f.actor) ORDER BY f.id DESC), '[]')
    FROM (SELECT * FROM referral r WHERE r.candidate_id = who ORDER BY r.id DESC LIMIT 200) AS f
$$;

-- GET /v1/candidates/{municipality}/{external_ref}/accesses, for the home: a page of who saw its candidate, newest first, from every
-- organisation's chain. What one act wrote into two chains is shown once: as it stands in the chain of whoever acted, and only
-- another chain's copy of such a row is left out, so that nobody hides an access by giving two requests one id. A row that names
-- many shows nobody else. Neither staff nor keys are shown: an organisation, its act, its purpose. Reading this is written down too.
-- Cost: the candidate's rows of the audit (by index), sorted.
CREATE FUNCTION citizen_accesses(municipality text, wanted_ref text, position_before text, most int, OUT document text, OUT next_position text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    who candidate;
    before_at timestamptz := nullif(split_part(position_before, '|', 1), '')::timestamptz;
    before_chain uuid := nullif(split_part(position_before, '|', 2), '')::uuid;
    before_seq bigint := nullif(split_part(position_before, '|', 3), '')::bigint;
    shown jsonb;
    remaining bigint;
BEGIN
    SELECT c.* INTO who FROM candidate c JOIN organisation o ON o.id = c.organisation_id
    WHERE o.id = app_tenant() AND o.municipality_code = municipality AND c.external_ref = wanted_ref;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    WITH named AS MATERIALIZED (
        SELECT a.organisation_id, a.seq, a.at, a.actor, coalesce(a.request, '') AS request, a.purpose, a.action, a.subject_kind,
               a.subject_id, a.detail, k.organisation_id AS holder, coalesce(k.organisation_id, who.organisation_id) AS acting
        FROM audit a
        LEFT JOIN api_key k ON k.id = CASE WHEN a.actor ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN a.actor::uuid END
        WHERE a.candidates @> ARRAY[who.id]
    ), own AS (
        SELECT DISTINCT n.acting, n.request, n.action, n.subject_id FROM named n WHERE n.organisation_id = n.acting
    ), page AS (
        SELECT n.*, count(*) OVER () AS total
        FROM named n
        LEFT JOIN own o ON n.organisation_id <> n.acting AND o.acting = n.acting AND o.request = n.request AND o.action = n.action
                           AND o.subject_id = n.subject_id
        WHERE o.acting IS NULL AND (before_at IS NULL OR (n.at, n.organisation_id, n.seq) < (before_at, before_chain, before_seq))
        ORDER BY n.at DESC, n.organisation_id DESC, n.seq DESC
        LIMIT most
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('at', order_time(p.at),
               'by', CASE WHEN p.actor LIKE 'link:%' THEN jsonb_build_object('kind', 'candidate', 'name', 'Dig selv')
                          WHEN p.holder IS NULL THEN jsonb_build_object('kind', 'system', 'name', 'Emnebanken (automatisk)')
                          ELSE (SELECT jsonb_build_object('kind', h.kind, 'name', h.name) FROM organisation h WHERE h.id = p.holder) END,
               'action', p.action, 'action_da', citizen_action(p.action), 'purpose', p.purpose,
               'order', citizen_order(citizen_order_of(p.detail, p.subject_kind, p.subject_id)))
               ORDER BY p.at DESC, p.organisation_id DESC, p.seq DESC), '[]'),
           (array_agg(p.at || '|' || p.organisation_id || '|' || p.seq ORDER BY p.at, p.organisation_id, p.seq))[1],
           coalesce(max(p.total), 0)
    INTO shown, next_position, remaining
    FROM page p;
    IF remaining <= most THEN
        next_position := NULL;
    END IF;
    document := jsonb_build_object('candidate', jsonb_build_object('id', who.id, 'municipality', municipality, 'external_ref', wanted_ref),
        'sent', citizen_releases(who.id), 'steps', citizen_steps(who.id), 'items', shown)::text;
    PERFORM audit_append('candidate.accesses_read', 'candidate', who.id::text, ARRAY[who.id]);
END $$;

-- Whose yes it is stands beside how it was given (0023).
DO $$
BEGIN
    PERFORM function_reword('entry_document(shortlist_entry)', '''how'', c.how, ', '''how'', c.how, ''given_by'', c.given_by, ');
END $$;

GRANT EXECUTE ON FUNCTION citizen_page(bytea), citizen_answer(bytea, text, text),
    citizen_link_create(text, text, text, text, uuid, bytea, interval, interval), citizen_message(uuid),
    citizen_accesses(text, text, text, int) TO emnebank_front;

RESET ROLE;
