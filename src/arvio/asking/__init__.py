"""Asking for reviews: partners' links and how many came of them, requests by mail, invitations to
update a review once a fix is there.

A link leads to the eligibility check and changes nothing about it: whoever may not review is
refused as everybody else. Numbers name nobody; who came by a link, or was asked, is never told.
"""
