"""Every error of the API as a problem document (RFC 9457), whatever room it comes from.

Sentences for refusals and answers follow the viewer's language; the rest is for programmers, in
English.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError
from django.utils import translation
from ninja.errors import AuthenticationError, HttpError, ValidationError

from arvio.api import wording
from arvio.asking.errors import GuidelinesNotAccepted, InvalidLink, OutcomeSaid
from arvio.asking.rules import LONGEST_CAMPAIGN
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.explain import Names, explain_field_error, verdict_json
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.wording import declined
from arvio.notify.webhooks import explain as webhook_words
from arvio.notify.webhooks.errors import InvalidWebhook, NoSuchWebhook, WebhookRefused
from arvio.outage import Outage, note, outage
from arvio.paging import CursorError
from arvio.policy.form import FormError
from arvio.reviews.errors import Gone, NotYours, Refused, RightMissing

logger = logging.getLogger(__name__)

MOST_ERRORS = 50
LONGEST_NAME = 100
AUTHENTICATE = 'Bearer realm="arvio"'
# Where CONTRACT 3 has a code of its own for what moderation refuses.
CONTRACT_CODES = {"correction_not_allowed": "editing_not_allowed"}


class Problem(Exception):
    """An error of the API itself. `more` goes into the document, `headers` beside it."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def not_signed_in(detail: str) -> Problem:
    return Problem(401, "not_signed_in", detail, headers={"WWW-Authenticate": AUTHENTICATE})


def invalid(field: str, detail: str, code: str = "invalid") -> Problem:
    """One value that can't be taken, named."""
    return Problem(422, code, detail, errors=[field_error(field, code, detail)])


def field_error(field: str, code: str, detail: str) -> dict[str, str]:
    return {"field": field[:LONGEST_NAME], "code": code, "detail": detail}


def respond(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to any exception. One that nobody foresaw is logged and tells nothing."""
    problem = _translate(request, error)
    _hear_out(request)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.more,
    }
    response = HttpResponse(
        to_json(body), status=problem.status, content_type="application/problem+json"
    )
    for name, value in problem.headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = translation.get_language() or "en"
    # Refusals are daily life here, and what broke was logged above: Django needn't log either.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _hear_out(request: HttpRequest) -> None:
    """Read the body that nobody wanted: who is answered while still sending finds the connection
    closed, and its next request broken.
    """
    with suppress(RequestDataTooBig, UnreadablePostError, RawPostDataException):
        _ = request.body


def to_json(data: Any) -> bytes:
    """Compact UTF-8. A lone surrogate, which only an echo of bad input can hold, becomes a question
    mark.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def _translate(request: HttpRequest, error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    for kind, translate in TRANSLATIONS.items():
        if isinstance(error, kind):
            return translate(request, error)
    if said := outage(error):
        return _unavailable(request, error, said)
    # Neither the path nor the exception's message: both may name somebody.
    route = request.resolver_match.route if request.resolver_match else ""
    facts = {"method": request.method, "route": route}
    logger.error("request failed", exc_info=error, extra={"facts": facts})
    return Problem(500, "internal_error", "Something went wrong on our side. It has been noted.")


def _unavailable(request: HttpRequest, error: Exception, said: Outage) -> Problem:
    note(said, error, request=request)
    return Problem(
        503,
        "unavailable",
        f"The service can't use its database right now. Send the request again after "
        f"{said.seconds} seconds; with the same Idempotency-Key it is carried out once.",
        headers={"Retry-After": str(said.seconds)},
    )


def _refused(request: HttpRequest, error: Any) -> Problem:
    viewer = getattr(request, "auth", None)
    account = getattr(viewer, "account", None)
    names = Names(
        app=getattr(request, "app_name", ""), account=account.name if account is not None else ""
    )
    verdict = verdict_json(error.verdict, translation.get_language() or "en", names)
    first = next(check for check in verdict["checks"] if not check["ok"])
    return Problem(403, error.code, first["text"], **verdict)


def _form_error(request: HttpRequest, error: Any) -> Problem:
    return _invalid_fields(
        error.code,
        [(one.field, one.code, explain_field_error(one)) for one in error.errors[:MOST_ERRORS]],
    )


def _validation_error(request: HttpRequest, error: Any) -> Problem:
    return _invalid_fields("invalid", map(wording.of_error, error.errors[:MOST_ERRORS]))


def _invalid_fields(code: str, errors: Iterable[tuple[str, str, str]]) -> Problem:
    fields = [field_error(*error) for error in errors]
    detail = " ".join(f"{one['field']}: {one['detail']}" for one in fields[:3])
    return Problem(422, code, detail, errors=fields)


def _not_found(request: HttpRequest, error: Any) -> Problem:
    return Problem(404, error.code, error.detail, field=error.field)


def _invalid_link(request: HttpRequest, error: Any) -> Problem:
    return invalid(error.field, LINK_ERRORS[error.code], error.code)


def _not_accepted(request: HttpRequest, error: Any) -> Problem:
    return Problem(
        error.status,
        error.code,
        "An owner or replier of the partner reads the review guidelines at /partner/links/ and "
        "confirms it there, once for each version. Then links can be made.",
    )


def _outcome_said(request: HttpRequest, error: Any) -> Problem:
    detail = f"This prompt's outcome is {error.said!r}. After it only 'never' can be said."
    return Problem(error.status, error.code, detail, outcome=error.said)


def _right_missing(request: HttpRequest, error: Any) -> Problem:
    return Problem(error.status, error.code, error.detail)


def _invalid_fact(request: HttpRequest, error: Any) -> Problem:
    return invalid(error.field, error.detail, error.code)


def _invalid_webhook(request: HttpRequest, error: InvalidWebhook) -> Problem:
    return invalid(error.field, webhook_words.invalid(error), error.code)


def _webhook_refused(request: HttpRequest, error: WebhookRefused) -> Problem:
    return Problem(error.status, error.code, webhook_words.refused(error.code))


def _gone(request: HttpRequest, error: Any) -> Problem:
    return Problem(410, error.code, "This review was removed.", date=error.date, rule=error.rule)


def _declined(request: HttpRequest, error: Declined) -> Problem:
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = AUTHENTICATE
    if "seconds" in error.values:
        headers["Retry-After"] = str(error.values["seconds"])
    code = CONTRACT_CODES.get(error.code, error.code)
    return Problem(error.status, code, declined(error), headers=headers)


def _too_big(request: HttpRequest, error: Exception) -> Problem:
    from django.conf import settings

    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return Problem(413, "body_too_large", f"The body is larger than {most} bytes.")


def _http_error(request: HttpRequest, error: Any) -> Problem:
    """What the parser raises arrives wrapped; all else of this kind is about the body too."""
    cause = error.__cause__
    if isinstance(cause, Problem):
        return cause
    return Problem(error.status_code, "unreadable_body", str(error))


def _nobody(request: HttpRequest, error: Exception) -> Problem:
    return not_signed_in("Send the header Authorization: Bearer, with a key or token after it.")


LINK_ERRORS = {
    "required": "Name the campaign.",
    "too_long": f"Write at most {LONGEST_CAMPAIGN} characters.",
    "unreadable": "It has signs that can't be shown. Write letters and figures.",
    "taken": "This app has a link for this campaign already.",
}
TRANSLATIONS: dict[type[Exception], Callable[[HttpRequest, Any], Problem]] = {
    Refused: _refused,
    FormError: _form_error,
    ValidationError: _validation_error,
    NotFound: _not_found,
    NotYours: _not_found,
    RightMissing: _right_missing,
    NoSuchCase: _not_found,
    Declined: _declined,
    InvalidLink: _invalid_link,
    GuidelinesNotAccepted: _not_accepted,
    OutcomeSaid: _outcome_said,
    InvalidFact: _invalid_fact,
    InvalidWebhook: _invalid_webhook,
    WebhookRefused: _webhook_refused,
    NoSuchWebhook: _not_found,
    CursorError: _invalid_fact,
    Gone: _gone,
    RequestDataTooBig: _too_big,
    AuthenticationError: _nobody,
    HttpError: _http_error,
}
