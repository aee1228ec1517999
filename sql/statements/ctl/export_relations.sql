-- Purpose:    which words count in place of which, as it is now, for a ranking on files
-- Parameters: none
-- Result:     kind, code that is asked for, related code, relation
-- Tables:     through functions vocabulary_relations, vocabulary_current (no locks)
SELECT kind, code, related, relation FROM vocabulary_relations(vocabulary_current())
