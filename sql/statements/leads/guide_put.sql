-- Purpose: a new version of the question guide; the same questions again make none. Parameters: $1 version seen (0: any), $2 jsonb {"questions"}.
-- Result: api_reply; EB403, EB412. Tables: question_guide, audit. Locks: advisory 'question_guide'.
SELECT status, body, etag, location, replayed FROM question_guide_put($1::bigint, $2::jsonb)
