-- The caller's own settings and what is in force for it. One row: an api_reply. Reads policy.
SELECT * FROM policy_reply()
