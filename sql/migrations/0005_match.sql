-- The pool's feed to the ranking engine (services/match): who has left it for good.
--
-- Changes are read from the history (candidate_state, candidate_fact) as of one pool version, so a follower that reads
-- while others write still sees exactly that version. A candidate who is erased leaves no history; so the deletion is a
-- change of the pool of its own, and the pseudonym is kept here.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

CREATE TABLE candidate_departure (
    version bigint NOT NULL,       -- the pool version from which on the candidate is gone
    candidate_id uuid NOT NULL,
    PRIMARY KEY (version, candidate_id)
);
ALTER TABLE candidate_departure ENABLE ROW LEVEL SECURITY;
ALTER TABLE candidate_departure FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON candidate_departure TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY engine ON candidate_departure FOR SELECT TO emnebank_match USING (true);
GRANT SELECT ON candidate_departure TO emnebank_match;

-- Before the first row is locked, as the lock order asks (0001): pool_version, then candidate.
CREATE FUNCTION candidate_departing() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ BEGIN PERFORM pool_advance(); RETURN NULL; END $$;

CREATE FUNCTION candidate_departed() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    INSERT INTO candidate_departure (version, candidate_id) SELECT pool_current(), gone.id FROM gone;
    RETURN NULL;
END $$;

CREATE TRIGGER candidate_departing BEFORE DELETE ON candidate FOR EACH STATEMENT EXECUTE FUNCTION candidate_departing();
CREATE TRIGGER candidate_departed AFTER DELETE ON candidate REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION candidate_departed();

-- A language as people call it. Languages have no reference table: their codes are ISO 639-1.
CREATE FUNCTION language_labels() RETURNS TABLE (code text, label text) LANGUAGE sql IMMUTABLE
AS $$
    VALUES ('ar', 'Arabisk'), ('bg', 'Bulgarsk'), ('bs', 'Bosnisk'), ('cs', 'Tjekkisk'), ('da', 'Dansk'), ('de', 'Tysk'),
           ('en', 'Engelsk'), ('es', 'Spansk'), ('et', 'Estisk'), ('fa', 'Persisk'), ('fi', 'Finsk'), ('fr', 'Fransk'),
           ('hr', 'Kroatisk'), ('hu', 'Ungarsk'), ('is', 'Islandsk'), ('it', 'Italiensk'), ('ku', 'Kurdisk'),
           ('lt', 'Litauisk'), ('lv', 'Lettisk'), ('nl', 'Nederlandsk'), ('no', 'Norsk'), ('pl', 'Polsk'),
           ('ps', 'Pashto'), ('pt', 'Portugisisk'), ('ro', 'Rumænsk'), ('ru', 'Russisk'), ('sk', 'Slovakisk'),
           ('so', 'Somali'), ('sr', 'Serbisk'), ('sv', 'Svensk'), ('ta', 'Tamil'), ('th', 'Thai'), ('ti', 'Tigrinya'),
           ('tr', 'Tyrkisk'), ('uk', 'Ukrainsk'), ('ur', 'Urdu'), ('vi', 'Vietnamesisk'), ('zh', 'Kinesisk')
$$;
GRANT EXECUTE ON FUNCTION language_labels() TO emnebank_front, emnebank_match, emnebank_deliver;

-- GET /v1/job-orders/{id}/why-not/{candidate}, before the engine is asked: whether the caller may see both, and the pool
-- version that the answer must at least be of. A candidate that the caller may see is its own (row-level security), or
-- stands on a shortlist that it may read. Of all others nobody learns whether they exist.
CREATE FUNCTION why_not_allowed(wanted_order uuid, wanted uuid) RETURNS bigint LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT app_partner() OR NOT EXISTS (SELECT FROM job_order o WHERE o.id = wanted_order) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF NOT EXISTS (SELECT FROM candidate k WHERE k.id = wanted)
       AND NOT EXISTS (SELECT FROM shortlist_entry e WHERE e.candidate_id = wanted) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kandidaten findes ikke.');
    END IF;
    PERFORM audit_append('candidate.why_not', 'candidate', wanted::text, ARRAY[wanted],
                         jsonb_build_object('order_id', wanted_order));
    RETURN pool_current();
END $$;
GRANT EXECUTE ON FUNCTION why_not_allowed(uuid, uuid) TO emnebank_front;

RESET ROLE;
