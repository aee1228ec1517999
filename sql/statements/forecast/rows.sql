-- Purpose:    who is needed where and when, and whom the pool has
-- Parameters: $1 first month or NULL, $2 last month or NULL, $3 trade or NULL, $4 municipality or NULL
-- Result:     a row per month, trade and place: month, trade, its title, place, its name; in tenths of people: needed, by the rules, by
--             contacts, by the panel; supply, whether exact, and short in tenths (the last three NULL where the place is 'several')
-- Tables:     need_ruleset, need_rule, need, lead, lead_origin, lead_municipality, organisation, trade, municipality, postcode; through
--             function forecast_supply: candidate, candidate_fact, shortlist_entry
SELECT month, trade_code, trade_title, place, place_name, (needed * 10)::bigint, (by_rule * 10)::bigint, (by_contact * 10)::bigint,
       (by_panel * 10)::bigint, supply, exact, (short * 10)::bigint
FROM forecast_rows($1::text, $2::text, $3::text, $4::text)
