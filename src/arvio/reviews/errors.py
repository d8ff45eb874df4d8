"""What reviews refuses, once for `api` and `web`: each carries a status and a code."""

from __future__ import annotations

from arvio.policy.verdict import Verdict


class Refused(Exception):
    """A rule says no. `verdict` has every check, passed or not; `code` is the first that failed."""

    status = 403

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.code = verdict.failed[0].code
        super().__init__(self.code)


class NotYours(Exception):
    """The review isn't there for this caller; whether it exists is not said."""

    status = 404
    code = "not_found"
    field = "review"
    detail = "There is no such review."


class NotYourApp(NotYours):
    """The same words whether the review is another partner's or isn't there at all."""

    code = "not_your_app"
    detail = "There is no such review of your apps."


class RightMissing(Exception):
    """The member is known and may read, but this is for those with another role (R64)."""

    status = 403
    code = "right_missing"
    detail = "Your role with this partner doesn’t include this."


class Gone(Exception):
    """The review was public once and was removed: a tombstone is all that is told."""

    status = 410
    code = "removed"

    def __init__(self, *, date: str, rule: str) -> None:
        super().__init__(rule)
        self.date = date
        self.rule = rule
