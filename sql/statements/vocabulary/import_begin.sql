-- Purpose:    name a list that is about to be staged; the first of an import takes the vocabulary for itself
-- Parameters: $1 text list; $2 text file's name; $3 text release, NULL: of today; $4 text SHA-256 of the file (hex); $5 int rows;
--             $6 boolean first of this import
-- Result:     one row: whether it is, byte for byte, what was imported last
-- Tables:     vocabulary_version (locked), vocabulary_staged_list, vocabulary_source
SELECT vocabulary_import_begin($1, $2, $3, decode($4, 'hex'), $5::int, $6::boolean)
