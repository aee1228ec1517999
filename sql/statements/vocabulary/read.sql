-- Purpose:    one word of the vocabulary, as the team edits it
-- Parameters: $1 text kind (competence, certificate, occupation); $2 text code
-- Result:     an api_reply. EB404.
-- Tables:     vocabulary_version, vocabulary_word, vocabulary_synonym, vocabulary_link (no locks)
SELECT * FROM vocabulary_reply($1, $2, 200)
