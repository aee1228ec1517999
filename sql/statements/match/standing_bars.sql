-- Purpose:    what was asked for some of the lists that stand, and who is last on them
-- Parameters: $1 uuid[] shortlists
-- Result:     shortlist, order, what was asked (JSON), entries, score and candidate of the last one (NULL: nobody is on it); by shortlist
-- Tables:     through function standing_lists: shortlist, job_order, shortlist_entry (no locks)
SELECT shortlist_id, order_id, asked, entries, last_score, last_candidate FROM standing_lists($1::uuid[])
