-- Purpose:    which codes count in place of others in one vocabulary version, and how (RANKING.md, Relations)
-- Parameters: $1 bigint vocabulary version
-- Result:     kind, code that is asked for, related code, relation; by kind and code, the strongest first
-- Tables:     vocabulary_relation, through function vocabulary_relations (no locks)
SELECT kind, code, related, relation FROM vocabulary_relations($1::bigint)
