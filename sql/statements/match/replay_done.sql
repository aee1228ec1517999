-- Purpose:    keep in the audit that shortlists were ranked again, and what came of it
-- Parameters: $1 text the shortlist, or 'all'; $2 jsonb counts
-- Result:     one row, empty
-- Tables:     writes audit, through function shortlist_replayed
SELECT shortlist_replayed($1::text, $2::jsonb)
