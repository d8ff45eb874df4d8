"""What asking refuses, beside catalog's NotFound."""

from __future__ import annotations


class InvalidLink(Exception):
    """A link that can't be made. `code` is required, too_long, unreadable or taken."""

    status = 422
    field = "campaign"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
