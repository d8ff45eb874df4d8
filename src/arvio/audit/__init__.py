"""The append-only history and the guards that keep it.

Rows hold ids and no foreign keys; before and after hold states, stars and salted
hashes, never words or names. No rule of a marketplace and no write to another room's tables
belongs here.
"""
