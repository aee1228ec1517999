-- Evidence: what was known of a candidate at a moment about a day (services/pool/history.c), and what a yes was a yes to, for what, to
-- whom and for how long.
--
-- Two times. `valid`: when something holds in the world; `recorded`: when the pool learnt it. The pool's history is by its version
-- (candidate_state, candidate_fact), so each version gets the moment at which it was made. Versions from before this migration
-- have none: what they said is shown as known with no moment, and nothing is known at moments before `history_from`.
--
-- Lock order as in 0001; pool_version_at is written under the pool's version, consent_text under the entry.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- When each version of the pool was made

CREATE TABLE pool_version_at (
    version bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    exact boolean NOT NULL DEFAULT true   -- false: the version that stood when history began
);
CREATE INDEX pool_version_at_moment ON pool_version_at (at, version);
INSERT INTO pool_version_at SELECT version, now(), false FROM pool_version WHERE version > 0;

-- As app_now(), but it moves on within a transaction: one that has waited for a lock does not write down an earlier moment than the
-- one it waited for.
CREATE FUNCTION app_clock() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT coalesce((SELECT h.at FROM clock_hands h WHERE h.one), clock_timestamp()) $$;

DO $$
BEGIN
    PERFORM function_reword('pool_advance()', 'RETURNING version INTO advanced;',
        E'RETURNING version INTO advanced;\n    INSERT INTO pool_version_at (version, at) VALUES (advanced, app_clock());');
END $$;

-- The version that stood at a moment; NULL: before history began.
CREATE FUNCTION pool_version_as_of(recorded timestamptz) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT v.version FROM pool_version_at v WHERE v.at <= recorded ORDER BY v.at DESC, v.version DESC LIMIT 1 $$;

-- When a version was made; NULL: before history began, or not at all.
CREATE FUNCTION pool_moment(made bigint) RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT v.at FROM pool_version_at v WHERE v.version = made AND v.exact $$;

-- ---------------------------------------------------------------------------------------------------------------
-- A yes: for what, to whom, until when, and the job as it was

ALTER TABLE consent
    ADD COLUMN purpose text NOT NULL DEFAULT 'recruitment' CHECK (purpose = 'recruitment'),
    ADD COLUMN recipient_class text NOT NULL DEFAULT 'employer' CHECK (recipient_class = 'employer'),
    ADD COLUMN expires_at timestamptz NOT NULL DEFAULT app_now() + interval '90 days',
    ADD COLUMN terms_hash bytea REFERENCES consent_text;   -- NULL: given before it was kept

-- Ninety days are over when this moment comes: from the day the job begins, or from the yes when that is later.
CREATE FUNCTION consent_end(job_begins date, said_on date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
AS $$ SELECT (greatest(job_begins, said_on) + 91)::timestamp AT TIME ZONE 'Europe/Copenhagen' $$;

ALTER TABLE consent DISABLE TRIGGER consent_check;
UPDATE consent c SET expires_at = consent_end(o.start_date, (c.recorded_at AT TIME ZONE 'Europe/Copenhagen')::date)
FROM job_order o WHERE o.id = c.order_id;
ALTER TABLE consent ENABLE TRIGGER consent_check;

-- The text that a candidate reads says how long, too (0027).
DO $$
BEGIN
    PERFORM function_reword('citizen_statement(job_order, uuid)', '''# Du kan trække dit ja tilbage'',',
        $words$'# Hvor længe dit ja gælder',
        'Til og med 90 dage efter, at jobbet begynder, eller efter dit ja, hvis jobbet allerede er begyndt. Derefter sender vi ikke CV''et.',
        '# Du kan trække dit ja tilbage',$words$);
END $$;

-- After consent_check, by the names. Whoever writes down a yes chooses none of this. The terms are the text that the candidate's own
-- page shows of the order just now; a candidate's own yes names the text that was read.
CREATE FUNCTION consent_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    job job_order;
    terms text;
BEGIN
    SELECT * INTO job FROM job_order o WHERE o.id = NEW.order_id;
    NEW.purpose := 'recruitment';
    NEW.recipient_class := 'employer';
    NEW.expires_at := consent_end(job.start_date, app_today());
    NEW.terms_hash := NEW.text_hash;
    IF NEW.terms_hash IS NULL THEN
        terms := citizen_statement(job, NEW.organisation_id);
        NEW.terms_hash := sha256(convert_to(terms, 'UTF8'));
        IF NOT EXISTS (SELECT FROM consent_text t WHERE t.hash = NEW.terms_hash) THEN
            INSERT INTO consent_text (hash, version, body) VALUES (NEW.terms_hash, citizen_text_version(), terms)
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consent_record BEFORE INSERT ON consent FOR EACH ROW EXECUTE FUNCTION consent_record();

-- Nobody approves or releases on a yes that is over. After the checks of 0009 and 0025, by the names.
CREATE FUNCTION yes_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM consent c WHERE c.entry_id = NEW.entry_id AND c.expires_at <= app_now()) THEN
        PERFORM raise_problem('EB409', 'consent-missing',
            'Kandidatens ja er udløbet: der er gået mere end 90 dage. Kandidaten skal foreslås og spørges på ny.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER yes_check BEFORE INSERT ON approval FOR EACH ROW EXECUTE FUNCTION yes_check();
CREATE TRIGGER yes_check BEFORE INSERT ON release FOR EACH ROW EXECUTE FUNCTION yes_check();

DO $$
BEGIN
    PERFORM function_reword('release_stands(uuid)', 'c.id = r.consent_id AND c.withdrawn_at IS NULL',
                            'c.id = r.consent_id AND c.withdrawn_at IS NULL AND c.expires_at > app_now()');
    PERFORM function_reword('auto_release_ready(uuid)', 'c.entry_id = e.id AND c.withdrawn_at IS NULL',
                            'c.entry_id = e.id AND c.withdrawn_at IS NULL AND c.expires_at > app_now()');
    PERFORM function_reword('entry_document(shortlist_entry)', '''text_version'', c.text_version,',
        $words$'text_version', c.text_version, 'text_hash', encode(c.text_hash, 'hex'), 'terms_hash', encode(c.terms_hash, 'hex'),
                           'purpose', c.purpose, 'recipient_class', c.recipient_class, 'expires_at', order_time(c.expires_at),$words$);
    PERFORM function_reword('citizen_action(text)', '(''candidate.listed'',',
        $words$('candidate.history_read', 'Læste, hvad der stod om dig på et tidligere tidspunkt'),
        ('candidate.listed',$words$);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- What was known

-- When the pool learnt what it said of one column in that version: the moment from which on it has said so without a break.
CREATE FUNCTION candidate_said_at(who uuid, known bigint, said_column text, said jsonb) RETURNS timestamptz LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT pool_moment(min(s.from_version)) FROM candidate_state s
    WHERE s.candidate_id = who AND s.from_version <= known AND s.from_version > coalesce((
        SELECT max(other.from_version) FROM candidate_state other
        WHERE other.candidate_id = who AND other.from_version <= known AND to_jsonb(other) -> said_column <> said), -1)
$$;

-- The periods of the flag of protection, as known in that version. It holds from the moment at which it was recorded.
CREATE FUNCTION candidate_protection(who uuid, known bigint)
    RETURNS TABLE (protected boolean, valid_from timestamptz, valid_to timestamptz) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    WITH states AS (
        SELECT s.from_version, s.protected, lag(s.protected) OVER (ORDER BY s.from_version) AS before
        FROM candidate_state s WHERE s.candidate_id = who AND s.from_version <= known
    ), periods AS (
        SELECT t.from_version, t.protected, lead(t.from_version) OVER (ORDER BY t.from_version) AS next
        FROM states t WHERE t.protected IS DISTINCT FROM t.before
    )
    SELECT p.protected, pool_moment(p.from_version), pool_moment(p.next) FROM periods p
    WHERE p.next IS NULL OR pool_moment(p.next) IS NOT NULL -- what was over when history began has left no moments
    ORDER BY p.from_version
$$;

CREATE FUNCTION candidate_facts_as_of(who uuid, known bigint, valid date) RETURNS jsonb LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'code', f.code, 'level', f.level, 'years', f.years, 'source', f.source,
               'stated_on', f.stated_on, 'valid_to', f.valid_until, 'recorded_at', order_time(pool_moment(f.from_version)),
               'in_force', f.valid_until IS NULL OR f.valid_until >= valid) ORDER BY f.kind, f.code), '[]')
    FROM candidate_fact f
    WHERE f.candidate_id = who AND f.from_version <= known AND (f.to_version IS NULL OR f.to_version > known)
$$;

-- In force: still so when the day ends.
CREATE FUNCTION candidate_consents_as_of(who uuid, recorded timestamptz, day_end timestamptz) RETURNS jsonb LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('entry_id', c.entry_id, 'order_id', c.order_id, 'purpose', c.purpose,
               'recipient_class', c.recipient_class, 'given_by', c.given_by, 'valid_from', order_time(c.given_at),
               'valid_to', order_time(known.valid_to), 'recorded_at', order_time(c.recorded_at),
               'in_force', c.given_at < day_end AND known.valid_to >= day_end) ORDER BY c.recorded_at, c.id), '[]')
    FROM consent c
    CROSS JOIN LATERAL (SELECT least(c.expires_at, CASE WHEN c.withdrawn_at <= recorded THEN c.withdrawn_at END) AS valid_to) AS known
    WHERE c.candidate_id = who AND c.recorded_at <= recorded
$$;

-- What the pool knew at `recorded` of a candidate of the caller's own about the day `valid` (Copenhagen's); NULL for anybody else's.
-- Cost: the candidate's history, by index.
CREATE FUNCTION candidate_as_of(who uuid, recorded timestamptz, valid date) RETURNS jsonb LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    known bigint := pool_version_as_of(recorded);
    day_start timestamptz := valid::timestamp AT TIME ZONE 'Europe/Copenhagen';
    day_end timestamptz := (valid + 1)::timestamp AT TIME ZONE 'Europe/Copenhagen';
    said candidate_state;
    left_at timestamptz;
    gone boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM candidate k WHERE k.id = who AND k.organisation_id = app_tenant()) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO said FROM candidate_state s
    WHERE s.candidate_id = who AND s.from_version <= known AND (s.to_version IS NULL OR s.to_version > known);
    IF said.withdrawn THEN
        left_at := candidate_said_at(who, known, 'withdrawn', 'true');
    END IF;
    gone := said.withdrawn AND coalesce(left_at < day_end, true);
    RETURN jsonb_build_object(
        'recorded_at', order_time(recorded), 'valid_on', valid, 'pool_version', known,
        'history_from', order_time((SELECT min(v.at) FROM pool_version_at v)), 'known', said.candidate_id IS NOT NULL,
        'available', said.available_from <= valid AND NOT gone, 'withdrawn', gone, 'screened', coalesce(said.screening_until >= valid,
            CASE WHEN said.candidate_id IS NOT NULL THEN false END),
        -- At any moment of the day: the careful side.
        'protected', CASE WHEN said.candidate_id IS NOT NULL THEN EXISTS (SELECT FROM candidate_protection(who, known) p
            WHERE p.protected AND coalesce(p.valid_from < day_end, true) AND coalesce(p.valid_to > day_start, true)) END,
        'availability', CASE WHEN said.candidate_id IS NOT NULL THEN jsonb_build_object('valid_from', said.available_from,
            'valid_to', (left_at AT TIME ZONE 'Europe/Copenhagen')::date,
            'recorded_at', order_time(candidate_said_at(who, known, 'available_from', to_jsonb(said.available_from)))) END,
        'protection', (SELECT coalesce(jsonb_agg(jsonb_build_object('protected', p.protected, 'valid_from', order_time(p.valid_from),
            'valid_to', order_time(p.valid_to), 'recorded_at', order_time(p.valid_from))), '[]') FROM candidate_protection(who, known) p),
        'screening', CASE WHEN said.screening_until IS NOT NULL THEN jsonb_build_object('valid_to', said.screening_until,
            'recorded_at', order_time(candidate_said_at(who, known, 'screening_until', to_jsonb(said.screening_until)))) END,
        'facts', candidate_facts_as_of(who, known, valid),
        'consents', candidate_consents_as_of(who, recorded, day_end));
END $$;

-- GET /v1/candidates/{municipality}/{external_ref}/history, for the home; audited. Left out: now, and that moment's day.
CREATE FUNCTION candidate_history(wanted_ref text, recorded timestamptz, valid date) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    asked timestamptz := coalesce(recorded, app_clock());
    who candidate;
    document jsonb;
BEGIN
    SELECT * INTO who FROM candidate c WHERE c.organisation_id = app_tenant() AND c.external_ref = wanted_ref;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    document := jsonb_build_object('candidate', jsonb_build_object('id', who.id, 'external_ref', who.external_ref))
                || candidate_as_of(who.id, asked, coalesce(valid, (asked AT TIME ZONE 'Europe/Copenhagen')::date));
    PERFORM audit_append('candidate.history_read', 'candidate', who.id::text, ARRAY[who.id]);
    RETURN (200, document::text, NULL, NULL, false)::api_reply;
END $$;

GRANT EXECUTE ON FUNCTION app_clock(), candidate_as_of(uuid, timestamptz, date), candidate_history(text, timestamptz, date) TO emnebank_front;

RESET ROLE;
