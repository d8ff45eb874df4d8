"""Which language the sentences of an answer are in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)


def accepted(request: HttpRequest) -> str | None:
    """The first language of Accept-Language that we speak."""
    header = request.headers.get("Accept-Language", "")[:500]
    return known(*(code for code, _ in parse_accept_lang_header(header)))


def known(*codes: str) -> str | None:
    short = (code.replace("_", "-").partition("-")[0].lower() for code in codes)
    return next((code for code in short if code in LANGUAGES), None)


def spoken() -> str:
    """The language of this answer."""
    return get_language() or "en"
