-- Purpose: the question guide. Parameters: $1 version, NULL for the newest.
-- Result: api_reply; EB404. Tables: question_guide.
SELECT status, body, etag, location, replayed FROM question_guide_read($1::int)
