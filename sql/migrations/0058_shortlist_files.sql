-- A shortlist as a file: a sheet or a document that leaves the emnebank. It says what the reader may see of the list anyway
-- (entry_document), and for the home the names of its own candidates, sealed: the daemon opens them with the home's key.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- The newest list of an order, as shortlist_read finds it.
CREATE FUNCTION shortlist_newest(wanted_order uuid) RETURNS shortlist LANGUAGE plpgsql STABLE
AS $$
DECLARE found_list shortlist;
BEGIN
    SELECT * INTO found_list FROM shortlist s WHERE s.order_id = wanted_order ORDER BY s.order_version DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke, eller dens kandidatliste er ikke klar endnu.');
    END IF;
    RETURN found_list;
END $$;

-- Whose name may stand in a file of the caller's: its own candidates'. Not of one who is protected or has left the pool: a file is
-- kept where nobody sees that, so it has the reference alone, and whoever needs the name looks it up (candidate_read).
CREATE FUNCTION shortlist_named(wanted uuid[]) RETURNS TABLE (candidate_id uuid, external_ref text, wrapped_key bytea, name bytea)
    LANGUAGE sql STABLE
AS $$
    SELECT k.id, k.external_ref, p.wrapped_key, p.name
    FROM candidate k JOIN candidate_person p ON p.candidate_id = k.id
    WHERE k.id = ANY (wanted) AND k.organisation_id = app_tenant() AND k.protection = 'none' AND k.withdrawn_at IS NULL
$$;

-- The first row is the heading: a document of list and order. Then the first `most` entries, best first, each with its home's name
-- and, where shortlist_named allows it, what the name is opened with. Who stands in the file is audited as listed, with its form and
-- how many; whose name stands in it, as read.
CREATE FUNCTION shortlist_file(wanted_order uuid, form text, most int)
    RETURNS TABLE (document text, home text, external_ref text, wrapped_key bytea, name bytea) LANGUAGE plpgsql
AS $$
DECLARE
    list shortlist := shortlist_newest(wanted_order);
    shown shortlist_entry[];
    listed uuid[];
    named uuid[];
    total int;
    detail jsonb;
BEGIN
    SELECT count(*) INTO total FROM shortlist_entry e
    WHERE e.shortlist_id = list.id OR e.order_id = wanted_order AND e.outside_ranking;
    shown := ARRAY(SELECT e FROM shortlist_entry e
                   WHERE e.shortlist_id = list.id OR e.order_id = wanted_order AND e.outside_ranking
                   ORDER BY e.rank, e.id LIMIT most);
    listed := ARRAY(SELECT e.candidate_id FROM unnest(shown) e);
    named := ARRAY(SELECT n.candidate_id FROM shortlist_named(listed) n);
    detail := jsonb_build_object('order_id', wanted_order, 'form', form, 'rows', cardinality(shown));
    PERFORM audit_append('candidate.listed', 'shortlist', list.id::text, listed, detail);
    IF cardinality(named) > 0 THEN
        PERFORM audit_append('candidate.read', 'shortlist', list.id::text, named,
                             detail || jsonb_build_object('rows', cardinality(named)));
    END IF;
    RETURN QUERY
        SELECT json_build_object('order_id', o.id, 'title', o.title, 'employer', e.name, 'start_date', o.start_date,
                   'postcode', o.postcode, 'ruleset', list.ruleset, 'pool_version', list.pool_version, 'as_of', list.as_of,
                   'created_at', order_time(list.created_at), 'entries', total, 'requirements', list.requirements)::text,
               NULL::text, NULL::text, NULL::bytea, NULL::bytea
        FROM job_order o JOIN organisation e ON e.id = o.employer_id WHERE o.id = wanted_order;
    RETURN QUERY
        SELECT entry_document(e), h.name, n.external_ref, n.wrapped_key, n.name
        FROM unnest(shown) e
        JOIN organisation h ON h.id = e.organisation_id
        LEFT JOIN shortlist_named(named) n ON n.candidate_id = e.candidate_id
        ORDER BY e.rank, e.id;
END $$;

GRANT EXECUTE ON FUNCTION shortlist_newest(uuid), shortlist_named(uuid[]), shortlist_file(uuid, text, int) TO emnebank_front;

RESET ROLE;
