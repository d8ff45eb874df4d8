"""The store's app `calls`, connected to a stand-in of the platform that really listens."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from arvio.catalog.models import Account, Installation
from arvio.connect.bitrix24 import actions
from arvio.connect.bitrix24.models import Connection
from arvio.connect.bitrix24.pretend import Person, Portal, Pretend, event_form, frame_form
from tests import cast
from tests.cast import NOW, Stage

CODE, CLIENT_ID = "pixel.calls", "app.573ad8a0346747.09223434"
DOOR = "/store/in/calls/from/bitrix24/"
EVENTS = "/store/connect/calls/bitrix24/events/"
TOKEN = "/store/connect/calls/bitrix24/token/"
APP_INFO = "/rest/app.info"


@contextmanager
def listening() -> Iterator[Pretend]:
    server = Pretend(code=CODE, client_id=CLIENT_ID)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Place:
    stage: Stage
    server: Pretend
    connection: Connection

    @property
    def acme(self) -> Portal:
        return self.server.world.portal("acme")

    @property
    def liar(self) -> Portal:
        return self.server.world.portal("liar")

    def opens(
        self,
        portal: Portal,
        person: Person | None = None,
        *,
        door: str = DOOR,
        language: str = "en",
        **changed: str,
    ) -> Any:
        """The portal's page posts into the frame; what is `changed` to nothing stays away."""
        form = frame_form(self.server, portal, person or portal.people[0]) | changed
        query = urlencode({"DOMAIN": portal.domain, "PROTOCOL": "1", "LANG": language})
        return Client().post(f"{door}?{query}", {k: v for k, v in form.items() if v})

    def sends(
        self, portal: Portal, kind: str, *, at: datetime = NOW, over: Any = None, **changed: str
    ) -> Any:
        form = event_form(self.server, portal, kind, at=int(at.timestamp()), **changed)
        return Client().post(EVENTS, form | (over or {}))

    def account(self, portal: Portal) -> Account | None:
        accounts = Account.objects.filter(marketplace=self.stage.marketplace)
        return accounts.filter(ref=portal.member_id).first()

    def installation(self, portal: Portal) -> Installation | None:
        return Installation.objects.filter(
            app=self.stage.app, account__ref=portal.member_id
        ).first()


def place(server: Pretend, **overrides: Any) -> Place:
    stage = cast.stage()
    values = {"code": CODE, "client_id": CLIENT_ID, "authorization_servers": [server.url]}
    connection, _ = actions.connect(app=stage.app, **{**values, **overrides})
    return Place(stage, server, connection)


def posted_token(response: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert found, response.content.decode()
    return found[1]


def inside(response: Any) -> str:
    """The product page that the frame's answer leads to, as text."""
    answer = Client().post("/store/in/calls/", {"token": posted_token(response)})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def refusal(response: Any) -> tuple[int, str]:
    """Status and code: of a page by its header, of JSON by its field."""
    code = response.headers.get("Arvio-Refusal") or response.json()["code"]
    return response.status_code, code


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)
