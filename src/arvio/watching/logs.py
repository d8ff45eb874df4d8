"""Lines of the log, for people (`line`) or for machines (`json`), that tell of nobody.

Ours carry named facts and never an exception's message. Whatever else logs (Django, libraries)
writes paths, addresses and values into its arguments: those are left out of its lines.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from arvio import request_id
from arvio.failures import frames

FORMATS = ("line", "json")
OURS = "arvio"
# Their messages are made of what was sent: the last word of their name says what it is about.
MADE_OF_WHAT_WAS_SENT = ("django.request", "django.security")
LEFT_OUT = "…"


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What both formats say, in this order."""
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": message(record),
    }
    if name := request_id.current():
        found["request_id"] = name
    found.update(getattr(record, "facts", {}))
    if request := getattr(record, "request", None):
        # Django's own lines carry the request, whose path and query are not for here.
        match = getattr(request, "resolver_match", None)
        found.setdefault("route", match.route if match else "")
    if record.exc_info and record.exc_info[1]:
        found["exception"] = frames(record.exc_info[1])
    return found


def message(record: logging.LogRecord) -> str:
    if is_of(record.name, OURS):
        return record.getMessage()
    if any(is_of(record.name, one) for one in MADE_OF_WHAT_WAS_SENT):
        return record.name.rpartition(".")[2]
    if not record.args:
        return str(record.msg)
    args = record.args
    try:
        if isinstance(args, dict):
            return str(record.msg) % {name: _plain(value) for name, value in args.items()}
        return str(record.msg) % tuple(map(_plain, args))
    except (TypeError, ValueError):
        return str(record.msg)


def is_of(name: str, root: str) -> bool:
    return name == root or name.startswith(f"{root}.")


def _plain(value: object) -> object:
    return value if isinstance(value, int | float) else LEFT_OUT


class Line(logging.Formatter):
    """`2026-03-02T09:30:00.000+00:00 INFO arvio.requests request request_id=… route=… ms=4.1`"""

    def format(self, record: logging.LogRecord) -> str:
        found = fields(record)
        exception = found.pop("exception", ())
        head = " ".join(_one_line(found.pop(name)) for name in ("at", "level", "logger", "message"))
        facts = "".join(f" {name}={_fact(value)}" for name, value in found.items())
        return "\n".join([head + facts, *(f"    {line}" for line in exception)])


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields(record), ensure_ascii=False, default=str)


def _fact(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(_fact, value))
    text = _one_line(value)
    return f'"{text}"' if " " in text or not text else text


def _one_line(value: object) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in str(value))


def settings(*, form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING. Refusals are daily life here; what breaks is logged as an error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": f"{__name__}.Line"},
            "json": {"()": f"{__name__}.Json"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "arvio": {"level": level.upper()},
            "django.request": {"level": "ERROR"},
        },
    }
