"""Pure reads: dissatisfaction, response time, change, coverage. Nothing here writes a row.

Figures are *as received*: reviews removed from the platform since are counted, and the count as
published now stands beside. Nothing over zero is 0 %: it is no data.
"""
