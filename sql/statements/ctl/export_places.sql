-- Purpose:    where postcodes lie, for a ranking on files
-- Parameters: none
-- Result:     postcode, latitude and longitude in degrees, name
-- Tables:     postcode (no locks)
SELECT code, (latitude_e6 / 1000000.0)::numeric(9, 6), (longitude_e6 / 1000000.0)::numeric(9, 6), name FROM postcode ORDER BY code
