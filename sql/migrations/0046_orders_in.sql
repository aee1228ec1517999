-- Orders from sheets, and orders as job postings (https://schema.org/JobPosting). Free texts and postings that come in are read by the
-- daemon and store nothing; what a person makes of them comes in by order_create.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Orders as postings

-- What a word of the vocabulary is called; its code where it is called nothing.
CREATE FUNCTION word_label(word_kind text, word_code text) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT coalesce((SELECT w.label FROM vocabulary_word w WHERE (w.kind, w.code) = (word_kind, word_code) AND w.to_version IS NULL), word_code)
$$;

-- Kinds of work as an ad says them. "TEMPORARY" is what readers of postings know; of the rest they know nothing.
CREATE FUNCTION posting_kinds(kinds text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(jsonb_agg(DISTINCT w.word), '[]')
    FROM unnest(kinds) AS k (kind)
    JOIN (VALUES ('permanent', 'fastansættelse'), ('temporary', 'TEMPORARY'), ('temporary', 'midlertidig ansættelse'),
                 ('seasonal', 'TEMPORARY'), ('seasonal', 'sæsonarbejde'), ('job_rotation', 'TEMPORARY'), ('job_rotation', 'jobrotation'),
                 ('wage_subsidy', 'løntilskud'), ('work_trial', 'virksomhedspraktik'), ('flex', 'fleksjob')) AS w (kind, word)
      ON w.kind = k.kind
$$;

-- The requirements of an order as words, musts or wishes.
CREATE FUNCTION posting_words(wanted uuid, wanted_necessity text) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT string_agg(CASE WHEN q.kind = 'language' AND q.minimum_level IS NOT NULL
                           THEN word_label(q.kind, q.code) || ' på ' || (ARRAY['A1', 'A2', 'B1', 'B2', 'C1', 'C2'])[q.minimum_level] || '-niveau'
                           ELSE word_label(q.kind, q.code) END, ', ' ORDER BY q.position)
    FROM job_requirement q WHERE q.order_id = wanted AND q.necessity = wanted_necessity
$$;

-- An order as anybody may be shown it. Only what an ad would say: no lead, no clock, no list, no words of staff, no weights. NULL: it is not
-- there for this caller.
CREATE FUNCTION order_posting(wanted uuid) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT jsonb_strip_nulls(jsonb_build_object(
        '@context', 'https://schema.org', '@type', 'JobPosting',
        'identifier', jsonb_build_object('@type', 'PropertyValue', 'name', 'emnebank', 'value', o.id),
        'title', o.title,
        'description', concat_ws(E'\n',
            'Der søges ' || o.posts || ' til: ' || coalesce((SELECT string_agg(word_label('occupation', t.code), ', ' ORDER BY t.place)
                                                 FROM unnest(o.occupations) WITH ORDINALITY AS t (code, place)), o.title) || '.',
            'Krav: ' || posting_words(o.id, 'must') || '.', 'Ønsker: ' || posting_words(o.id, 'nice') || '.'),
        'datePosted', (o.received_at AT TIME ZONE 'Europe/Copenhagen')::date,
        'validThrough', o.start_date, 'jobStartDate', o.start_date, 'totalJobOpenings', o.posts,
        'employmentType', posting_kinds(o.kinds),
        'jobDuration', 'P' || (o.end_date - o.start_date + 1) || 'D',
        'hiringOrganization', jsonb_build_object('@type', 'Organization', 'name', e.name,
            'identifier', jsonb_build_object('@type', 'PropertyValue', 'propertyID', 'CVR', 'value', e.cvr)),
        'jobLocation', jsonb_build_object('@type', 'Place', 'address', jsonb_build_object('@type', 'PostalAddress',
            'postalCode', o.postcode, 'addressLocality', (SELECT p.name FROM postcode p WHERE p.code = o.postcode), 'addressCountry', 'DK')),
        'occupationalCategory', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('@type', 'CategoryCode', 'codeValue', t.code,
                'name', word_label('occupation', t.code), 'url', k.esco_uri, 'inCodeSet', 'STAR')) ORDER BY t.place)
            FROM unnest(o.occupations) WITH ORDINALITY AS t (code, place) LEFT JOIN trade k ON k.code = t.code),
        'skills', (SELECT jsonb_agg(jsonb_build_object('@type', 'DefinedTerm', 'termCode', q.code, 'name', word_label(q.kind, q.code))
                ORDER BY q.position) FROM job_requirement q WHERE q.order_id = o.id AND q.kind = 'competence'),
        'qualifications', 'Krav: ' || (SELECT string_agg(word_label(q.kind, q.code), ', ' ORDER BY q.position) FROM job_requirement q
            WHERE q.order_id = o.id AND q.kind IN ('certificate', 'licence') AND q.necessity = 'must')))
    FROM job_order o JOIN organisation e ON e.id = o.employer_id
    WHERE o.id = wanted);
END $$;

-- GET /v1/job-orders/{id}/posting: of an order that people can still come to.
CREATE FUNCTION order_posting_reply(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE
    found job_order;
    answer api_reply;
BEGIN
    SELECT * INTO found FROM job_order o WHERE o.id = wanted AND order_live(o.state);
    IF found.id IS NULL THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke, eller den er ikke åben.');
    END IF;
    answer.status := 200;
    answer.body := order_posting(wanted)::text;
    answer.etag := found.version;
    answer.replayed := false;
    RETURN answer;
END $$;

-- GET /v1/job-orders/postings: those that are open, newest first, with a number that changes when the page does. Positions as order_page.
CREATE FUNCTION order_postings(position_before text, page_limit int, OUT items text, OUT next_position text, OUT etag bigint)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    WITH page AS MATERIALIZED (
        SELECT o.id, o.created_at, row_number() OVER (ORDER BY o.created_at DESC, o.id DESC) AS place
        FROM job_order o
        WHERE o.state IN ('open', 'in_treatment')
          AND (position_before = '' OR (o.created_at, o.id) <
               (timestamptz 'epoch' + nullif(split_part(position_before, '/', 1), '')::bigint * interval '1 microsecond',
                nullif(split_part(position_before, '/', 2), '')::uuid))
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT page_limit + 1)
    SELECT (SELECT coalesce(jsonb_agg(order_posting(p.id) ORDER BY p.place), '[]')::text FROM page p WHERE p.place <= page_limit),
           (SELECT (extract(epoch FROM p.created_at) * 1000000)::bigint || '/' || p.id FROM page p
            WHERE p.place = page_limit AND EXISTS (SELECT FROM page q WHERE q.place > page_limit))
    INTO items, next_position;
    etag := (hashtextextended(items || coalesce(next_position, ''), 0) & 9223372036854775806) + 1;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Orders from a sheet. A row is known by its reference, or by what it says where it has none: the same file again makes nothing.

CREATE TABLE order_row (
    organisation_id uuid NOT NULL REFERENCES organisation,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 128),
    digest text NOT NULL,       -- of what the row said
    order_id uuid NOT NULL REFERENCES job_order,
    PRIMARY KEY (organisation_id, reference)
);
ALTER TABLE order_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_row FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON order_row TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY own ON order_row TO emnebank_front USING (organisation_id = app_tenant()) WITH CHECK (organisation_id = app_tenant());
GRANT SELECT, INSERT ON order_row TO emnebank_front;

-- One row: a draft, once. A row that says something else than before changes nothing: its order may have been worked on.
CREATE FUNCTION order_row_receive(item jsonb, received timestamptz, due timestamptz, dry boolean) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    known order_row;
    made uuid;
    problem text;
BEGIN
    SELECT * INTO known FROM order_row r WHERE r.organisation_id = app_tenant() AND r.reference = item ->> 'reference';
    IF known.order_id IS NOT NULL THEN
        RETURN jsonb_build_object('outcome', CASE WHEN known.digest = item ->> 'digest' THEN 'unchanged' ELSE 'differs' END,
                                  'order_id', known.order_id, 'errors', '[]'::jsonb);
    END IF;
    IF dry THEN
        RETURN jsonb_build_object('outcome', CASE order_faults(item -> 'body') WHEN '[]' THEN 'created' ELSE 'rejected' END, 'order_id', NULL,
                                  'errors', order_faults(item -> 'body'));
    END IF;
    BEGIN
        made := order_new(item -> 'body', received, due);
        INSERT INTO order_row (organisation_id, reference, digest, order_id)
        VALUES (app_tenant(), item ->> 'reference', item ->> 'digest', made);
    EXCEPTION WHEN SQLSTATE 'EB422' THEN
        RETURN jsonb_build_object('outcome', 'rejected', 'order_id', NULL, 'errors', order_faults(item -> 'body'));
    END;
    RETURN jsonb_build_object('outcome', 'created', 'order_id', made, 'errors', '[]'::jsonb);
END $$;

-- POST /v1/job-orders/import: what became of each row, in their order.
CREATE FUNCTION order_rows_receive(rows jsonb, received timestamptz, due timestamptz, dry boolean) RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
    item jsonb;
    answers jsonb := '[]';
BEGIN
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Kun myndigheder og det fælles team opretter jobordrer.');
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('order_row ' || app_tenant(), 0));
    FOR item IN SELECT value FROM jsonb_array_elements(rows) LOOP
        answers := answers || jsonb_build_array(order_row_receive(item, received, due, dry));
    END LOOP;
    RETURN answers;
END $$;

GRANT EXECUTE ON FUNCTION word_label(text, text), posting_kinds(text[]), posting_words(uuid, text), order_posting(uuid), order_posting_reply(uuid),
    order_postings(text, int), order_row_receive(jsonb, timestamptz, timestamptz, boolean),
    order_rows_receive(jsonb, timestamptz, timestamptz, boolean) TO emnebank_front;

RESET ROLE;
