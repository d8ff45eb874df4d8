from __future__ import annotations

from http.cookies import Morsel

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "arvio.web"
    label = "web"

    def ready(self) -> None:
        """In a cross-site frame browsers send only partitioned cookies, which Python can't write
        before 3.14.
        """
        reserved: dict[str, str] = Morsel._reserved  # type: ignore[attr-defined]  # no public way to add one
        flags: set[str] = Morsel._flags  # type: ignore[attr-defined]
        reserved.setdefault("partitioned", "Partitioned")
        flags.add("partitioned")
