"""Vigie: what happens to a review, from the page it was found on to the weekly report."""
