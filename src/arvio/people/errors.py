"""What people refuses. Commands and pages word the codes."""

from __future__ import annotations


class KeyRefused(Exception):
    """What can't be done with an API key.

    no_such_key, over (it has ended or was revoked), rotated (it has a successor already), keep (the
    time that the old one is kept is out of bounds), ends (its end isn't to come), no_scopes,
    too_many.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
