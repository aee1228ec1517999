-- Purpose:    a CV with all that rendering needs, to the release's own employer; written to the home's chain
-- Parameters: $1 release, $2 how: fetch or pdf
-- Result:     release_id, released_us, data (without the person), municipality, external_ref, then the sealed columns
-- Tables:     release, consent, candidate (shared locks), candidate_person, candidate_fact, audit; a problem is raised when it is over
SELECT * FROM cv_open($1::uuid, $2::text)
