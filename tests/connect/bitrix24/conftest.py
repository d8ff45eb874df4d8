"""Imports wait for the fixtures: this file is read before Django is set up."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from arvio.connect.bitrix24.pretend import Pretend
    from tests.connect.bitrix24.world import Place


class Moment:
    """What time it is for the pages; a test may move it."""

    def __init__(self, now: datetime) -> None:
        self.now = now


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    from arvio import clock
    from tests.cast import NOW

    made = Moment(NOW)
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


@pytest.fixture
def server(settings: Any) -> Iterator[Pretend]:
    from tests.connect.bitrix24 import world

    settings.OUTBOUND_ALLOWED = [ipaddress.ip_network("127.0.0.1")]
    with world.listening() as listening:
        yield listening


@pytest.fixture
def place(db: None, moment: Moment, server: Pretend) -> Place:
    from tests.connect.bitrix24 import world

    return world.place(server)
