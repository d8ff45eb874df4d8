"""The desk's pages: the moment of the tests, a store with its staff, somebody signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    from arvio import clock
    from tests import cast

    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


@pytest.fixture
def store(db: None) -> Any:
    from tests.web.desk.staffed import staffed

    return staffed()


@pytest.fixture
def sign_in() -> Callable[[str], Client]:
    """A browser in which whoever has the address is signed in; nobody for none."""
    from arvio.people.models import Person

    def signed_in(email: str) -> Client:
        client = Client(raise_request_exception=False)
        if email:
            client.force_login(Person.objects.get(email=email))
        return client

    return signed_in
