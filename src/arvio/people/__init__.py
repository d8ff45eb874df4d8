"""Who may call: persons and their roles, invitations, keys, and viewer tokens.

Roles and keys name a marketplace and a partner by id and hold no foreign keys, so this room knows
no catalog. What a caller may do with one review is decided where the review is fetched, not here.
"""
