-- Purpose:    as cv_open, by a link that is good once
-- Parameters: $1 SHA-256 of the token
-- Result:     as cv_open
-- Tables:     cv_link (locked), then as cv_open
SELECT * FROM cv_open_link($1::bytea)
