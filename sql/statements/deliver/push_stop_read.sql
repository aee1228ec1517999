-- Whether pushes are stopped. One row: an api_reply. Reads push_stop.
SELECT * FROM push_stop_reply()
