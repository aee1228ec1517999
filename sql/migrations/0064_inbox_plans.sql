-- What the inbox looks up of its leads and origins, it looks up by their keys, however the tables were when the plan was made (0041).
--
-- Counted while all that is in them belongs to an import that is not committed yet, lead and lead_origin are planned as one row each until
-- they are counted again. Leads that are merged anew were then looked for among all leads, each of them merged on the way, and two leads'
-- common notice in a join of all origins with all origins: a set of four hundred rows took minutes.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

DO $$
BEGIN
    PERFORM function_reword('lead_remerge(uuid[])', 'WHERE l.id = m.lead_id', 'WHERE l.id = ANY (ARRAY[m.lead_id])');
    PERFORM function_reword('lead_liken(uuid[])',
        'NOT EXISTS (SELECT FROM lead_origin a JOIN lead_origin b ON b.notice = a.notice WHERE a.lead_id = p.other AND b.lead_id = p.id)',
        '(SELECT count(*) FROM lead_origin a
               WHERE a.lead_id = p.other AND a.notice = ANY (ARRAY(SELECT b.notice FROM lead_origin b WHERE b.lead_id = p.id))) = 0');
END $$;

RESET ROLE;
