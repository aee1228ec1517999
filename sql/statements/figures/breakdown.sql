-- Purpose:    hires by occupation and by kind of work, small counts of others left out
-- Parameters: $1 timestamptz[] borders of the months
-- Result:     a row per count: municipality of the candidates or NULL for all, 'occupation' or 'kind', code, title or NULL,
--             hires, whether exact
-- Tables:     through function figures_breakdown: referral, shortlist_entry, job_order, organisation, postcode, trade
SELECT home, breakdown, code, title, hires, exact FROM figures_breakdown($1::timestamptz[])
