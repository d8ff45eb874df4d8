"""What asking refuses, beside catalog's NotFound."""

from __future__ import annotations


class InvalidLink(Exception):
    """A link that can't be made. `code` is required, too_long, unreadable or taken."""

    status = 422
    field = "campaign"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class GuidelinesNotAccepted(Exception):
    """Nobody of the partner has confirmed the guidelines in force, so it can't ask for reviews."""

    status = 403
    code = "guidelines_not_accepted"


class OutcomeSaid(Exception):
    """Something else was said to this prompt before. `said` is that outcome."""

    status = 409
    code = "outcome_already_said"

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class TooManyLinks(Exception):
    """A new link was asked for too often; `seconds` says when it is possible again."""

    status = 429
    code = "too_many"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} seconds")
        self.seconds = seconds
