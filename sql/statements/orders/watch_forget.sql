-- Purpose:    forget the reasons of exceptions that nobody can be held to any more
-- Parameters: none
-- Result:     one row, nothing in it
-- Tables:     through function exemption_forget: order_exemption (row locks on what is forgotten)
SELECT exemption_forget()
