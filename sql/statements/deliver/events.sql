-- Purpose:    the caller's next events, whole, up to the commit horizon
-- Parameters: $1 position or '', $2 limit
-- Result:     a row per event, and a last one without event_id, whose place is the position to go on from
-- Tables:     change, outbox; of CVs release, consent and candidate (shared locks, not waited for), candidate_person; writes
--             event_put_off, audit
SELECT event_id, kind, event_at, version, data, place, municipality, external_ref, wrapped_key, name, phone, email
FROM events_page($1::text, $2::int)
