-- One of the caller's own candidates in full, the person sealed; audited. EB404 when there is none.
-- $1 text external_ref
-- Result: version, document (JSON text), wrapped_key, name, phone, email, address, note, cpr.
-- Tables: candidate, candidate_person, candidate_fact (read), audit; through candidate_read.
SELECT version, document, wrapped_key, name, phone, email, address, note, cpr FROM candidate_read($1)
