-- Purpose:    the postcodes and what their places are called, so that a free text can be read
-- Parameters: none
-- Result:     a row per postcode: code, name
-- Tables:     postcode (no locks)
SELECT code, name FROM postcode
