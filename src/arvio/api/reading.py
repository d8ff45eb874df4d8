"""Reading JSON bodies: UTF-8, an object or what the route asks, and nothing that a number or a
nesting could break.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn, cast

from django.http import HttpRequest
from ninja.parser import Parser

from arvio.api.problems import Problem

DEEPEST = 20
MOST_DIGITS = 300


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast(dict[str, Any], read_json(request.body))


def read_json(body: bytes) -> Any:
    """Raises Problem 400 for what isn't JSON as RFC 8259 has it."""
    try:
        data = json.loads(
            body.decode("utf-8"),
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_short,
        )
    except UnicodeDecodeError:
        raise unreadable("The body isn't UTF-8.") from None
    except json.JSONDecodeError as error:
        raise unreadable(
            f"The body isn't JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise unreadable("The body is nested too deeply.") from None
    _check_depth(data)
    return data


def unreadable(detail: str) -> Problem:
    return Problem(400, "unreadable_body", detail)


def _no_number(name: str) -> NoReturn:
    raise unreadable(f"The body isn't JSON: {name} is no number.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise unreadable("A number in the body is too large.")
    return number


def _short(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise unreadable("A number in the body is too large.")
    return int(text)


def _check_depth(data: Any) -> None:
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise unreadable("The body is nested too deeply.")
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
