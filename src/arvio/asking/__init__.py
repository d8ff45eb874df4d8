"""Asking for reviews: the links that partners give to their customers, and how many came of them.

A link leads to the eligibility check and changes nothing about it: whoever may not review is
refused as everybody else. Numbers name nobody; who came by a link is never told.
"""
