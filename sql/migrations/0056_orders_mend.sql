-- Orders: exceptions by a list of paragraphs, leads that are merged, and postings whose tag is of what they say.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

-- ---------------------------------------------------------------------------------------------------------------
-- Exceptions from the rules of the linter (0047). The legal basis is one of a list, as common/domain/order_body.c has it: the audit,
-- which never forgets, repeats no words of anybody's. The reason is somebody's own words: it stands in the table alone, and is forgotten.

CREATE FUNCTION exemption_law(basis text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE basis
        WHEN 'discrimination_act_1_3' THEN 'forskelsbehandlingsloven § 1, stk. 3'
        WHEN 'discrimination_act_5a' THEN 'forskelsbehandlingsloven § 5 a'
        WHEN 'discrimination_act_6_1' THEN 'forskelsbehandlingsloven § 6, stk. 1'
        WHEN 'discrimination_act_6_2' THEN 'forskelsbehandlingsloven § 6, stk. 2'
        WHEN 'discrimination_act_9' THEN 'forskelsbehandlingsloven § 9'
        WHEN 'equal_treatment_act_13' THEN 'ligebehandlingsloven § 13'
        WHEN 'freedom_of_association_act_3' THEN 'foreningsfrihedsloven § 3'
        WHEN 'other_act' THEN 'en anden lov'
    END
$$;

-- A code, or a paragraph as it was written before there were codes.
CREATE FUNCTION exemption_basis(said text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = emnebank, pg_temp
AS $$
    SELECT coalesce((SELECT b.code FROM unnest(ARRAY['discrimination_act_1_3', 'discrimination_act_5a', 'discrimination_act_6_1',
                        'discrimination_act_6_2', 'discrimination_act_9', 'equal_treatment_act_13', 'freedom_of_association_act_3',
                        'other_act']) AS b (code)
                     WHERE said IN (b.code, exemption_law(b.code))), 'unlisted')
$$;

-- What was written freely before goes to the reason, so that nothing is lost and it is forgotten with it.
ALTER TABLE order_exemption ALTER COLUMN reason DROP NOT NULL;
ALTER TABLE order_exemption ADD COLUMN salt uuid DEFAULT gen_random_uuid();
UPDATE order_exemption x SET reason = x.reason || ' (' || x.legal_basis || ')' WHERE exemption_basis(x.legal_basis) = 'unlisted';
UPDATE order_exemption x SET legal_basis = exemption_basis(x.legal_basis);
ALTER TABLE order_exemption ADD CHECK (legal_basis = 'unlisted' OR exemption_law(legal_basis) IS NOT NULL);
CREATE INDEX order_exemption_kept ON order_exemption (at) WHERE reason IS NOT NULL;

-- Reasons are kept for as long as a claim can be made (forældelsesloven § 4, stk. 1: five years for what comes of an employment), and
-- their salts with them: the digest in the audit is of nobody's words then. Each new exception sees to those before it.
CREATE FUNCTION exemption_forget() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    UPDATE order_exemption x SET reason = NULL, salt = NULL WHERE x.reason IS NOT NULL AND x.at < app_now() - interval '5 years';
END $$;

CREATE OR REPLACE FUNCTION order_exempt(wanted uuid, exemptions jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = emnebank, pg_temp
AS $$
DECLARE
    asked record;
    made order_exemption;
    named text := person_only();
BEGIN
    FOR asked IN SELECT e.item FROM order_list(exemptions) AS e (item, place) ORDER BY e.place LOOP
        INSERT INTO order_exemption (order_id, at, rule, title, reason, legal_basis, person, organisation_id)
        SELECT o.id, app_now(), asked.item ->> 'rule', o.title, asked.item ->> 'reason', exemption_basis(asked.item ->> 'legal_basis'), named,
               app_tenant()
        FROM job_order o WHERE o.id = wanted AND o.organisation_id = app_tenant()
        RETURNING * INTO made;
        IF NOT FOUND THEN
            PERFORM raise_problem('EB404', 'not-found', 'Jobordren findes ikke.');
        END IF;
        PERFORM audit_append('order.exempted', 'job_order', wanted::text, '{}',
                             jsonb_build_object('rule', made.rule, 'legal_basis', made.legal_basis, 'reason_digest',
                                                encode(sha256(convert_to(made.salt::text || made.reason, 'UTF8')), 'hex')));
    END LOOP;
    PERFORM exemption_forget();
END $$;

-- GET /v1/job-orders/{id}/exemptions (0047), with the paragraph's name.
CREATE OR REPLACE FUNCTION order_exemptions(wanted uuid) RETURNS api_reply LANGUAGE plpgsql STABLE
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
                        'legal_basis_da', coalesce(exemption_law(x.legal_basis), 'se begrundelsen'),
                        'person', x.person, 'organisation', jsonb_build_object('id', g.id, 'name', g.name),
                        'in_force', x.title = o.title) ORDER BY x.id), '[]'))::text
                    FROM order_exemption x JOIN job_order o ON o.id = x.order_id JOIN organisation g ON g.id = x.organisation_id
                    WHERE x.order_id = wanted);
    RETURN answer;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- An order of a lead that is another by now (0051), or none at all: a fault of the body, which names the lead that lives.

CREATE FUNCTION order_lead_faults(body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
AS $$
DECLARE
    named uuid;
    found lead;
BEGIN
    IF body ->> 'lead_id' IS NULL OR body ->> 'lead_id' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        RETURN '[]';
    END IF;
    named := (body ->> 'lead_id')::uuid;
    SELECT * INTO found FROM lead l WHERE l.id = named;
    IF found.id IS NULL THEN
        RETURN jsonb_build_array(jsonb_build_object('pointer', '/lead_id', 'code', 'UNKNOWN', 'detail', 'Emnet findes ikke.'));
    END IF;
    IF found.merged_into IS NOT NULL THEN
        RETURN jsonb_build_array(jsonb_build_object('pointer', '/lead_id', 'code', 'MERGED',
                                                    'detail', format('Emnet er lagt sammen med %s; brug det.', found.merged_into)));
    END IF;
    RETURN '[]';
END $$;

-- A lead is not merged between the look and the order: whoever merges holds it, too.
CREATE FUNCTION order_lead_hold(wanted uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp
AS $$
BEGIN
    PERFORM FROM lead l WHERE l.id = wanted FOR NO KEY UPDATE;
END $$;

DO $$
BEGIN
    PERFORM function_reword('order_unknown_faults(jsonb)', ') AS faults);', ') AS faults) || order_lead_faults(body);');
    PERFORM function_reword('order_receive(jsonb,timestamptz,timestamptz)', '    PERFORM order_refuse_faults(body, draft);', $words$
    IF body ->> 'lead_id' IS NOT NULL THEN
        PERFORM order_lead_hold((body ->> 'lead_id')::uuid);
    END IF;
    PERFORM order_refuse_faults(body, draft);$words$);
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Postings (0046). Who searches them wants HTML in the description, says that nobody applies for the job there (directApply), and takes one
-- that is past its validThrough for gone: an order that is open when its start has passed holds today.

-- Lines of a description; those that are nothing are left out.
CREATE FUNCTION posting_lines(VARIADIC lines text[]) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT replace(replace(replace(array_to_string(lines, E'\n'), '&', '&amp;'), '<', '&lt;'), '>', '&gt;') $$;

DO $$
BEGIN
    PERFORM function_reword('order_posting(uuid)', $words$'description', concat_ws(E'\n',$words$,
        $words$'directApply', false, 'description', posting_lines($words$);
    PERFORM function_reword('order_posting(uuid)', $words$'validThrough', o.start_date,$words$,
        $words$'validThrough', greatest(o.start_date, (app_now() AT TIME ZONE 'Europe/Copenhagen')::date),$words$);
    -- The employer's name and the vocabulary's words change without the order: the tag is of what is said, as that of a page.
    PERFORM function_reword('order_posting_reply(uuid)', 'answer.etag := found.version;',
        'answer.etag := (hashtextextended(answer.body, 0) & 9223372036854775806) + 1;');
END $$;

GRANT EXECUTE ON FUNCTION exemption_law(text), exemption_basis(text), order_lead_faults(jsonb), order_lead_hold(uuid), posting_lines(text[])
    TO emnebank_front;

RESET ROLE;
