-- Purpose:    who was hired from where, on whose orders
-- Parameters: $1 timestamptz[] borders of the months
-- Result:     a row per pair: municipality of the candidates, municipality of the orders or NULL, hires
-- Tables:     through function figures_balance: referral, shortlist_entry, job_order, organisation, postcode
SELECT giver, taker, hires FROM figures_balance($1::timestamptz[])
