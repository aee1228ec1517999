-- Employers found by a number stand first, be it the company's or a unit's; and what is only alike stands below every beginning, though its
-- words be the very ones asked for in another order.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

DO $$
DECLARE search regprocedure := 'employer_search(jsonb, int)';
BEGIN
    PERFORM function_reword(search, 'CASE WHEN f.cvr LIKE digits || ''%'' THEN 0',
        'CASE WHEN f.cvr LIKE digits || ''%''
                             OR EXISTS (SELECT FROM employer_unit u WHERE u.employer_id = f.id AND u.p_number LIKE digits || ''%'') THEN 0');
    PERFORM function_reword(search, 'ELSE 3 - word_similarity', 'ELSE 4 - word_similarity');
END $$;

RESET ROLE;
