"""Cookies that also live in a frame of another site: partitioned, and so SameSite=None and Secure
(DESIGN section 7).
"""

from __future__ import annotations

from django.http import HttpResponse


def remember(
    response: HttpResponse, name: str, value: str, *, seconds: int, path: str = "/"
) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path=path, secure=True, httponly=True, samesite="None"
    )
    response.cookies[name]["partitioned"] = True


def forget(response: HttpResponse, name: str, *, path: str = "/") -> None:
    remember(response, name, "", seconds=0, path=path)
