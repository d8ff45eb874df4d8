"""A pretend business portal with an app market, to show what a marketplace does with Arvio.

It stores facts, signs viewer tokens, frames an app's card, runs Arvio's script inside an app and
receives webhooks: the standard library's HTTP server and arvio-client, nothing else. It asks nobody
for a password: take its manner, not its doors.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote, unquote, urlsplit

# The client as it is in this repository; elsewhere it is installed.
sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python" / "src"))
from arvio_client import ArvioError, Client, Event, InvalidWebhook, NotFound, verify_webhook
from arvio_client.shapes import ListedApp, Rating

HERE = Path(__file__).parent
AGES = {"now": timedelta(0), "weeks": timedelta(days=14)}
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# What our pages may load: our own files, and Arvio's script, its answers and its frames.
POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'; "
    "script-src 'self' {arvio}; connect-src {arvio}; frame-src {arvio}; img-src 'self' {arvio}; "
    "media-src {arvio}; form-action 'self' {arvio}"
)


@dataclass(frozen=True)
class Person:
    ref: str
    name: str
    email: str
    locale: str
    job: str


PEOPLE = {
    "marcus": Person("marcus", "Marcus Webb", "marcus@tamarind.example", "en", "Administrator"),
    "aino": Person("aino", "Aino Salo", "aino@tamarind.example", "fi", "Sales lead"),
    "vera": Person("vera", "Вера Громова", "vera@tamarind.example", "ru", "Support"),
}
NOBODY = Person("", "", "", "en", "")
OPEN = ("", "sign-in", "webhooks", "static")


@dataclass
class Portal:
    """One account of one marketplace; `state` is the file that knows what it has installed."""

    client: Client
    arvio: str
    state: Path
    plan: str
    account: str = "tamarind"
    secrets: list[str] = field(default_factory=list)
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=50))

    def begin(self) -> None:
        """Tell Arvio who we are; the same facts again change nothing."""
        self.client.put_account(self.account, name="Tamarind Oy", plan=self.plan, kind="production")
        for one in PEOPLE.values():
            self.client.put_user(
                self.account, one.ref, name=one.name, email=one.email, locale=one.locale
            )

    @property
    def installed(self) -> dict[str, str]:
        return dict(json.loads(self.state.read_text())) if self.state.exists() else {}

    def install(self, app: str, *, by: Person, at: datetime) -> None:
        fact = self.client.put_installation(app, self.account, installed_at=at, installed_by=by.ref)
        if not fact["installed"]:  # it was uninstalled after that, so it is new again
            return self.install(app, by=by, at=datetime.now(UTC))
        self.state.write_text(json.dumps(self.installed | {app: at.isoformat()}))

    def uninstall(self, app: str) -> None:
        self.client.end_installation(app, self.account, uninstalled_at=datetime.now(UTC))
        self.state.write_text(json.dumps({k: v for k, v in self.installed.items() if k != app}))

    def token(self, who: Person) -> str:
        return self.client.viewer_token(
            account=self.account,
            user=who.ref,
            surface="in_product",
            name=who.name,
            email=who.email,
            locale=who.locale,
        )

    def app(self, ref: str) -> ListedApp:
        """From Arvio's list; a real portal knows its apps."""
        found = next((app for app in self.client.apps() if app["app"] == ref), None)
        if found is None:
            raise LookupError(ref)
        return found

    def receive(self, headers: dict[str, str], body: bytes) -> None:
        """A message may come twice under one id, and is taken once."""
        event = verify_webhook(secrets=self.secrets, headers=headers, body=body)
        if event.id not in {known.id for known in self.events}:
            self.events.appendleft(event)


class Html(str):
    """HTML already; all other text is escaped."""

    __slots__ = ()


def fill(page: str, **values: object) -> Html:
    text = Template((HERE / "pages" / f"{page}.html").read_text(encoding="utf-8"))
    safe = {k: v if isinstance(v, Html) else escape(str(v)) for k, v in values.items()}
    return Html(text.substitute(safe))


def rated(rating: Rating) -> str:
    """In words. Below the marketplace's threshold nothing but the count is known."""
    if not rating["count"]:
        return "No reviews yet"
    count = f"{rating['count']} review{'' if rating['count'] == 1 else 's'}"
    return count if rating["mean"] is None else f"★ {rating['mean']:.1f} · {count}"


class Handler(BaseHTTPRequestHandler):
    """Parses, asks the portal, fills a page. A path is a page's name and perhaps an app."""

    portal: Portal

    def do_GET(self) -> None:
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        name, ref = [*parts, ""][:2]
        page = getattr(self, f"{self.command}_{name}".lower().replace("-", "_"), None)
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("person")
        self.who = PEOPLE.get(cookie.value, NOBODY) if cookie else NOBODY
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(min(length, 256 * 1024))
        own = self.headers.get("Origin") in (None, f"http://{self.headers.get('Host')}")
        try:
            if page is None or not (own or name == "webhooks"):
                raise LookupError(name)
            if self.who is NOBODY and name not in OPEN:
                return self._go("/")
            page(ref)
        except (LookupError, NotFound):
            self._page("error", {"title": "There is no such page", "detail": ""}, 404)
        except ArvioError as error:
            self._page("error", {"title": "Arvio didn’t take it", "detail": error}, 502)

    do_POST = do_GET  # noqa: N815 - http.server asks for it

    def _page(self, page: str, values: Mapping[str, object], status: int = 200) -> None:
        known = {"arvio": self.portal.arvio, "marketplace": self.portal.client.marketplace}
        values = {**values, **known, "me": self.who.name}
        nav = fill("nobody" if self.who is NOBODY else "nav", **values)
        body = fill("layout", main=fill(page, **values), nav=nav, **values)
        policy = POLICY.format(arvio=self.portal.arvio)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
        self._answer(status, body.encode(), headers)

    def _go(self, path: str, cookie: str = "") -> None:
        headers = {"Set-Cookie": f"{cookie}; Path=/; HttpOnly; SameSite=Lax"} if cookie else {}
        self._answer(303, b"", headers | {"Location": path})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        more = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        self.send_response(status)
        for name, value in (headers | more | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    # Pages

    def get_(self, _: str) -> None:
        if self.who is not NOBODY:
            return self._go("/market")
        people = [fill("person", **vars(one)) for one in PEOPLE.values()]
        self._page("welcome", {"title": "Sign in", "people": Html("".join(people))})

    def get_market(self, _: str) -> None:
        here = self.portal.installed
        rows = [
            fill(
                "row",
                **app | {"rating": rated(app["rating"])},
                path=quote(app["app"], safe=""),
                state="Installed" if app["app"] in here else "",
            )
            for app in self.portal.client.apps()
        ]
        self._page("market", {"title": "Market", "rows": Html("".join(rows))})

    def get_apps(self, ref: str) -> None:
        """An app's page: install it or not; its reviews are Arvio's, in a frame."""
        actions = "installed" if ref in self.portal.installed else "not_installed"
        about = self._about(ref)
        self._page("card", about | {"actions": fill(actions, **about)})

    def get_use(self, ref: str) -> None:
        """Inside an installed app: its maker's page, with Arvio's script on it."""
        if ref not in self.portal.installed:
            return self._go(f"/apps/{quote(ref, safe='')}")
        self._page("use", self._about(ref))

    def _about(self, ref: str) -> dict[str, object]:
        app = self.portal.app(ref)
        known = {"rating": rated(app["rating"]), "path": quote(ref, safe="")}
        viewer = {"token": self.portal.token(self.who), "locale": self.who.locale}
        return {**app, **known, **viewer, "title": app["name"]}

    def get_webhooks(self, _: str) -> None:
        told = [
            fill("event", type=one.type, at=one.timestamp, id=one.id, data=json.dumps(one.data))
            for one in list(self.portal.events)
        ]
        none = "Nothing yet." if self.portal.secrets else "No secret yet, so nothing is taken."
        here = {"title": "Webhooks", "url": f"http://{self.headers.get('Host')}/webhooks"}
        self._page("webhooks", here | {"events": Html("".join(told)) or none})

    def get_static(self, name: str) -> None:
        path = HERE / "static" / name
        if path not in (HERE / "static").iterdir():
            raise LookupError(name)
        self._answer(200, path.read_bytes(), {"Content-Type": TYPES[path.suffix]})

    # What people do, and Arvio

    def post_sign_in(self, ref: str) -> None:
        self._go("/market", cookie=f"person={PEOPLE[ref].ref}")

    def post_sign_out(self, _: str) -> None:
        self._go("/", cookie="person=; Max-Age=0")

    def post_install(self, ref: str) -> None:
        when = parse_qs(self.body.decode()).get("when", ["now"])[0]
        self.portal.install(ref, by=self.who, at=datetime.now(UTC) - AGES[when])
        self._go(f"/apps/{quote(ref, safe='')}")

    def post_uninstall(self, ref: str) -> None:
        self.portal.uninstall(ref)
        self._go(f"/apps/{quote(ref, safe='')}")

    def post_webhooks(self, _: str) -> None:
        try:
            self.portal.receive(dict(self.headers.items()), self.body)
        except (InvalidWebhook, ValueError) as error:
            return self._answer(400, str(error).encode(), {})
        self._answer(204, b"", {})


def serve(portal: Portal, port: int) -> ThreadingHTTPServer:
    handler = type("PortalHandler", (Handler,), {"portal": portal})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def main() -> None:
    parser = argparse.ArgumentParser(description="A pretend portal beside the demo of Arvio")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--demo", type=Path, default=HERE.parents[1] / "var" / "demo.json")
    parser.add_argument("--marketplace", default="hub", help="hub or b24")
    parser.add_argument("--webhook-secret", action="append", default=[], metavar="whsec_…")
    asked = parser.parse_args()
    if not asked.demo.exists():
        sys.exit(f"{asked.demo} isn’t there: `make run` in another terminal makes it.")
    demo = json.loads(asked.demo.read_text())
    slug, arvio = asked.marketplace, demo["base_url"]
    told = next(one for one in demo["marketplaces"] if one["slug"] == slug)
    with Client(arvio, slug, key=told["server_key"], secret=told["jwt_secret"]) as client:
        portal = Portal(
            client=client,
            arvio=arvio,
            state=asked.demo.with_name(f"portal-{slug}.json"),
            plan={"b24": "ru_std"}.get(slug, "professional"),
            secrets=asked.webhook_secret,
        )
        try:
            portal.begin()
            print(f"The portal is on http://127.0.0.1:{asked.port} (Ctrl-C stops it)")
            serve(portal, asked.port).serve_forever()
        except ArvioError as error:
            sys.exit(f"Arvio doesn’t answer on {arvio}: {error}")
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
