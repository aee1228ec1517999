-- The foundation: roles, organisations, the pool with its version and history, orders, shortlists, consent and release,
-- outbox, deliveries, jobs, idempotency, audit. Rooms add their functions in later migrations.
--
-- Roles (none owns a table, none may bypass row-level security):
--   emnebank_owner    nobody logs in as it: owns every table and every SECURITY DEFINER function
--   emnebank_front    the daemon's API; sees what the tenant of the transaction may see
--   emnebank_match    the ranking engine; sees the facts of all candidates, never a name
--   emnebank_deliver  the sender; sees endpoints and deliveries, and a CV only where a release is in force
--
-- Lock order: pool_version, candidate, job_order, shortlist_entry, release, outbox, audit_head (by organisation id).

DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['emnebank_owner', 'emnebank_front', 'emnebank_match', 'emnebank_deliver'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE %s', role,
                           CASE WHEN role = 'emnebank_owner' THEN 'NOLOGIN' ELSE 'LOGIN' END);
        END IF;
    END LOOP;
    EXECUTE format('GRANT emnebank_owner TO %I', current_user);
END $$;

CREATE SCHEMA emnebank AUTHORIZATION emnebank_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA emnebank TO emnebank_front, emnebank_match, emnebank_deliver;

-- Every role finds the tables by name; a session that forgets its transaction is ended.
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['emnebank_front', 'emnebank_match', 'emnebank_deliver'] LOOP
        EXECUTE format('ALTER ROLE %I SET search_path TO emnebank, public', role);
        EXECUTE format('ALTER ROLE %I SET timezone TO ''UTC''', role);
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout TO ''60s''', role);
    END LOOP;
END $$;

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;
-- New functions are nobody's until granted.
ALTER DEFAULT PRIVILEGES FOR ROLE emnebank_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- ---------------------------------------------------------------------------------------------------------------
-- Reference tables: facts, the same for everybody. Rows come in 0003.

CREATE TABLE municipality (
    code char(4) PRIMARY KEY CHECK (code ~ '^[0-9]{4}$'),
    name text NOT NULL,
    cvr char(8) NOT NULL CHECK (cvr ~ '^[0-9]{8}$'),
    nuts3 char(5) NOT NULL
);

CREATE TABLE postcode (
    code char(4) PRIMARY KEY CHECK (code ~ '^[0-9]{4}$'),
    name text NOT NULL,
    latitude_e6 int NOT NULL,   -- micro-degrees, WGS 84
    longitude_e6 int NOT NULL,
    municipality_code char(4)   -- where the centroid lies; NULL outside the table of municipalities
);

CREATE TABLE trade (
    code text PRIMARY KEY,      -- the jobcentres' own (STAR) code: four digits of DISCO-08, a point, a number
    title_da text NOT NULL,
    disco4 char(4) NOT NULL,
    esco_uri text
);

CREATE TABLE competence (
    key text PRIMARY KEY CHECK (key ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    label_da text NOT NULL,
    field text NOT NULL,        -- the trade group it belongs to, for people
    esco_uri text
);

CREATE TABLE certificate (
    key text PRIMARY KEY CHECK (key ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    label_da text NOT NULL,
    basis text NOT NULL,        -- the law, rule or body that it rests on
    validity_months int CHECK (validity_months > 0),  -- NULL: does not expire
    course_days int             -- NULL: not known
);

CREATE TABLE licence (
    key text PRIMARY KEY,       -- driving licence categories: 'B', 'BE', 'C', 'CE', 'D', 'TM'
    label_da text NOT NULL
);

GRANT SELECT ON municipality, postcode, trade, competence, certificate, licence
    TO emnebank_front, emnebank_match, emnebank_deliver;

-- ---------------------------------------------------------------------------------------------------------------
-- Organisations and who acts

CREATE TABLE organisation (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('municipality', 'team', 'employer')),
    name text NOT NULL CHECK (name <> ''),
    municipality_code char(4) UNIQUE REFERENCES municipality,
    cvr char(8) CHECK (cvr ~ '^[0-9]{8}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'municipality') = (municipality_code IS NOT NULL)),
    CHECK (kind <> 'employer' OR cvr IS NOT NULL)
);
CREATE UNIQUE INDEX organisation_employer_cvr ON organisation (cvr) WHERE kind = 'employer';
CREATE UNIQUE INDEX organisation_one_team ON organisation (kind) WHERE kind = 'team';

-- The tenant of the transaction, an organisation; NULL when none is set, and then nothing is seen.
CREATE FUNCTION app_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;

CREATE FUNCTION app_setting(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.' || name, true), '') $$;

-- 'municipality', 'team', 'employer' or NULL.
CREATE FUNCTION app_kind() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT kind FROM organisation WHERE id = app_tenant() $$;

-- Municipalities and the team share orders and shortlists; employers do not.
CREATE FUNCTION app_partner() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT EXISTS (SELECT 1 FROM organisation WHERE id = app_tenant() AND kind IN ('municipality', 'team')) $$;

CREATE FUNCTION raise_problem(state text, slug text, detail text DEFAULT '') RETURNS void LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = slug, DETAIL = coalesce(detail, ''); END $$;

CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation,
    hash bytea NOT NULL CHECK (length(hash) = 32),   -- SHA-256 of the 32 secret bytes
    person text,                -- the named person who holds it; NULL: a machine's
    label text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CHECK (expires_at <= created_at + interval '366 days'),
    CHECK (person <> '')
);

-- ---------------------------------------------------------------------------------------------------------------
-- The pool

CREATE TABLE pool_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO pool_version (version) VALUES (0);

-- The next version. Its row lock makes the order of versions the order of commits: call it once, before the rows that
-- carry the version are written. Whoever follows the pool is told at the commit.
CREATE FUNCTION pool_advance() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE advanced bigint;
BEGIN
    UPDATE pool_version SET version = version + 1 RETURNING version INTO advanced;
    PERFORM pg_notify('emnebank_pool', '');
    RETURN advanced;
END $$;

CREATE FUNCTION pool_current() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT version FROM pool_version $$;

CREATE TABLE candidate (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),    -- the pseudonym: random, says nothing about the person
    organisation_id uuid NOT NULL REFERENCES organisation,  -- the home municipality
    external_ref text NOT NULL CHECK (external_ref <> ''),  -- the home's case system; never leaves it
    version int NOT NULL DEFAULT 1,                   -- for ETag
    changed_version bigint NOT NULL,                  -- pool version of the last change that ranking can see
    postcode char(4) NOT NULL REFERENCES postcode,
    max_travel_km int NOT NULL CHECK (max_travel_km BETWEEN 1 AND 500),
    available_from date NOT NULL,
    kinds text[] NOT NULL CHECK (cardinality(kinds) > 0),  -- kinds of work accepted
    protection text NOT NULL DEFAULT 'none' CHECK (protection IN ('none', 'address', 'name_and_address')),
    screened_by text,                                 -- a caseworker's initials; home only
    screened_on date,
    screening_until date,
    withdrawn_at timestamptz,
    withdrawn_reason text,
    content_mac bytea NOT NULL,                       -- keyed digest of what the home sent: a repeat changes nothing
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, external_ref),
    UNIQUE (id, organisation_id)                      -- what belongs to a candidate names its home too, and the same one
);
CREATE INDEX candidate_changed ON candidate (changed_version);

-- Name, contact and free text: sealed per field under the candidate's own key, which is wrapped by the municipality's
-- (common/crypto). Deleting wrapped_key makes every copy unreadable.
CREATE TABLE candidate_person (
    candidate_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    wrapped_key bytea NOT NULL,
    name bytea NOT NULL,
    phone bytea,
    email bytea,
    address bytea,
    note bytea,
    cpr bytea,
    cpr_index bytea,            -- blind index (HMAC) within the municipality
    UNIQUE (organisation_id, cpr_index),
    FOREIGN KEY (candidate_id, organisation_id) REFERENCES candidate (id, organisation_id) ON DELETE CASCADE
);

-- What ranking sees of a candidate, by pool version: in force in versions from_version <= v < to_version.
CREATE TABLE candidate_state (
    candidate_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    from_version bigint NOT NULL,
    to_version bigint,
    postcode char(4) NOT NULL,
    max_travel_km int NOT NULL,
    available_from date NOT NULL,
    kinds text[] NOT NULL,
    protected boolean NOT NULL,
    screening_until date,
    withdrawn boolean NOT NULL,
    PRIMARY KEY (candidate_id, from_version),
    FOREIGN KEY (candidate_id, organisation_id) REFERENCES candidate (id, organisation_id) ON DELETE CASCADE
);

CREATE TABLE candidate_fact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('competence', 'certificate', 'licence', 'language', 'occupation')),
    code text NOT NULL,
    level smallint CHECK (level BETWEEN 1 AND 6),      -- competence 1-5, language 1-6 (CEFR A1-C2); NULL: unknown
    years smallint CHECK (years BETWEEN 0 AND 60),
    valid_until date,                                  -- certificates and licences; NULL: does not expire or unknown
    last_used date,
    stated_on date NOT NULL,
    source text NOT NULL,                              -- 'interview', 'cv', 'certificate_seen', 'register', 'self'
    from_version bigint NOT NULL,
    to_version bigint,
    FOREIGN KEY (candidate_id, organisation_id) REFERENCES candidate (id, organisation_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX candidate_fact_current ON candidate_fact (candidate_id, kind, code) WHERE to_version IS NULL;
CREATE INDEX candidate_fact_versions ON candidate_fact (candidate_id, from_version);

-- ---------------------------------------------------------------------------------------------------------------
-- Job orders

CREATE TABLE job_order (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organisation_id uuid NOT NULL REFERENCES organisation,   -- who received it: the team or a municipality
    employer_id uuid NOT NULL REFERENCES organisation,
    lead_id uuid,
    title text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'open', 'closed')),
    closed_reason text,
    posts int NOT NULL CHECK (posts BETWEEN 1 AND 500),
    minimum int NOT NULL CHECK (minimum BETWEEN 1 AND 2000), -- candidates wanted by due_at
    occupations text[] NOT NULL,                       -- trade codes, any of them
    postcode char(4) NOT NULL REFERENCES postcode,     -- of the workplace
    radius_km int CHECK (radius_km BETWEEN 1 AND 500),
    start_date date NOT NULL,
    end_date date CHECK (end_date >= start_date),
    kinds text[] NOT NULL CHECK (cardinality(kinds) > 0),
    version int NOT NULL DEFAULT 1,
    pool_version bigint NOT NULL,                      -- of the pool when it was last changed: ranked on this or newer
    received_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz,                                -- NULL while a draft
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX job_order_open ON job_order (due_at) WHERE state = 'open';

CREATE TABLE job_requirement (
    order_id uuid NOT NULL REFERENCES job_order ON DELETE CASCADE,
    position int NOT NULL,
    kind text NOT NULL CHECK (kind IN ('competence', 'certificate', 'licence', 'language', 'occupation')),
    code text NOT NULL,
    necessity text NOT NULL CHECK (necessity IN ('must', 'nice')),
    weight smallint NOT NULL CHECK (weight BETWEEN 1 AND 5),
    minimum_level smallint CHECK (minimum_level BETWEEN 1 AND 6),
    through_period boolean NOT NULL DEFAULT false,     -- certificates: valid to the order's end, not only at its start
    PRIMARY KEY (order_id, position)
);

-- ---------------------------------------------------------------------------------------------------------------
-- Shortlists, answers, consent, approval, release

CREATE TABLE shortlist (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id uuid NOT NULL REFERENCES job_order,
    order_version int NOT NULL,
    ruleset int NOT NULL,
    pool_version bigint NOT NULL,
    as_of date NOT NULL,
    considered int NOT NULL,       -- candidates looked at
    excluded jsonb NOT NULL,       -- {"reason_code": count}
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (order_id, order_version)
);

CREATE TABLE shortlist_entry (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    shortlist_id uuid NOT NULL REFERENCES shortlist,
    order_id uuid NOT NULL REFERENCES job_order,
    candidate_id uuid NOT NULL REFERENCES candidate,
    organisation_id uuid NOT NULL REFERENCES organisation,  -- the home municipality
    rank int NOT NULL CHECK (rank > 0),
    score int NOT NULL CHECK (score BETWEEN 0 AND 1000),
    parts jsonb NOT NULL,          -- per requirement: points, of, status, fact; as services/match/RANKING.md says
    facts jsonb NOT NULL,          -- the snapshot of facts it was ranked on
    explanation_da text NOT NULL,
    state text NOT NULL DEFAULT 'proposed' CHECK (state IN
        ('proposed', 'confirmed', 'declined', 'yes', 'no', 'approved', 'released', 'withdrawn')),
    decline_reason text,
    decline_text text,
    version int NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (shortlist_id, candidate_id),
    UNIQUE (shortlist_id, rank)
);
CREATE INDEX shortlist_entry_home ON shortlist_entry (organisation_id, state);
CREATE INDEX shortlist_entry_candidate ON shortlist_entry (candidate_id);
CREATE INDEX shortlist_entry_order ON shortlist_entry (order_id);

-- A candidate's yes, per candidate, order and employer (GDPR art. 7); the legal basis is the release's own field.
CREATE TABLE consent (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    entry_id uuid NOT NULL UNIQUE REFERENCES shortlist_entry,
    candidate_id uuid NOT NULL REFERENCES candidate,
    order_id uuid NOT NULL REFERENCES job_order,
    employer_id uuid NOT NULL REFERENCES organisation,
    organisation_id uuid NOT NULL REFERENCES organisation,
    given_at timestamptz NOT NULL,
    recorded_by text NOT NULL CHECK (recorded_by <> ''),   -- person or key
    recorded_at timestamptz NOT NULL DEFAULT now(),
    how text NOT NULL CHECK (how IN ('telephone', 'meeting', 'letter', 'digital')),
    text_version text NOT NULL CHECK (text_version <> ''),
    withdrawn_at timestamptz
);

CREATE TABLE approval (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    entry_id uuid NOT NULL UNIQUE REFERENCES shortlist_entry,
    organisation_id uuid NOT NULL REFERENCES organisation,
    person text NOT NULL CHECK (person <> ''),             -- nothing leaves that no named person approved
    key_id uuid NOT NULL REFERENCES api_key,
    approved_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE release (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    entry_id uuid NOT NULL UNIQUE REFERENCES shortlist_entry,
    candidate_id uuid NOT NULL REFERENCES candidate,
    order_id uuid NOT NULL REFERENCES job_order,
    employer_id uuid NOT NULL REFERENCES organisation,
    home_id uuid NOT NULL REFERENCES organisation,
    consent_id uuid NOT NULL REFERENCES consent,
    approval_id uuid NOT NULL REFERENCES approval,
    legal_basis text NOT NULL CHECK (legal_basis IN ('public_task', 'legal_obligation', 'consent')),
    protection_lifted_by text,                             -- the home's named person, for this one release
    released_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    revoked_reason text
);
CREATE INDEX release_candidate ON release (candidate_id) WHERE revoked_at IS NULL;

-- A release is in force while the yes and the entry stand, the candidate is in the pool, and no protection forbids it.
CREATE FUNCTION release_in_force(release_id uuid) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1
        FROM release r
        JOIN consent c ON c.id = r.consent_id AND c.withdrawn_at IS NULL
        JOIN candidate k ON k.id = r.candidate_id AND k.withdrawn_at IS NULL
        JOIN shortlist_entry e ON e.id = r.entry_id AND e.state <> 'withdrawn'
        WHERE r.id = release_id AND r.revoked_at IS NULL
          AND (k.protection = 'none' OR r.protection_lifted_by IS NOT NULL))
$$;

-- The yes and the approval must be those of this very entry, candidate, order and employer.
CREATE FUNCTION release_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM consent c JOIN job_order o ON o.id = c.order_id
                   WHERE c.id = NEW.consent_id AND c.entry_id = NEW.entry_id AND c.candidate_id = NEW.candidate_id
                     AND c.order_id = NEW.order_id AND c.employer_id = NEW.employer_id
                     AND o.employer_id = NEW.employer_id AND c.withdrawn_at IS NULL) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Kandidaten har ikke sagt ja til denne arbejdsgiver og jobordre.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM approval a WHERE a.id = NEW.approval_id AND a.entry_id = NEW.entry_id) THEN
        PERFORM raise_problem('EB409', 'approval-missing', 'En navngiven konsulent skal godkende først.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM shortlist_entry e WHERE e.id = NEW.entry_id AND e.candidate_id = NEW.candidate_id
                     AND e.order_id = NEW.order_id AND e.organisation_id = NEW.home_id) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Emnet hører ikke til kandidaten og jobordren.');
    END IF;
    IF EXISTS (SELECT 1 FROM candidate k WHERE k.id = NEW.candidate_id AND k.protection <> 'none')
       AND NEW.protection_lifted_by IS NULL THEN
        PERFORM raise_problem('EB409', 'protected-person', 'Kandidaten har beskyttelse; hjemkommunen skal ophæve den for denne frigivelse.');
    END IF;
    IF EXISTS (SELECT 1 FROM candidate k WHERE k.id = NEW.candidate_id AND k.withdrawn_at IS NOT NULL) THEN
        PERFORM raise_problem('EB409', 'candidate-withdrawn', 'Kandidaten er taget ud af emnebanken.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_check BEFORE INSERT OR UPDATE OF entry_id, candidate_id, order_id, employer_id, home_id, consent_id, approval_id
    ON release FOR EACH ROW EXECUTE FUNCTION release_check();

-- ---------------------------------------------------------------------------------------------------------------
-- Outbox, endpoints, deliveries, the feed of changes

CREATE TABLE outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN
        ('shortlist.proposed', 'entry.changed', 'order.changed', 'lead.assigned', 'cv.released', 'cv.recalled', 'endpoint.test')),
    organisation_id uuid NOT NULL REFERENCES organisation,   -- the receiver
    order_id uuid REFERENCES job_order,
    shortlist_id uuid REFERENCES shortlist,
    entry_id uuid REFERENCES shortlist_entry,
    release_id uuid REFERENCES release,
    payload jsonb NOT NULL DEFAULT '{}',                     -- ids and codes; personal data is rendered at the claim
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind IN ('cv.released', 'cv.recalled')) = (release_id IS NOT NULL))
);
CREATE UNIQUE INDEX outbox_cv_once ON outbox (release_id, kind) WHERE release_id IS NOT NULL;

-- A CV enters the outbox for the release's own employer alone, and only while the release is in force; its recall only
-- when the release is revoked, since a recall before that would stand in the way of the real one (outbox_cv_once).
CREATE FUNCTION outbox_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    IF NEW.release_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM release r WHERE r.id = NEW.release_id AND r.employer_id = NEW.organisation_id) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Frigivelsen gælder en anden modtager.');
    END IF;
    IF NEW.kind = 'cv.released' AND NOT release_in_force(NEW.release_id) THEN
        PERFORM raise_problem('EB409', 'consent-missing', 'Frigivelsen er ikke i kraft.');
    END IF;
    IF NEW.kind = 'cv.recalled' AND NOT EXISTS (SELECT 1 FROM release r WHERE r.id = NEW.release_id AND r.revoked_at IS NOT NULL) THEN
        PERFORM raise_problem('EB409', 'state-conflict', 'Frigivelsen er ikke kaldt tilbage.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER outbox_check BEFORE INSERT OR UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_check();

CREATE TABLE endpoint (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organisation_id uuid NOT NULL REFERENCES organisation,
    url text NOT NULL,
    kinds text[] NOT NULL,
    secret bytea NOT NULL,         -- sealed under the keyring's `server` key
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    disabled_reason text,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE delivery (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),     -- webhook-id is 'msg_' and this
    outbox_id uuid NOT NULL REFERENCES outbox,
    endpoint_id uuid NOT NULL REFERENCES endpoint,
    organisation_id uuid NOT NULL REFERENCES organisation,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'delivered', 'dead', 'cancelled')),
    attempts int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    lease_token uuid,
    reason text,
    finished_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (outbox_id, endpoint_id)
);
CREATE INDEX delivery_due ON delivery (next_at) WHERE state IN ('waiting', 'leased');

CREATE TABLE delivery_attempt (
    delivery_id uuid NOT NULL REFERENCES delivery,
    number int NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisation,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    status int,
    class text,                    -- 'answered', 'dns', 'connect', 'tls', 'timeout', 'broken', 'refused_by_policy'
    bytes int,
    excerpt text CHECK (length(excerpt) <= 256),
    PRIMARY KEY (delivery_id, number)
);

-- What partners pull (GET /v1/changes). Read only up to the commit horizon, in the order (xid, id), so that no row is
-- ever passed while its transaction is open (A7).
CREATE TABLE change (
    id bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    organisation_id uuid NOT NULL REFERENCES organisation,
    outbox_id uuid NOT NULL REFERENCES outbox,
    kind text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, xid, id)
);

-- Makes an event true for one receiver: outbox row, a delivery for each active endpoint that wants the kind, a row in
-- the feed, one wake-up hint. The daemon's roles do not call it: each event has a function of its room that knows who is
-- to be told what.
CREATE FUNCTION outbox_put(event_kind text, receiver uuid, event_order uuid DEFAULT NULL, event_shortlist uuid DEFAULT NULL,
                           event_entry uuid DEFAULT NULL, event_release uuid DEFAULT NULL, event_payload jsonb DEFAULT '{}')
    RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE event uuid;
BEGIN
    INSERT INTO outbox (kind, organisation_id, order_id, shortlist_id, entry_id, release_id, payload)
    VALUES (event_kind, receiver, event_order, event_shortlist, event_entry, event_release, event_payload)
    RETURNING id INTO event;
    INSERT INTO delivery (outbox_id, endpoint_id, organisation_id)
    SELECT event, e.id, receiver FROM endpoint e
    WHERE e.organisation_id = receiver AND e.state = 'active' AND event_kind = ANY (e.kinds)
    ORDER BY e.id;
    INSERT INTO change (organisation_id, outbox_id, kind) VALUES (receiver, event, event_kind);
    PERFORM pg_notify('emnebank_delivery', '');
    RETURN event;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Jobs

CREATE TABLE job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'done', 'dead')),
    attempts int NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    lease_token uuid,
    reason text,                   -- a code, no personal data
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX job_due ON job (kind, run_at) WHERE state IN ('waiting', 'leased');

CREATE FUNCTION job_enqueue(job_kind text, job_payload jsonb, job_run_at timestamptz DEFAULT now())
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE job_id bigint;
BEGIN
    INSERT INTO job (kind, payload, run_at) VALUES (job_kind, job_payload, job_run_at) RETURNING id INTO job_id;
    PERFORM pg_notify('emnebank_job', job_kind);
    RETURN job_id;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Idempotency keys (draft-ietf-httpapi-idempotency-key-header-06): written in the transaction of the effect.

CREATE TYPE api_reply AS (status int, body text, etag bigint, location text, replayed boolean);

CREATE TABLE idempotency (
    client uuid NOT NULL,          -- the API key
    method text NOT NULL,
    path text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    organisation_id uuid NOT NULL REFERENCES organisation,
    fingerprint text NOT NULL,
    reply api_reply,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, method, path, key)
);

-- NULL: go on, and end with idempotency_end. Otherwise the reply of the first time. Raises when the key was used for
-- another payload (422) or its first request still runs (409).
CREATE FUNCTION idempotency_begin(request_method text, request_path text, request_key text, request_fingerprint text)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    actor uuid := app_setting('actor')::uuid;
    known idempotency;
    answer api_reply;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(
            concat_ws(' ', actor, request_method, request_path, request_key), 0)) THEN
        PERFORM raise_problem('EB409', 'idempotency-in-progress', 'Den første forespørgsel med nøglen er stadig i gang.');
    END IF;
    SELECT * INTO known FROM idempotency i
    WHERE i.client = actor AND i.method = request_method AND i.path = request_path AND i.key = request_key
      AND i.organisation_id = app_tenant();
    IF NOT FOUND THEN
        INSERT INTO idempotency (client, method, path, key, organisation_id, fingerprint)
        VALUES (actor, request_method, request_path, request_key, app_tenant(), request_fingerprint);
        RETURN NULL;
    END IF;
    IF known.fingerprint <> request_fingerprint THEN
        PERFORM raise_problem('EB422', 'idempotency-key-reused', 'Nøglen er brugt til et andet indhold.');
    END IF;
    answer := known.reply;
    answer.replayed := true;
    RETURN answer;
END $$;

CREATE FUNCTION idempotency_end(request_method text, request_path text, request_key text, reply_given api_reply)
    RETURNS api_reply LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    reply_given.replayed := false;
    UPDATE idempotency SET reply = reply_given
    WHERE client = app_setting('actor')::uuid AND method = request_method AND path = request_path AND key = request_key;
    RETURN reply_given;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Audit: append-only, hash-chained per organisation. Nobody but audit_append writes; nobody updates or deletes.

CREATE TABLE audit_head (
    organisation_id uuid PRIMARY KEY REFERENCES organisation,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE audit (
    organisation_id uuid NOT NULL REFERENCES organisation,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,           -- API key id, or the name of a role of the daemon
    person text,                   -- the named person who holds the key
    request text,
    purpose text,
    action text NOT NULL,          -- 'candidate.read', 'candidate.listed', 'order.created', …
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    candidates uuid[] NOT NULL,    -- every candidate concerned
    detail jsonb NOT NULL,         -- codes and counts, no personal data
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (organisation_id, seq)
);
CREATE INDEX audit_candidates ON audit USING gin (candidates);

CREATE FUNCTION audit_hash(entry audit) RETURNS bytea LANGUAGE sql IMMUTABLE
AS $$
    SELECT sha256(entry.previous || convert_to(jsonb_build_array(
        entry.organisation_id, entry.seq, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.actor, entry.person,
        entry.request, entry.purpose, entry.action, entry.subject_kind, entry.subject_id, to_jsonb(entry.candidates), entry.detail)::text, 'UTF8'))
$$;

-- In the chain of `organisation`; the acting key, request and purpose come from the transaction's settings. For functions
-- that write in more chains than the tenant's; the daemon's roles call audit_append alone.
CREATE FUNCTION audit_append_for(organisation uuid, audit_action text, audit_subject_kind text, audit_subject_id text,
                                 audit_candidates uuid[] DEFAULT '{}', audit_detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    head audit_head;
    entry audit;
BEGIN
    INSERT INTO audit_head VALUES (organisation, 0, '\x'::bytea) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit_head h WHERE h.organisation_id = organisation FOR UPDATE;
    entry.organisation_id := organisation;
    entry.seq := head.seq + 1;
    entry.at := clock_timestamp();
    entry.actor := coalesce(app_setting('actor'), session_user);
    entry.person := (SELECT k.person FROM api_key k WHERE k.id::text = app_setting('actor'));
    entry.request := app_setting('request');
    entry.purpose := app_setting('purpose');
    entry.action := audit_action;
    entry.subject_kind := audit_subject_kind;
    entry.subject_id := audit_subject_id;
    entry.candidates := audit_candidates;
    entry.detail := audit_detail;
    entry.previous := head.hash;
    entry.hash := audit_hash(entry);
    INSERT INTO audit SELECT entry.*;
    UPDATE audit_head h SET seq = entry.seq, hash = entry.hash WHERE h.organisation_id = organisation;
END $$;

CREATE FUNCTION audit_append(audit_action text, audit_subject_kind text, audit_subject_id text,
                             audit_candidates uuid[] DEFAULT '{}', audit_detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ SELECT audit_append_for(app_tenant(), audit_action, audit_subject_kind, audit_subject_id, audit_candidates, audit_detail) $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Row-level security. The owner's policies are the doors of the SECURITY DEFINER functions above and in later
-- migrations; everybody else sees what the tenant may see.

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['organisation', 'api_key', 'candidate', 'candidate_person', 'candidate_state',
        'candidate_fact', 'job_order', 'job_requirement', 'shortlist', 'shortlist_entry', 'consent', 'approval', 'release',
        'outbox', 'endpoint', 'delivery', 'delivery_attempt', 'change', 'idempotency', 'audit', 'audit_head'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Organisations are named to all who are signed in; the daemon's other roles read them for their work.
CREATE POLICY signed_in ON organisation FOR SELECT TO emnebank_front USING (app_tenant() IS NOT NULL);
CREATE POLICY roles_read ON organisation FOR SELECT TO emnebank_match, emnebank_deliver USING (true);

-- Candidates: home alone.
CREATE POLICY home ON candidate TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
CREATE POLICY municipalities ON candidate AS RESTRICTIVE FOR INSERT TO emnebank_front
    WITH CHECK (app_kind() = 'municipality');
CREATE POLICY home ON candidate_person TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
CREATE POLICY home ON candidate_state TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
CREATE POLICY home ON candidate_fact TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
-- The engine reads the facts of all, by the column grants below never more than ranking uses.
CREATE POLICY engine ON candidate FOR SELECT TO emnebank_match USING (true);
CREATE POLICY engine ON candidate_state FOR SELECT TO emnebank_match USING (true);
CREATE POLICY engine ON candidate_fact FOR SELECT TO emnebank_match USING (true);

-- Orders are shared to be read; only the partner that received one changes it.
CREATE POLICY partners ON job_order FOR SELECT TO emnebank_front USING (app_partner() OR employer_id = app_tenant());
CREATE POLICY own ON job_order FOR INSERT TO emnebank_front WITH CHECK (organisation_id = app_tenant() AND app_partner());
CREATE POLICY own_change ON job_order FOR UPDATE TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
CREATE POLICY engine ON job_order FOR SELECT TO emnebank_match USING (true);
CREATE POLICY partners ON job_requirement FOR SELECT TO emnebank_front
    USING (EXISTS (SELECT 1 FROM job_order o WHERE o.id = order_id));
CREATE POLICY own ON job_requirement FOR INSERT TO emnebank_front
    WITH CHECK (EXISTS (SELECT 1 FROM job_order o WHERE o.id = order_id AND o.organisation_id = app_tenant()));
CREATE POLICY own_end ON job_requirement FOR DELETE TO emnebank_front
    USING (EXISTS (SELECT 1 FROM job_order o WHERE o.id = order_id AND o.organisation_id = app_tenant()));
CREATE POLICY engine ON job_requirement FOR SELECT TO emnebank_match USING (true);

CREATE POLICY partners ON shortlist FOR SELECT TO emnebank_front USING (app_partner());
CREATE POLICY partners ON shortlist_entry FOR SELECT TO emnebank_front USING (app_partner());
CREATE POLICY home ON shortlist_entry FOR UPDATE TO emnebank_front
    USING (organisation_id = app_tenant() OR app_kind() = 'team');
CREATE POLICY engine ON shortlist FOR SELECT TO emnebank_match USING (true);

CREATE POLICY home ON consent TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
CREATE POLICY team_reads ON consent FOR SELECT TO emnebank_front USING (app_kind() = 'team');
CREATE POLICY partners ON approval FOR SELECT TO emnebank_front USING (app_partner());
CREATE POLICY team ON approval FOR INSERT TO emnebank_front
    WITH CHECK (organisation_id = app_tenant() AND app_kind() = 'team');
CREATE POLICY partners ON release FOR SELECT TO emnebank_front
    USING (app_kind() = 'team' OR home_id = app_tenant() OR employer_id = app_tenant());
CREATE POLICY team ON release FOR INSERT TO emnebank_front WITH CHECK (app_kind() = 'team');

CREATE POLICY receiver ON outbox FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
CREATE POLICY receiver ON endpoint TO emnebank_front
    USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
CREATE POLICY receiver ON delivery FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
CREATE POLICY receiver ON delivery_attempt FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
CREATE POLICY receiver ON change FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());
CREATE POLICY own ON audit FOR SELECT TO emnebank_front USING (organisation_id = app_tenant());

GRANT SELECT ON organisation TO emnebank_front, emnebank_match, emnebank_deliver;
GRANT SELECT, INSERT, UPDATE ON candidate, candidate_person TO emnebank_front;
GRANT SELECT, INSERT, UPDATE (to_version) ON candidate_state, candidate_fact TO emnebank_front;  -- history stays
GRANT SELECT (id, organisation_id, changed_version) ON candidate TO emnebank_match;
GRANT SELECT ON candidate_state TO emnebank_match;
GRANT SELECT ON candidate_fact TO emnebank_match;
GRANT SELECT, INSERT, UPDATE ON job_order TO emnebank_front;
GRANT SELECT, INSERT, DELETE ON job_requirement TO emnebank_front;
GRANT SELECT ON job_order, job_requirement, shortlist TO emnebank_match;
GRANT SELECT ON shortlist, approval, consent, release, outbox, delivery, delivery_attempt, change, audit TO emnebank_front;
GRANT SELECT ON shortlist_entry TO emnebank_front;
GRANT UPDATE (state, decline_reason, decline_text, version, changed_at) ON shortlist_entry TO emnebank_front;
GRANT INSERT, UPDATE (withdrawn_at) ON consent TO emnebank_front;
GRANT INSERT ON approval, release TO emnebank_front;
GRANT SELECT, INSERT, UPDATE ON endpoint TO emnebank_front;

GRANT EXECUTE ON FUNCTION app_tenant(), app_setting(text), app_kind(), app_partner(), raise_problem(text, text, text),
    pool_current() TO emnebank_front, emnebank_match, emnebank_deliver;
GRANT EXECUTE ON FUNCTION pool_advance(), release_in_force(uuid),
    idempotency_begin(text, text, text, text), idempotency_end(text, text, text, api_reply) TO emnebank_front;
GRANT EXECUTE ON FUNCTION job_enqueue(text, jsonb, timestamptz) TO emnebank_front, emnebank_match, emnebank_deliver;
GRANT EXECUTE ON FUNCTION audit_append(text, text, text, uuid[], jsonb) TO emnebank_front;

RESET ROLE;
