"""The partner's pages: the moment of the tests, and somebody signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    from arvio import clock
    from tests import cast

    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """A browser in which Petra, or whoever has the address, is signed in."""
    from arvio.people.models import Person

    def signed_in(email: str = "petra@pixel.example", **options: bool) -> Client:
        client = Client(**options)  # type: ignore[arg-type]  # its own options
        client.force_login(Person.objects.get(email=email))
        return client

    return signed_in
