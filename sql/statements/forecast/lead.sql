-- Purpose:    what one lead needs, by the rules and as its company said
-- Parameters: $1 uuid of the lead
-- Result:     api_reply; EB404 when there is none that the caller may see
-- Tables:     lead, lead_origin, lead_municipality, need_ruleset, need_rule, need, postcode, trade
SELECT status, body, etag, location, replayed FROM need_of_lead($1::uuid)
