-- Purpose:    the caller is handed the CV: checked once more and written to the home's chain before the first byte leaves
-- Parameters: $1 release, $2 how: fetch or pdf, $3 SHA-256 (hex) of the bytes
-- Result:     one row of nothing
-- Tables:     release, consent, candidate (shared locks), release_reached, audit
SELECT cv_fetched($1::uuid, $2::text, $3::text)
