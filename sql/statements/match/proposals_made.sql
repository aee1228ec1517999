-- Purpose:    propose the changed candidates who would come on an open order's list
-- Parameters: $1 bigint pool version; $2 uuid[] all candidates that changed; $3 jsonb those found, see 0014
-- Result:     one row: how many proposals are new
-- Tables:     through function proposals_made: order_proposal, outbox, delivery, change, audit; reads candidate, shortlist_entry
SELECT proposals_made($1::bigint, $2::uuid[], $3::jsonb)
