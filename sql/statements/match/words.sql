-- Purpose:    what competences, certificates, licences, languages and occupations were called in one vocabulary version
-- Parameters: $1 bigint vocabulary version
-- Result:     kind, code, label in Danish, whether one of its kind expires; by kind and code
-- Tables:     vocabulary_word, through function vocabulary_words (no locks)
SELECT kind, code, label, expires FROM vocabulary_words($1::bigint)
