-- What was known of one of the caller's own candidates at a moment, about a day; audited.
-- $1 text external_ref · $2 timestamptz known at, NULL: now · $3 date about, NULL: that moment's day
-- Result: an api_reply. EB404.
-- Tables: candidate, candidate_state, candidate_fact, consent, pool_version_at (read), audit; through candidate_history.
SELECT * FROM candidate_history($1, $2::timestamptz, $3::date)
