"""A stand-in for the platform on this machine: the authorization server, three portals, and a page
that opens the app's frame and sends its events. For trying without the platform, and for tests.

Its answers have the shapes that the vendor documents; `app.info` at the authorization server also
carries what the vendor's SDKs read from it (client_id, install, user_id).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx

MOST_BYTES = 64 * 1024
SENT = (
    "ONAPPINSTALL",
    "ONAPPUPDATE",
    "ONAPPPAYMENT",
    "ONAPPUNINSTALL",
    "ONAPPUNINSTALL with a wrong token",
)


@dataclass
class Person:
    id: int
    name: str
    last_name: str
    email: str

    @property
    def key(self) -> str:
        return self.name.lower()


@dataclass
class Portal:
    """`family` is what the authorization server knows, `claims` what the portal says of itself."""

    name: str
    member_id: str
    family: str
    claims: str
    people: list[Person]
    version: int = 3
    installed: bool = True
    scope: str = "crm,user"
    about: str = ""

    @property
    def domain(self) -> str:
        return f"{self.name}.bitrix24.example"

    @property
    def application_token(self) -> str:
        return f"application-token-of-{self.name}"


@dataclass(frozen=True)
class Said:
    """An answer in place of the usual one, after so many seconds."""

    status: int
    body: bytes
    seconds: float = 0.0


def portals() -> list[Portal]:
    anna = Person(1, "Anna", "Korhonen", "anna@acme.example")
    arvo = Person(27, "Arvo", "Aalto", "arvo@acme.example")
    return [
        Portal(
            "acme", "acme5c10000000000000000000000001", "ent", "ent", [anna, arvo],
            about="on a commercial plan",
        ),
        Portal(
            "liar", "liar5c10000000000000000000000002", "project", "ent",
            [Person(1, "Zed", "Zimmer", "zed@liar.example")],
            about="on the free plan, and claims a commercial one",
        ),
        Portal(
            "newcomer", "newc5c10000000000000000000000003", "galaxy", "galaxy",
            [Person(5, "Noora", "Niemi", "noora@newcomer.example")],
            about="on a plan that nobody has heard of",
        ),
    ]  # fmt: skip


@dataclass
class World:
    """What the stand-in knows; tests change it. `said` is by path."""

    code: str
    client_id: str
    portals: list[Portal] = field(default_factory=portals)
    said: dict[str, Said] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def portal(self, name: str) -> Portal:
        return next(one for one in self.portals if one.name == name)

    def holder(self, token: str) -> tuple[Portal, Person] | None:
        """Tokens speak for themselves: `token-of-anna-at-acme`."""
        for portal in self.portals:
            for person in portal.people:
                if token == token_of(portal, person):
                    return portal, person
        return None


def token_of(portal: Portal, person: Person) -> str:
    return f"token-of-{person.key}-at-{portal.name}"


class Pretend(ThreadingHTTPServer):
    """Listens on the loopback address alone. `arvio` is the address of the app's doors in Arvio:
    base URL, marketplace and app.
    """

    daemon_threads = True

    def __init__(
        self,
        *,
        port: int = 0,
        code: str,
        client_id: str,
        arvio: tuple[str, str, str] = ("http://127.0.0.1:8000", "b24", "app"),
    ) -> None:
        self.world = World(code=code, client_id=client_id)
        self.arvio = arvio
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Pretend

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/":
            self._answer(404, b"There is no such page.", "text/plain")
            return
        self._answer(200, page(self.server).encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(size), MOST_BYTES)) if size.isdecimal() else b""
        path = urlsplit(self.path).path.rstrip("/")
        if path == "/send":
            asked = dict(parse_qsl(body.decode("utf-8", "replace")))
            self._answer(200, send(self.server, asked).encode(), "text/plain; charset=utf-8")
            return
        world = self.server.world
        world.asked.append(path)
        if said := world.said.get(path):
            time.sleep(said.seconds)
            self._answer(said.status, said.body)
            return
        status, answer = answer_of(self.server, path, _token(body))
        self._answer(status, json.dumps(answer).encode())

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            # Whoever asked didn't wait for a late answer.
            self.close_connection = True

    def log_message(self, *arguments: Any) -> None:
        """Silent: what is asked carries tokens."""


def _token(body: bytes) -> str:
    try:
        given = json.loads(body)
    except ValueError:
        return parse_qs(body.decode("utf-8", "replace")).get("auth", [""])[0]
    return str(given.get("auth", "")) if isinstance(given, dict) else ""


def answer_of(server: Pretend, path: str, token: str) -> tuple[int, Mapping[str, Any]]:
    """Status and JSON, as the platform answers the method of this path."""
    world = server.world
    if token.startswith("expired-"):
        return 401, _error("expired_token", "The access token provided has expired.")
    held = world.holder(token)
    if held is None:
        return 401, _error("NO_AUTH_FOUND", "Wrong authorization data")
    portal, person = held
    if path == "/rest/app.info":
        return 200, {"result": _info(server, portal) | _bound(server, portal, person)}
    return _said_by_the_portal(server, path, portal, person)


def _said_by_the_portal(
    server: Pretend, path: str, portal: Portal, person: Person
) -> tuple[int, Mapping[str, Any]]:
    known = {"ID": str(person.id), "NAME": person.name, "LAST_NAME": person.last_name}
    answers: dict[str, Mapping[str, Any]] = {
        "app.info": _info(server, portal, claimed=True),
        "profile": {**known, "ADMIN": False, "PERSONAL_GENDER": "", "TIME_ZONE": ""},
        "user.current": {**known, "ACTIVE": True, "EMAIL": person.email},
    }
    place, _, method = path.rpartition("/")
    if place != f"/portals/{portal.name}/rest" or method not in answers:
        return 404, _error("ERROR_METHOD_NOT_FOUND", "Method not found!")
    if method == "user.current" and "user" not in portal.scope:
        return 403, _error("insufficient_scope", "The request requires higher privileges")
    return 200, {"result": answers[method]}


def _info(server: Pretend, portal: Portal, *, claimed: bool = False) -> dict[str, Any]:
    family = portal.claims if claimed else portal.family
    return {
        "ID": 5,
        "CODE": server.world.code,
        "VERSION": portal.version,
        "STATUS": "F",
        "INSTALLED": portal.installed,
        "PAYMENT_EXPIRED": "N",
        "DAYS": None,
        "LANGUAGE_ID": "ru",
        "LICENSE": f"ru_{family}",
        "LICENSE_TYPE": family,
        "LICENSE_FAMILY": family,
    }


def _bound(server: Pretend, portal: Portal, person: Person) -> dict[str, Any]:
    return {
        "client_id": server.world.client_id,
        "user_id": person.id,
        "scope": portal.scope,
        "install": {
            "installed": portal.installed,
            "version": portal.version,
            "status": "F",
            "scope": portal.scope,
            "domain": portal.domain,
            "uri": f"https://{portal.domain}",
            "client_endpoint": f"{server.url}/portals/{portal.name}/rest/",
            "member_id": portal.member_id,
            "member_type": "B24",
        },
    }


def _error(code: str, description: str) -> dict[str, str]:
    return {"error": code, "error_description": description}


# --- What a portal sends -----------------------------------------------------------------------


def frame_query(portal: Portal, *, language: str = "en") -> dict[str, str]:
    return {"DOMAIN": portal.domain, "PROTOCOL": "1", "LANG": language, "APP_SID": "5" * 32}


def frame_form(server: Pretend, portal: Portal, person: Person) -> dict[str, str]:
    token = token_of(portal, person)
    return {
        "AUTH_ID": token,
        "AUTH_EXPIRES": "3600",
        "REFRESH_ID": f"refresh-{token}",
        "SERVER_ENDPOINT": f"{server.url}/rest/",
        "APPLICATION_TOKEN": portal.application_token,
        "APPLICATION_SCOPE": portal.scope,
        "member_id": portal.member_id,
        "status": "F",
        "PLACEMENT": "DEFAULT",
    }


def event_form(
    server: Pretend, portal: Portal, kind: str, *, at: int, **changed: str
) -> dict[str, str]:
    """The fields of an event; `changed` as `application_token="…"` for a field of `auth`."""
    auth = {
        "domain": portal.domain,
        "server_endpoint": f"{server.url}/rest/",
        "client_endpoint": f"{server.url}/portals/{portal.name}/rest/",
        "member_id": portal.member_id,
    }
    data = {"LANGUAGE_ID": "en"}
    if kind in ("ONAPPINSTALL", "ONAPPUPDATE"):
        token = token_of(portal, portal.people[0])
        auth |= {"access_token": token, "refresh_token": f"refresh-{token}", "expires_in": "3600"}
        data |= {"VERSION": str(portal.version)}
    if kind == "ONAPPINSTALL":
        data |= {"ACTIVE": "Y", "INSTALLED": "Y"}
    if kind == "ONAPPUNINSTALL":
        data |= {"CLEAN": "1"}
    if kind == "ONAPPPAYMENT":
        data |= {"CODE": server.world.code, "STATUS": "S", "PAYMENT_EXPIRED": "N", "DAYS": "28"}
    else:
        auth |= {"application_token": portal.application_token}
    auth = {name: value for name, value in (auth | changed).items() if value}
    return {
        "event": kind,
        **{f"data[{name}]": value for name, value in data.items()},
        "ts": str(at),
        **{f"auth[{name}]": value for name, value in auth.items()},
    }


# --- The page ----------------------------------------------------------------------------------


def page(server: Pretend) -> str:
    parts = "".join(_portal_part(server, portal) for portal in server.world.portals)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>A pretend platform</title>"
        "<style>body{font:16px/1.5 sans-serif;margin:2rem;max-width:75rem}form{display:inline}"
        "iframe{width:100%;height:45rem;border:1px solid #999;margin-top:1rem}"
        "h2{font-size:1rem;margin:1rem 0 .25rem}button{font:inherit;margin:0 .5rem .5rem 0}</style>"
        f"<h1>A pretend platform with the app {escape(server.world.code)}</h1>"
        f"{parts}<iframe name=frame title='The frame of the app'></iframe></html>"
    )


def _portal_part(server: Pretend, portal: Portal) -> str:
    base, marketplace, app = server.arvio
    opening = "&".join(f"{name}={value}" for name, value in frame_query(portal).items())
    frame = f"{base}/{marketplace}/in/{app}/from/bitrix24/?{opening}"
    buttons = [
        _button(frame, f"{person.name} opens the app", frame_form(server, portal, person))
        for person in portal.people
    ]
    for kind in SENT:
        buttons.append(_button("/send", kind, {"portal": portal.name, "kind": kind}))
    return f"<h2>{escape(portal.domain)}, {escape(portal.about)}</h2>{''.join(buttons)}"


def _button(action: str, words: str, fields: Mapping[str, str]) -> str:
    hidden = "".join(
        f"<input type=hidden name='{escape(name)}' value='{escape(value)}'>"
        for name, value in fields.items()
    )
    return (
        f"<form method=post action='{escape(action)}' target=frame>{hidden}"
        f"<button>{escape(words)}</button></form>"
    )


def send(server: Pretend, asked: Mapping[str, str]) -> str:
    """Send the event that a button names, as of now; Arvio's answer, to be read."""
    base, marketplace, app = server.arvio
    kind, _, forged = asked.get("kind", "").partition(" ")
    portal = server.world.portal(asked.get("portal", "acme"))
    changed = {"application_token": "not-the-token-of-anybody"} if forged else {}
    form = event_form(server, portal, kind, at=int(time.time()), **changed)
    url = f"{base}/{marketplace}/connect/{app}/bitrix24/events/"
    try:
        answer = httpx.post(url, data=form, timeout=20, trust_env=False)
    except httpx.HTTPError as error:
        return f"{url} can't be reached: {error}"
    return f"{answer.status_code} {answer.text}"
