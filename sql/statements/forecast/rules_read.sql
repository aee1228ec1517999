-- Purpose:    the table of rules
-- Parameters: $1 version, or NULL for the newest
-- Result:     api_reply; EB404 when there is no such version
-- Tables:     need_ruleset, need_rule, trade, organisation
SELECT status, body, etag, location, replayed FROM need_rules_read($1::int)
