"""Settings, routes and the WSGI entry.

Every setting comes from the environment through `env.py`, which knows them all.
No rule of a marketplace lives here: those are policies.
"""
