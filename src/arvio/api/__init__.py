"""The REST API under `/api/v1`: parse, call one action or query, render.

Errors of every room are rendered here once, as problem+json. No rule lives here.
"""
