-- Purpose:    merge what is staged into the vocabulary, in one version
-- Parameters: none
-- Result:     one row: whether anything changed, the version that is current, what changed as JSON text
-- Tables:     through function vocabulary_import_end: vocabulary_version, pool_version, trade (locked), vocabulary_concept,
--             vocabulary_term, vocabulary_arc, vocabulary_synonym, vocabulary_link, vocabulary_word, vocabulary_relation,
--             vocabulary_source, vocabulary_change, competence, audit
SELECT * FROM vocabulary_import_end()
