-- Purpose:    the table of rules anew, as its next version
-- Parameters: $1 version seen (0: any), $2 jsonb of the right form
-- Result:     api_reply; EB403, EB412, EB422
-- Tables:     need_ruleset, need_rule, trade, audit. Locks: an advisory one of the rules
SELECT status, body, etag, location, replayed FROM need_rules_put($1::bigint, $2::jsonb)
