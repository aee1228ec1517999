-- Makes a batch of the caller's own.
-- $1 jsonb body: tag, name, kind, on, note?
-- Result: an api_reply. EB403, EB422.
-- Tables: candidate_batch, audit; through batch_create.
SELECT * FROM batch_create($1::jsonb)
