-- Purpose:    whether the labels that suggestions are made from are still those of the vocabulary
-- Parameters: none
-- Result:     version
-- Tables:     vocabulary_version (no lock)
SELECT vocabulary_current()
