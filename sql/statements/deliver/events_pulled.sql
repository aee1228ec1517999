-- Purpose:    CVs and recalls are handed to the caller: looked at once more, and written to the homes' chains before the first byte leaves
-- Parameters: $1 events, $2 the SHA-256 (hex) of each as it is handed out
-- Result:     one row of nothing; a problem is raised when a release has ended meanwhile
-- Tables:     release, consent, candidate (shared locks, not waited for), release_reached, recall_arrived, audit
SELECT events_pulled($1::uuid[], $2::text[])
