"""What moderation refuses, once for `api` and `web`: each carries a status and a code."""

from __future__ import annotations


class NoSuchCase(Exception):
    """Not there for this caller; whether it exists elsewhere is not said."""

    status = 404
    code = "not_found"
    field = "case"
    detail = "There is no such case."


class NoSuchThread(NoSuchCase):
    field = "dispute"
    detail = "There is no such dispute."


class NoSuchItem(NoSuchCase):
    field = "item"
    detail = "There is no such review or reply."


class Declined(Exception):
    """A rule of moderation says no. `code` is a key of `wording.DECLINED`; `values` are for its
    sentence.
    """

    STATUS = {"not_signed_in": 401, "too_many": 429}
    CONFLICTS = frozenset(
        {
            "already_decided",
            "already_reported",
            "already_appealed",
            "already_open",
            "waits_for_second",
            "nothing_proposed",
            "proposal_changed",
            "edit_waits",
            "one_text",
            "closed",
        }
    )

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    @property
    def status(self) -> int:
        return self.STATUS.get(self.code, 409 if self.code in self.CONFLICTS else 403)
