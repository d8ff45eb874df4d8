from __future__ import annotations


class NotKept(Exception):
    """A backup that can't be made, or one that can't be restored; says why, and what to do."""
