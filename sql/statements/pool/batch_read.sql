-- One batch; for its home with the members, audited. EB404 when there is none.
-- $1 uuid batch
-- Result: an api_reply.
-- Tables: candidate_batch, candidate_batch_member, candidate (read), audit; through batch_read.
SELECT * FROM batch_read($1::uuid)
