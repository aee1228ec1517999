-- Purpose:    the newest shortlist of a job order for a file, the names of the caller's own candidates sealed
-- Parameters: $1 order, $2 text csv or pdf, $3 int how many entries at most
-- Result:     the heading, then a row per entry: document (JSON), home, external_ref, wrapped_key, name (NULL: not named)
-- Tables:     shortlist, shortlist_entry, job_order, organisation, candidate and candidate_person (own), consent, approval, release;
--             writes audit
SELECT document, home, external_ref, wrapped_key, name FROM shortlist_file($1::uuid, $2, $3::int)
