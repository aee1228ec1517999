-- Purpose:    whether an order has a shortlist that the caller may read; nothing of it is
-- Parameters: $1 order
-- Result:     one row: its id. EB404 when there is none.
-- Tables:     shortlist (read)
SELECT (shortlist_newest($1::uuid)).id
