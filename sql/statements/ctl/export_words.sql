-- Purpose:    the vocabulary as it is now, for a ranking on files
-- Parameters: none
-- Result:     kind, code, label in Danish, 'expires' or nothing
-- Tables:     through functions vocabulary_words, vocabulary_current (no locks)
SELECT kind, code, label, CASE WHEN expires THEN 'expires' ELSE '' END FROM vocabulary_words(vocabulary_current())
