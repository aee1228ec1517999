-- One batch; for its home with a page of the members, audited. EB404 when there is none.
-- $1 uuid batch · $2 uuid members after this id, NULL: from the start · $3 int size
-- Result: the batch (JSON text), the last id when more follow, whether it has members to show.
-- Tables: candidate_batch, candidate_batch_member, candidate (read), audit; through batch_read.
SELECT document, next_id, listed FROM batch_read($1::uuid, $2::uuid, $3::int)
