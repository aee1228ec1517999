-- Exports of the team's own systems (Byggefakta, BCI, any): a source has a name and a mapping (kolonneplan) as data; an import reads a
-- file by it, row by row, and everything goes in through lead_receive_rows (0042).

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

CREATE TABLE lead_source (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (btrim(name) <> '' AND length(name) <= 100),
    mapping jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- One reading of one file. What was read of it is known until it ends, so that rows that are missing and rows that come twice are seen.
CREATE TABLE lead_source_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source uuid NOT NULL REFERENCES lead_source,
    dry boolean NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    counts jsonb
);
CREATE INDEX lead_source_run_source ON lead_source_run (source, id DESC);

CREATE TABLE lead_source_row (
    run bigint NOT NULL REFERENCES lead_source_run ON DELETE CASCADE,
    row_key text NOT NULL,
    line bigint NOT NULL,
    PRIMARY KEY (run, row_key)
);

ALTER TABLE lead_origin ADD CONSTRAINT lead_origin_source_fkey FOREIGN KEY (source) REFERENCES lead_source;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['lead_source', 'lead_source_run', 'lead_source_row'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO emnebank_owner USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY partners ON %I TO emnebank_front USING ((SELECT app_partner())) WITH CHECK ((SELECT app_partner()))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON lead_source, lead_source_run TO emnebank_front;
GRANT SELECT, INSERT, DELETE ON lead_source_row TO emnebank_front;

-- ---------------------------------------------------------------------------------------------------------------
-- Sources

CREATE FUNCTION lead_source_document(s lead_source) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('id', s.id, 'name', s.name, 'mapping', s.mapping, 'version', s.version,
        'created_at', lead_time(s.created_at), 'changed_at', lead_time(s.changed_at),
        'last_import', (SELECT jsonb_build_object('at', lead_time(r.ended_at)) || r.counts FROM lead_source_run r
                        WHERE r.source = s.id AND r.ended_at IS NOT NULL AND NOT r.dry ORDER BY r.id DESC LIMIT 1))
$$;

CREATE FUNCTION lead_source_allowed() RETURNS void LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team indlæser emner.');
    END IF;
END $$;

-- GET /v1/lead-sources: by name; there are few.
CREATE FUNCTION lead_source_list() RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
BEGIN
    PERFORM lead_source_allowed();
    RETURN (200, (SELECT jsonb_build_object('items', coalesce(jsonb_agg(lead_source_document(s) ORDER BY s.name), '[]'))
                  FROM lead_source s)::text, NULL::bigint, NULL::text, false)::api_reply;
END $$;

CREATE FUNCTION lead_source_reply(s lead_source, code int) RETURNS api_reply LANGUAGE sql STABLE
AS $$
    SELECT (code, lead_source_document(s)::text, s.version, CASE WHEN code = 201 THEN '/v1/lead-sources/' || s.id END, false)::api_reply
$$;

-- What only the database knows wrong with a body.
CREATE FUNCTION lead_source_faults(body jsonb, own uuid) RETURNS jsonb LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM lead_source s WHERE lower(s.name) = lower(btrim(body ->> 'name')) AND s.id IS DISTINCT FROM own)
        THEN '[{"pointer": "/name", "code": "TAKEN", "detail": "En kilde har det navn allerede."}]'::jsonb ELSE '[]' END
$$;

-- POST /v1/lead-sources. The same name with the same mapping is the same source.
CREATE FUNCTION lead_source_create(body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    made lead_source;
    faults jsonb;
BEGIN
    PERFORM lead_source_allowed();
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_source', 0));
    SELECT * INTO made FROM lead_source s WHERE s.name = btrim(body ->> 'name') AND s.mapping = body -> 'mapping';
    IF FOUND THEN
        RETURN lead_source_reply(made, 200);
    END IF;
    faults := lead_source_faults(body, NULL);
    IF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    INSERT INTO lead_source (name, mapping) VALUES (btrim(body ->> 'name'), body -> 'mapping') RETURNING * INTO made;
    PERFORM audit_append('lead.source', 'lead_source', made.id::text, '{}', jsonb_build_object('name', made.name));
    RETURN lead_source_reply(made, 201);
END $$;

CREATE FUNCTION lead_source_read(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE found_source lead_source;
BEGIN
    SELECT * INTO found_source FROM lead_source s WHERE s.id = wanted;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kilden findes ikke.');
    END IF;
    RETURN lead_source_reply(found_source, 200);
END $$;

-- PUT /v1/lead-sources/{id}: the mapping is of the next file; what was read before stays as it is.
CREATE FUNCTION lead_source_put(wanted uuid, seen_version bigint, body jsonb) RETURNS api_reply LANGUAGE plpgsql
AS $$
DECLARE
    held lead_source;
    faults jsonb := lead_source_faults(body, wanted);
BEGIN
    SELECT * INTO held FROM lead_source s WHERE s.id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kilden findes ikke.');
    ELSIF seen_version <> 0 AND seen_version <> held.version THEN
        PERFORM raise_problem('EB412', 'version-stale', 'Kilden er ændret, siden den blev læst.');
    ELSIF faults <> '[]' THEN
        PERFORM raise_problem('EB422', 'invalid-body', faults::text);
    END IF;
    IF held.name <> btrim(body ->> 'name') OR held.mapping <> body -> 'mapping' THEN
        UPDATE lead_source s SET name = btrim(body ->> 'name'), mapping = body -> 'mapping', version = s.version + 1, changed_at = now()
        WHERE s.id = wanted RETURNING * INTO held;
        PERFORM audit_append('lead.source', 'lead_source', held.id::text, '{}', jsonb_build_object('name', held.name));
    END IF;
    RETURN lead_source_reply(held, 200);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Importing

-- Begins a reading. Runs that were broken off leave what they had read; a day later it is of no use.
CREATE FUNCTION lead_source_begin(wanted uuid, is_dry boolean, OUT mapping text, OUT run bigint, OUT today text) LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM lead_source_allowed();
    SELECT s.mapping::text INTO mapping FROM lead_source s WHERE s.id = wanted;
    IF mapping IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kilden findes ikke.');
    END IF;
    DELETE FROM lead_source_row r USING lead_source_run u
    WHERE u.id = r.run AND u.source = wanted AND u.started_at < now() - interval '1 day';
    INSERT INTO lead_source_run (source, dry) VALUES (wanted, is_dry) RETURNING id INTO run;
    today := to_char(now() AT TIME ZONE 'Europe/Copenhagen', 'YYYY-MM-DD');
END $$;

-- At most 500 rows of the run, [{"line", "row", "item", "raw"}], in one transaction. A row that came before in the file is no second one.
-- Dry: what would become of them, and nothing of it stays. What each row became, in their order:
-- [{"outcome", "lead_id", "line"}], `line` where a 'duplicate' stood first.
CREATE FUNCTION lead_source_take(wanted uuid, wanted_run bigint, rows jsonb, is_dry boolean) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    fresh jsonb;
    received jsonb := '[]';
    known jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(r.row_key, r.line), '{}') INTO known
    FROM lead_source_row r WHERE r.run = wanted_run AND r.row_key IN (SELECT i.item ->> 'row' FROM jsonb_array_elements(rows) AS i (item));
    SELECT coalesce(jsonb_agg(f.item ORDER BY f.place), '[]') INTO fresh
    FROM (SELECT DISTINCT ON (i.item ->> 'row') i.item, i.place FROM jsonb_array_elements(rows) WITH ORDINALITY AS i (item, place)
          WHERE NOT known ? (i.item ->> 'row') ORDER BY i.item ->> 'row', i.place) AS f;
    BEGIN
        IF fresh <> '[]' THEN
            received := lead_receive_rows(wanted, (SELECT jsonb_agg(f.item - 'line' ORDER BY f.place)
                                                   FROM jsonb_array_elements(fresh) WITH ORDINALITY AS f (item, place))) -> 'rows';
        END IF;
        IF is_dry THEN
            RAISE EXCEPTION USING ERRCODE = 'EB000';
        END IF;
    EXCEPTION WHEN SQLSTATE 'EB000' THEN
        NULL;
    END;
    INSERT INTO lead_source_row (run, row_key, line)
    SELECT wanted_run, f.item ->> 'row', (f.item ->> 'line')::bigint FROM jsonb_array_elements(fresh) AS f (item);
    RETURN (
        SELECT coalesce(jsonb_agg(CASE WHEN first.line = (i.item ->> 'line')::bigint
                                       THEN jsonb_build_object('outcome', b.item -> 'outcome', 'lead_id',
                                                CASE WHEN NOT is_dry OR b.item ->> 'outcome' <> 'created' THEN b.item -> 'lead_id' END)
                                       ELSE jsonb_build_object('outcome', 'duplicate', 'line', first.line) END ORDER BY i.place), '[]')
        FROM jsonb_array_elements(rows) WITH ORDINALITY AS i (item, place)
        JOIN lead_source_row first ON first.run = wanted_run AND first.row_key = i.item ->> 'row'
        LEFT JOIN jsonb_array_elements(received) AS b (item) ON b.item ->> 'row' = i.item ->> 'row');
END $$;

-- Ends the run: names rows that are listed and were not in the file (the first 1,000), and unlists them when it was the whole list and
-- no later list of the source is on its way. Nobody else writes origins meanwhile.
CREATE FUNCTION lead_source_finish(wanted uuid, wanted_run bigint, complete boolean, counted jsonb) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    is_dry boolean;
    gone uuid[];
    answer jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    gone := ARRAY(SELECT o.id FROM lead_origin o
                  WHERE o.source = wanted AND o.listed AND complete
                    AND NOT EXISTS (SELECT FROM lead_source_run l WHERE l.source = wanted AND l.id > wanted_run AND NOT l.dry)
                    AND NOT EXISTS (SELECT FROM lead_source_row r WHERE r.run = wanted_run AND r.row_key = o.row_key));
    SELECT jsonb_build_object('missing', cardinality(gone), 'missing_rows', coalesce(jsonb_agg(jsonb_build_object(
               'row', m.row_key, 'lead_id', m.lead_id, 'company', m.data #> '{winner,name}', 'project', m.data #> '{project,name}')
               ORDER BY m.place), '[]'))
    INTO answer
    FROM (SELECT o.* FROM lead_origin o WHERE o.id = ANY (gone) ORDER BY o.place LIMIT 1000) AS m;
    SELECT u.dry INTO STRICT is_dry FROM lead_source_run u WHERE u.id = wanted_run AND u.source = wanted;
    IF NOT is_dry THEN
        PERFORM lead_unlist(gone);
        PERFORM audit_append('lead.exported', 'lead_source', wanted::text, '{}', counted || jsonb_build_object('missing', cardinality(gone)));
    END IF;
    UPDATE lead_source_run u SET ended_at = now(), counts = counted || jsonb_build_object('missing', cardinality(gone)) WHERE u.id = wanted_run;
    DELETE FROM lead_source_row r WHERE r.run = wanted_run;
    RETURN answer;
END $$;

GRANT EXECUTE ON FUNCTION lead_source_document(lead_source), lead_source_allowed(), lead_source_list(), lead_source_reply(lead_source, int),
    lead_source_faults(jsonb, uuid), lead_source_create(jsonb), lead_source_read(uuid), lead_source_put(uuid, bigint, jsonb),
    lead_source_begin(uuid, boolean), lead_source_take(uuid, bigint, jsonb, boolean),
    lead_source_finish(uuid, bigint, boolean, jsonb) TO emnebank_front;

RESET ROLE;
