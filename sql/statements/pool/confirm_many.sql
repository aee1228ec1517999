-- Confirms many candidates of the caller's own, each with its own result; one version of the pool at most.
-- $1 jsonb array of what confirm takes, or of {"external_ref"?, "errors"}: what the API found wrong
-- Result: an api_reply.
-- Tables: as confirm; through candidate_confirm_many.
SELECT * FROM candidate_confirm_many($1::jsonb)
