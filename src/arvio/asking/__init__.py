"""Asking for reviews: partners' links, requests by mail, invitations to update a review, and the
broker that says when an app may show its popup.

None of it changes who may review: whoever may not is refused as everybody else. Numbers name
nobody; who came by a link, or was asked, is never told.
"""
