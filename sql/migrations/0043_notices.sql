-- Award notices of more formats: the older TED XML beside eForms, and OCDS releases.
--
-- OCDS has no versions: the minute of a release's date (since 1970) is the version of what it says of one award, so versions go beyond 99.
-- The Official Journal's number names one notice, in whatever format it comes.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

ALTER TABLE lead_notice DROP CONSTRAINT lead_notice_version_check, ADD CONSTRAINT lead_notice_version_check CHECK (version >= 0);
CREATE INDEX lead_notice_publication ON lead_notice (publication) WHERE publication IS NOT NULL;

DO $$
BEGIN
    -- One number of the Official Journal is one notice. Its id may differ: TED XML has none, and converters make their own.
    PERFORM function_reword('lead_notice_known(jsonb)',
        '    -- Another version of it, if there is but one notice of this id to be a version of.',
        '    SELECT * INTO known FROM lead_notice n WHERE n.publication = own_publication ORDER BY n.imported_at, n.id LIMIT 1;
    IF FOUND THEN
        RETURN known;
    END IF;
    -- Another version of it, if there is but one notice of this id to be a version of.');
    -- What TED XML says less well than eForms does not replace it.
    PERFORM function_reword('lead_import(jsonb)',
        '    ELSIF known.notice_id = notice ->> ''notice_id'' AND known.version >',
        '    ELSIF known.notice_id NOT LIKE ''publication:%'' AND notice ->> ''notice_id'' LIKE ''publication:%'' THEN
        RETURN lead_import_reply(known, ''superseded'', lead_import_items(known.id, ''unchanged''), 0,
            known.lines || jsonb_build_array(jsonb_build_object(''severity'', ''note'', ''code'', ''SAME_PUBLICATION'', ''lot'', NULL,
                ''text'', format(''Bekendtgørelse %s er allerede indlæst som eForms, der siger mere; intet er ændret'', known.publication))));
    ELSIF known.notice_id = notice ->> ''notice_id'' AND known.version >');
    PERFORM function_reword('lead_import(jsonb)',
        'format(''Version %s er ældre end version %s, som er indlæst; intet er ændret'',
                               notice ->> ''version'', known.version)',
        'CASE WHEN known.version > 99 THEN ''Udgivelsen er ældre end den, som er indlæst; intet er ændret''
                     ELSE format(''Version %s er ældre end version %s, som er indlæst; intet er ændret'',
                                 notice ->> ''version'', known.version) END');
END $$;

-- POST /v1/leads/releases: a batch of awards, each as lead_import takes it, in the order in which they were said. What it answers, a list.
CREATE FUNCTION lead_import_releases(notices jsonb) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    answers jsonb := '[]';
    item jsonb;
    done api_reply;
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team indlæser bekendtgørelser.');
    END IF;
    FOR item IN SELECT e.item FROM jsonb_array_elements(notices) WITH ORDINALITY AS e (item, place) ORDER BY e.place LOOP
        done := lead_import(item);
        answers := answers || jsonb_build_array(done.body::jsonb);
    END LOOP;
    RETURN answers;
END $$;

GRANT EXECUTE ON FUNCTION lead_import_releases(jsonb) TO emnebank_front;

RESET ROLE;
