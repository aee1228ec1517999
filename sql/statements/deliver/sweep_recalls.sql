-- How many recalls of the last thirty days are under way, and how many places could not be told; one row. Writes release_event: what
-- every place has heard is settled, and not looked at again.
SELECT underway, failed FROM recalls_open()
