-- Purpose:    what courses give, for the notice that an order has too few candidates
-- Parameters: none
-- Result:     one row: a line each, certificate|working days
-- Tables:     vocabulary_word (no locks)
SELECT course_lines()
