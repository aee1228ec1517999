-- Purpose:    whether a CV could be handed to the caller now, for HEAD
-- Parameters: $1 release, or NULL and $2 SHA-256 of a link's token
-- Result:     one row; a problem is raised when it could not
-- Tables:     cv_link (locked), release, consent, candidate (shared locks)
SELECT cv_look($1::uuid, $2::bytea)
