"""HubSpot: what its tokens and its signed requests prove becomes facts of the catalog.

Nothing outside this folder knows of it; docs/hubspot.md says how to be rid of it.
"""
