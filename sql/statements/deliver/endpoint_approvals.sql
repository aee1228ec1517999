-- Endpoints of all organisations in one state, for the team.
-- $1 state, $2 id after which to go on or '', $3 limit
-- Rows: document (JSON text), position. Reads endpoint, organisation.
SELECT document, place FROM endpoint_approvals($1::text, $2::text, $3::int)
