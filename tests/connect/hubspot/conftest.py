from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.connect.hubspot.scene import Scene

# Imported late: this file is read before Django is set up.


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    from arvio import clock
    from tests.cast import NOW

    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.OUTBOUND_ALLOWED = [ipaddress.ip_network("127.0.0.1")]


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    from tests.connect.hubspot.scene import connected

    with connected() as made:
        yield made
