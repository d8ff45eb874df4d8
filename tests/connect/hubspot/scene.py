"""A stage whose app is connected to the stand-in, and how the partner and the platform call us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from arvio.catalog.models import Account, Installation, User
from arvio.connect.hubspot import actions
from arvio.connect.hubspot.models import Connection, Grant
from arvio.connect.hubspot.pretend import Install, Pretend, Server, Trouble
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage

EVENTS = "/store/connect/calls/hubspot/events/"
TOKEN = "/store/connect/calls/hubspot/token/"
FRAME = "/store/in/calls/from/hubspot/"
BASE = "http://testserver"
HUB, ANNA = 7001, 41
EMAIL = "anna@customer.example"


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass
class Scene:
    stage: Stage
    pretend: Pretend
    client: Client = field(default_factory=Client)

    @property
    def connection(self) -> Connection:
        return Connection.objects.get()

    @property
    def grant(self) -> Grant:
        return Grant.objects.select_related("app", "account").get()

    @property
    def account(self) -> Account:
        return Account.objects.get(ref=str(HUB))

    @property
    def installation(self) -> Installation:
        return Installation.objects.get(app=self.stage.app, account=self.account)

    @property
    def anna(self) -> User:
        return User.objects.get(account=self.account)

    def install(self, hub_id: int = HUB, user_id: int = ANNA, email: str = EMAIL) -> Install:
        """The account installs the app at the platform; nobody has told us."""
        return self.pretend.install(hub_id, user_id, email)

    def event(self, said: Any, *, signed: bool = False, path: str = EVENTS) -> tuple[int, Any]:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        headers = self.pretend.signed(method="POST", url=BASE + path, body=body) if signed else {}
        answer = self.client.post(path, body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    def installed(self, hub_id: int = HUB, **fields: Any) -> Install:
        """Installed there and told here, by the refresh token."""
        one = self.install(hub_id, **fields)
        status, said = self.event({"event": "installed", "refresh_token": one.refresh_token})
        assert (status, said) == (200, {"done": "installed"})
        return one

    def trouble(self, path: str, **fields: Any) -> None:
        self.pretend.troubles.append(Trouble(path=path, **fields))

    def checked(self, at: datetime) -> dict[str, int]:
        return work_once(now=at, kinds=[actions.CHECK])

    def at(self, moment: datetime) -> None:
        """The platform's clock; ours is the test's."""
        self.pretend.now_ms = lambda: milliseconds(moment)


@contextmanager
def connected(**fields: Any) -> Iterator[Scene]:
    pretend = Pretend(client_secret="the-secret-of-the-app")
    with Server(pretend) as base_url:
        stage = cast.stage(preset="hubspot-2022")
        values = {
            "platform_app_id": pretend.app_id, "client_id": pretend.client_id,
            "api_base": base_url, **fields,
        }  # fmt: skip
        actions.connect_app(
            app=stage.app, values=values, client_secret=pretend.client_secret, now=NOW
        )
        scene = Scene(stage, pretend)
        scene.at(NOW)
        yield scene


def days(n: float) -> timedelta:
    return timedelta(days=n)
