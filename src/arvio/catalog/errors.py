"""What catalog refuses. `api` and `web` render these once."""

from __future__ import annotations


class NotFound(Exception):
    """Something named in the request isn't there. `field` says which name."""

    status = 404
    code = "not_found"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


class InvalidFact(Exception):
    """A fact that can't be true or can't be kept."""

    status = 422
    code = "invalid"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail
