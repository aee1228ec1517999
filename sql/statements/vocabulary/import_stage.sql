-- Purpose:    stage rows of a list
-- Parameters: $1 text list; $2 jsonb terms [[kind, code, notation, language, place, text]]; $3 jsonb arcs [[kind, code, relation,
--             related kind, related]]
-- Result:     Nothing
-- Tables:     writes vocabulary_staged_term, vocabulary_staged_arc
WITH terms AS (
    INSERT INTO vocabulary_staged_term (source, kind, code, notation, language, place, text)
    SELECT $1, t ->> 0, t ->> 1, t ->> 2, t ->> 3, (t ->> 4)::smallint, t ->> 5 FROM jsonb_array_elements($2::jsonb) AS r (t)
    ON CONFLICT DO NOTHING)
INSERT INTO vocabulary_staged_arc (source, kind, code, relation, related_kind, related)
SELECT $1, t ->> 0, t ->> 1, t ->> 2, t ->> 3, t ->> 4 FROM jsonb_array_elements($3::jsonb) AS r (t)
ON CONFLICT DO NOTHING
