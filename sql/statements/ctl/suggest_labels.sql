-- Purpose:    every text that names a code, for `emnebank vocabulary suggest`
-- Parameters: none
-- Result:     kind, code, label, weight (100: the code's own name; less for synonyms and for what other lists call it); by kind
--             and code, the heaviest first
-- Tables:     vocabulary_word, vocabulary_synonym, vocabulary_term, vocabulary_concept, trade (no locks); view vocabulary_labels
SELECT kind, code, label, weight FROM vocabulary_labels
ORDER BY kind COLLATE "C", code COLLATE "C", weight DESC, label COLLATE "C"
