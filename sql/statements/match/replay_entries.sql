-- Purpose:    the entries of a shortlist as they were stored
-- Parameters: $1 uuid shortlist
-- Result:     candidate, rank, score, parts, facts, explanation; by rank
-- Tables:     shortlist_entry (no locks)
SELECT candidate_id, rank, score, parts, facts, explanation_da FROM shortlist_entry
WHERE shortlist_id = $1::uuid AND NOT outside_ranking ORDER BY rank
