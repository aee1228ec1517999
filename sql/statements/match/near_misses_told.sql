-- Purpose:    keep in the audit whom a list of near misses names, before it is answered
-- Parameters: $1 uuid order; $2 jsonb the engine's answer
-- Result:     one row: the answer with those who may be named, as text
-- Tables:     candidate (read); writes audit, through function near_misses_told
SELECT near_misses_told($1::uuid, $2::jsonb)::text
