"""What can go wrong, a class for each family; all of them are ArvioError."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx


class ArvioError(Exception):
    """Anything raised here but ValueError, which is for arguments that can't be meant."""


class Unreachable(ArvioError):
    """No answer came: no connection, or none in time. The cause is httpx's own exception."""


class InvalidWebhook(ArvioError):
    """A message that Arvio didn't sign with this secret, or not within the last five minutes."""


class AnswerError(ArvioError):
    """An answer that isn't a success, with the fields of its problem document (RFC 9457).

    `code` is empty when something before Arvio answered, such as a proxy. `errors` come with 422,
    one for each field; `problem` is the whole document. `retry_after` is in seconds.
    """

    def __init__(
        self, *, status: int, problem: dict[str, Any], retry_after: float | None = None
    ) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors: list[dict[str, str]] = problem.get("errors") or []
        self.problem = problem
        self.retry_after = retry_after
        super().__init__(f"{status} {self.code}: {self.detail}")

    @property
    def passes(self) -> bool:
        """Will the same request be taken a little later?"""
        return self.status in (429, 503) or self.code == "idempotency_key_in_use"


class Invalid(AnswerError):
    """400, 409, 413, 422 and their like: the request can't be taken; `errors` name its fields."""


class NotSignedIn(AnswerError):
    """401: no key, a revoked one, or a token that has expired."""


class Refused(AnswerError):
    """403: known, and not allowed."""


class NotFound(AnswerError):
    """404, and 410 of what was there: `problem["field"]` says what of the path isn't known."""


class Busy(AnswerError):
    """429: too many requests for now."""


class ServerFailed(AnswerError):
    """5xx, or an answer that can't be read."""


FAMILIES: dict[int, type[AnswerError]] = {
    401: NotSignedIn,
    403: Refused,
    404: NotFound,
    410: NotFound,
    429: Busy,
}


def error_of(response: httpx.Response) -> AnswerError:
    """The error that an answer stands for."""
    status = response.status_code
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"detail": f"{response.reason_phrase or 'an answer'}, and no JSON"}
    family = FAMILIES.get(status, Invalid if 400 <= status < 500 else ServerFailed)
    seconds = _seconds(response.headers.get("Retry-After", ""))
    return family(status=status, problem=problem, retry_after=seconds)


def _seconds(header: str) -> float | None:
    """Retry-After is whole seconds or a date."""
    if header.isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
