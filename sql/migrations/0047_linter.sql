-- Orders whose title says what a job ad may not (services/orders/linter): the exceptions that a named person has answered for.
-- The words themselves are judged by the daemon, before an order gets here.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- An exception holds for the title that it was made for, and no longer than that stands. The reason is a person's own words, so it stays
-- here, where it can be erased with the order; the audit has its digest.
CREATE TABLE order_exemption (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES job_order ON DELETE CASCADE,
    at timestamptz NOT NULL,
    rule text NOT NULL CHECK (rule IN ('age', 'sex', 'family', 'origin', 'language', 'religion', 'union', 'health', 'orientation', 'politics')),
    title text NOT NULL,
    reason text NOT NULL,
    legal_basis text NOT NULL,
    person text NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisation
);
CREATE INDEX order_exemption_order ON order_exemption (order_id, id);
CREATE INDEX order_exemption_organisation ON order_exemption (organisation_id);
ALTER TABLE order_exemption ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_exemption FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON order_exemption TO emnebank_owner USING (true) WITH CHECK (true);
CREATE POLICY partners ON order_exemption FOR SELECT TO emnebank_front USING ((SELECT app_partner()));
GRANT SELECT ON order_exemption TO emnebank_front;

-- SECURITY DEFINER: exemptions are nobody's to write; of the caller's own orders alone.
CREATE FUNCTION order_exempt(wanted uuid, exemptions jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
DECLARE
    asked record;
    named text := person_only();
BEGIN
    FOR asked IN SELECT e.item FROM order_list(exemptions) AS e (item, place) ORDER BY e.place LOOP
        INSERT INTO order_exemption (order_id, at, rule, title, reason, legal_basis, person, organisation_id)
        SELECT o.id, app_now(), asked.item ->> 'rule', o.title, asked.item ->> 'reason', asked.item ->> 'legal_basis', named, app_tenant()
        FROM job_order o WHERE o.id = wanted AND o.organisation_id = app_tenant();
        IF NOT FOUND THEN
            PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
        END IF;
        PERFORM audit_append('order.exempted', 'job_order', wanted::text, '{}',
                             jsonb_build_object('rule', asked.item ->> 'rule', 'legal_basis', asked.item ->> 'legal_basis',
                                                'reason_sha256', encode(sha256(convert_to(asked.item ->> 'reason', 'UTF8')), 'hex')));
    END LOOP;
END $$;

-- 0038's, and what the body asks to be exempted from.
CREATE OR REPLACE FUNCTION order_audit_new(made uuid, body jsonb) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM audit_append('order.created', 'job_order', made::text, '{}', jsonb_build_object('draft', order_is_draft(body)));
    IF jsonb_typeof(body -> 'exemptions') = 'array' THEN
        PERFORM order_exempt(made, body -> 'exemptions');
    END IF;
END $$;

-- What is to be judged when an order opens: its title, and the rules that it is exempted from. Nothing of an order that the caller may
-- not see: whatever opens it says so.
CREATE FUNCTION order_title(wanted uuid, OUT title text, OUT exempted text) RETURNS SETOF record LANGUAGE sql STABLE
AS $$
    SELECT o.title, (SELECT coalesce(jsonb_agg(DISTINCT x.rule), '[]')::text FROM order_exemption x
                     WHERE x.order_id = o.id AND x.title = o.title)
    FROM job_order o WHERE o.id = wanted AND o.state = 'draft'
$$;

-- GET /v1/job-orders/{id}/exemptions: oldest first. Few: each is an act of a person.
CREATE FUNCTION order_exemptions(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
AS $$
DECLARE answer api_reply;
BEGIN
    IF NOT EXISTS (SELECT FROM job_order o WHERE o.id = wanted) THEN
        PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
    END IF;
    IF NOT app_partner() THEN
        PERFORM raise_problem('EB403', 'forbidden', 'Jobordrens undtagelser er partnernes egne.');
    END IF;
    answer.status := 200;
    answer.body := (SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
                        'at', order_time(x.at), 'rule', x.rule, 'title', x.title, 'reason', x.reason, 'legal_basis', x.legal_basis,
                        'person', x.person, 'organisation', jsonb_build_object('id', g.id, 'name', g.name),
                        'in_force', x.title = o.title) ORDER BY x.id), '[]'))::text
                    FROM order_exemption x JOIN job_order o ON o.id = x.order_id JOIN organisation g ON g.id = x.organisation_id
                    WHERE x.order_id = wanted);
    RETURN answer;
END $$;

GRANT EXECUTE ON FUNCTION order_exempt(uuid, jsonb), order_title(uuid), order_exemptions(uuid) TO emnebank_front;

RESET ROLE;
