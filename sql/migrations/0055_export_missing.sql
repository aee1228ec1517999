-- What is missing from an export's file, said only where the file can say it: rows that became no lead are there all the same, and a file
-- that is cut, empty or another one unlists nobody unless somebody confirms it. Rows are unlisted in parts, each a transaction.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- The last row that the source had before the run: what the run itself brings says nothing about the file.
ALTER TABLE lead_source_run ADD COLUMN known bigint NOT NULL DEFAULT 0;
-- False: the row is in the file and became no lead.
ALTER TABLE lead_source_row ADD COLUMN taken boolean NOT NULL DEFAULT true;
GRANT UPDATE ON lead_source_row TO emnebank_front;

-- By what a row is known to be in the file that names its project and no company: every row of that project may be it.
CREATE FUNCTION lead_source_project_keys(project jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT array_remove(ARRAY[
        'reference:' || coalesce(nullif(lead_fold(project ->> 'reference'), ''), nullif(project ->> 'reference', '')),
        'project:' || coalesce(nullif(lead_fold(project ->> 'name'), ''), nullif(project ->> 'name', ''))], NULL)
$$;

CREATE OR REPLACE FUNCTION lead_source_begin(wanted uuid, is_dry boolean, OUT mapping text, OUT run bigint, OUT today text) LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM lead_source_allowed();
    SELECT s.mapping::text INTO mapping FROM lead_source s WHERE s.id = wanted;
    IF mapping IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Kilden findes ikke.');
    END IF;
    DELETE FROM lead_source_row r USING lead_source_run u
    WHERE u.id = r.run AND u.source = wanted AND u.started_at < now() - interval '1 day';
    INSERT INTO lead_source_run (source, dry, known)
    SELECT wanted, is_dry, coalesce(max(o.place), 0) FROM lead_origin o WHERE o.source = wanted RETURNING id INTO lead_source_begin.run;
    today := to_char(now() AT TIME ZONE 'Europe/Copenhagen', 'YYYY-MM-DD');
END $$;

-- As before, and a row without an item is in the file and becomes no lead: {"line", "row"}, or {"line", "project": {"reference", "name"}}
-- where its own key cannot be read. It keeps no later row of the same key out.
CREATE OR REPLACE FUNCTION lead_source_take(wanted uuid, wanted_run bigint, rows jsonb, is_dry boolean) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    fresh jsonb;
    received jsonb := '[]';
    known jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(r.row_key, r.line), '{}') INTO known
    FROM lead_source_row r
    WHERE r.run = wanted_run AND r.taken AND r.row_key IN (SELECT i.item ->> 'row' FROM jsonb_array_elements(rows) AS i (item));
    SELECT coalesce(jsonb_agg(f.item ORDER BY f.place), '[]') INTO fresh
    FROM (SELECT DISTINCT ON (i.item ->> 'row') i.item, i.place FROM jsonb_array_elements(rows) WITH ORDINALITY AS i (item, place)
          WHERE i.item ? 'item' AND NOT known ? (i.item ->> 'row') ORDER BY i.item ->> 'row', i.place) AS f;
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
    INSERT INTO lead_source_row AS r (run, row_key, line)
    SELECT wanted_run, f.item ->> 'row', (f.item ->> 'line')::bigint FROM jsonb_array_elements(fresh) AS f (item)
    ON CONFLICT (run, row_key) DO UPDATE SET taken = true, line = excluded.line WHERE NOT r.taken;
    INSERT INTO lead_source_row (run, row_key, line, taken)
    SELECT wanted_run, k.key, min((i.item ->> 'line')::bigint), false
    FROM jsonb_array_elements(rows) AS i (item),
         LATERAL coalesce(i.item ->> 'row', (lead_source_project_keys(i.item -> 'project'))[1]) AS k (key)
    WHERE NOT i.item ? 'item' AND k.key IS NOT NULL
    GROUP BY k.key
    ON CONFLICT DO NOTHING;
    RETURN (
        SELECT coalesce(jsonb_agg(CASE WHEN NOT i.item ? 'item' THEN '{"outcome": "present"}'
                                       WHEN first.line = (i.item ->> 'line')::bigint
                                       THEN jsonb_build_object('outcome', b.item -> 'outcome', 'lead_id',
                                                CASE WHEN NOT is_dry OR b.item ->> 'outcome' <> 'created' THEN b.item -> 'lead_id' END)
                                       ELSE jsonb_build_object('outcome', 'duplicate', 'line', first.line) END ORDER BY i.place), '[]')
        FROM jsonb_array_elements(rows) WITH ORDINALITY AS i (item, place)
        LEFT JOIN lead_source_row first ON first.run = wanted_run AND first.row_key = i.item ->> 'row'
        LEFT JOIN jsonb_array_elements(received) AS b (item) ON b.item ->> 'row' = i.item ->> 'row');
END $$;

-- Rows that were listed before the run and are not in its file, by place; none when a later file of the source is on its way.
CREATE FUNCTION lead_source_gone(wanted uuid, wanted_run bigint, after bigint) RETURNS SETOF lead_origin LANGUAGE sql STABLE
AS $$
    WITH absent AS MATERIALIZED (
        SELECT o.* FROM lead_origin o JOIN lead_source_run u ON u.id = wanted_run
        WHERE o.source = wanted AND o.listed AND o.place > after AND o.place <= u.known
          AND NOT EXISTS (SELECT FROM lead_source_row r WHERE r.run = wanted_run AND r.row_key = o.row_key)
    )
    SELECT a.* FROM absent a
    WHERE NOT EXISTS (SELECT FROM lead_source_row r
                      WHERE r.run = wanted_run AND r.row_key = ANY (lead_source_project_keys(a.data -> 'project')))
      AND NOT EXISTS (SELECT FROM lead_source_run l WHERE l.source = wanted AND l.id > wanted_run AND NOT l.dry)
    ORDER BY a.place
$$;

-- What is missing from the file of a run, the first 1,000 by name: {"missing", "missing_rows", "missing_unknown"}. `doubt` is why the file
-- itself cannot say it, or NULL. Nothing is unlisted yet.
CREATE FUNCTION lead_source_missing(wanted uuid, wanted_run bigint, doubt text, confirmed boolean) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    gone bigint := 0;
    had bigint;
    named jsonb := '[]';
BEGIN
    IF doubt IS NULL AND EXISTS (SELECT FROM lead_source_run l WHERE l.source = wanted AND l.id > wanted_run AND NOT l.dry) THEN
        doubt := 'later_import';
    END IF;
    IF doubt IS NULL THEN
        SELECT count(*) INTO had FROM lead_origin o JOIN lead_source_run u ON u.id = wanted_run
        WHERE o.source = wanted AND o.listed AND o.place <= u.known;
        SELECT count(*), coalesce(jsonb_agg(jsonb_build_object('row', g.row_key, 'lead_id', g.lead_id, 'company', g.data #> '{winner,name}',
                   'project', g.data #> '{project,name}') ORDER BY g.place) FILTER (WHERE g.turn <= 1000), '[]')
        INTO gone, named
        FROM (SELECT o.*, row_number() OVER (ORDER BY o.place) AS turn FROM lead_source_gone(wanted, wanted_run, 0) AS o) AS g;
        -- More than half of them in one week is a file that was cut, or of something else.
        IF NOT confirmed AND 2 * gone > had THEN
            doubt := 'too_few';
            gone := 0;
            named := '[]';
        END IF;
    END IF;
    RETURN jsonb_build_object('missing', gone, 'missing_rows', named, 'missing_unknown', doubt);
END $$;

-- Unlists at most 500 of the rows behind `after` that are missing. The last one's place, or NULL when there are no more. Nobody else
-- writes origins meanwhile.
CREATE FUNCTION lead_source_unlist(wanted uuid, wanted_run bigint, after bigint) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE
    gone uuid[];
    last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lead_import', 0));
    SELECT array_agg(g.id), max(g.place) INTO gone, last FROM (SELECT * FROM lead_source_gone(wanted, wanted_run, after) LIMIT 500) AS g;
    PERFORM lead_unlist(gone) WHERE gone IS NOT NULL;
    RETURN last;
END $$;

-- Ends the run.
DROP FUNCTION lead_source_finish(uuid, bigint, boolean, jsonb);
CREATE FUNCTION lead_source_finish(wanted uuid, wanted_run bigint, counted jsonb) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE is_dry boolean;
BEGIN
    UPDATE lead_source_run u SET ended_at = now(), counts = counted WHERE u.id = wanted_run AND u.source = wanted RETURNING u.dry INTO STRICT is_dry;
    IF NOT is_dry THEN
        PERFORM audit_append('lead.exported', 'lead_source', wanted::text, '{}', counted);
    END IF;
    DELETE FROM lead_source_row r WHERE r.run = wanted_run;
END $$;

GRANT EXECUTE ON FUNCTION lead_source_project_keys(jsonb), lead_source_gone(uuid, bigint, bigint),
    lead_source_missing(uuid, bigint, text, boolean), lead_source_unlist(uuid, bigint, bigint),
    lead_source_finish(uuid, bigint, jsonb) TO emnebank_front;

RESET ROLE;
