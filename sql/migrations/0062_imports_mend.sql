-- A batch of more than a thousand is shown to its home page by page, and readings of files are forgotten after a while.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- GET /v1/batches/{id}: for the home with a page of its members, audited as a listing. Pages go by the candidates' ids, of which a cursor
-- may tell; within one they are by reference. `listed`: there are members to show, as there are for the home.
DROP FUNCTION batch_read(uuid);
CREATE FUNCTION batch_read(wanted uuid, after_id uuid, size int, OUT document text, OUT next_id uuid, OUT listed boolean) LANGUAGE plpgsql
AS $$
DECLARE
    b candidate_batch;
    ids uuid[];
    left_over bigint;
    members jsonb;
BEGIN
    SELECT * INTO b FROM candidate_batch k WHERE k.id = wanted AND app_partner();
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Holdet findes ikke.');
    END IF;
    document := batch_document(b)::text;
    listed := b.organisation_id = app_tenant();
    IF NOT listed THEN
        RETURN;
    END IF;
    ids := ARRAY(SELECT j.candidate_id FROM candidate_batch_member j
                 WHERE j.batch_id = b.id AND (after_id IS NULL OR j.candidate_id > after_id) ORDER BY j.candidate_id LIMIT size);
    SELECT count(*) - cardinality(ids) INTO left_over FROM candidate_batch_member j
    WHERE j.batch_id = b.id AND (after_id IS NULL OR j.candidate_id > after_id);
    IF left_over > 0 THEN
        next_id := ids[size];
    END IF;
    SELECT coalesce(jsonb_agg(jsonb_build_object('external_ref', c.external_ref, 'state',
               CASE WHEN c.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN c.screening_until IS NULL THEN 'unscreened'
                    WHEN c.screening_until < app_today() THEN 'expired' ELSE 'ready' END,
               'joined_at', lead_time(j.joined_at)) ORDER BY c.external_ref), '[]')
    INTO members
    FROM candidate_batch_member j JOIN candidate c ON c.id = j.candidate_id WHERE j.batch_id = b.id AND j.candidate_id = ANY (ids);
    IF ids <> '{}' THEN
        PERFORM audit_append('candidate.listed', 'candidate_batch', b.id::text, ids);
    END IF;
    document := (document::jsonb || jsonb_build_object('members', members, 'more', left_over))::text;
END $$;

-- A reading tells later ones of its series that it was there, while they are on their way; the audit keeps what it has counted.
CREATE INDEX candidate_import_run_started ON candidate_import_run (started_at);

CREATE FUNCTION candidate_import_forget() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$ DELETE FROM candidate_import_run WHERE started_at < app_now() - interval '90 days' $$;

DO $$
BEGIN
    PERFORM function_reword('fresh_tick()', E'    PERFORM panel_forget();', E'    PERFORM candidate_import_forget();\n    PERFORM panel_forget();');
END $$;

GRANT EXECUTE ON FUNCTION batch_read(uuid, uuid, int) TO emnebank_front;

RESET ROLE;
