"""Bitrix24: frames that portals open and events that they send (FEATURES 1.13).

Everything is proved at the platform's authorization server; a portal may run on anybody's machine,
so its own word counts for a name and nothing more. Nobody imports this folder: it is found by
`connect.platforms`, and may be deleted.
"""
