-- Purpose:    what each version of the vocabulary changed
-- Parameters: $1 bigint version after which; $2 text kind or NULL; $3 text code or NULL; $4 int how many at most
-- Result:     one row: the current version, items as JSON text, the version to go on after or NULL
-- Tables:     vocabulary_change, vocabulary_word, vocabulary_synonym, vocabulary_link (no locks)
SELECT * FROM vocabulary_changes($1::bigint, $2, $3, $4::int)
