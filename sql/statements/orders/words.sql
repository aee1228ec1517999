-- Purpose:    every text that names what an order can ask for, so that a free text can be read
-- Parameters: none
-- Result:     a row per text: kind, code, label, weight
-- Tables:     vocabulary_word, vocabulary_synonym, vocabulary_term, vocabulary_concept, trade (no locks); view vocabulary_labels
SELECT kind, code, label, weight FROM vocabulary_labels WHERE kind IN ('competence', 'certificate', 'licence', 'occupation')
