-- The caller's endpoints, oldest first. One row: an api_reply. Reads endpoint.
SELECT * FROM endpoint_list()
