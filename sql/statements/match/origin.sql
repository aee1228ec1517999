-- Purpose:    which database this is: a snapshot file of another one, or of another past of this one, is not ours
-- Parameters: none
-- Result:     one row: text of the cluster's identifier, its timeline and the database's number
-- Tables:     pg_database (no locks); functions pg_control_system and pg_control_checkpoint
SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT timeline_id FROM pg_control_checkpoint()) || '/' ||
       (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
