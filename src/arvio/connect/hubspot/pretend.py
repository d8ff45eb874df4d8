"""A stand-in for the platform on this machine, made from its documented answers: to try the
connector without an account there, and for its tests.

What it plays: OAuth (`/oauth/authorize`, tokens, introspection, v1's token information),
`/account-info`, and `hubspot.fetch`, which signs a request and sends it. What it is told to do
comes by POST to `/pretend/…`. It keeps everything in memory and listens on loopback alone.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

from arvio.connect.hubspot import rules

SCOPES = ["oauth"]
SECONDS = 1800
Reply = tuple[int, Any]


@dataclass
class Install:
    hub_id: int
    user_id: int
    email: str
    account_type: str = "STANDARD"
    refresh_token: str = ""


@dataclass
class Trouble:
    """What goes wrong with the next `times` requests whose path holds `path`."""

    path: str = ""
    status: int = 503
    times: int = 1
    delay: float = 0.0
    retry_after: str = ""
    body: str | None = None
    change: dict[str, Any] = field(default_factory=dict)


class Pretend:
    """One app at the platform, and the accounts that have installed it."""

    def __init__(
        self, *, app_id: int = 500100, client_id: str = "pretend-client", client_secret: str = ""
    ) -> None:
        self.app_id = app_id
        self.client_id = client_id
        self.client_secret = client_secret or secrets.token_hex(16)
        self.installs: dict[int, Install] = {}
        self.access: dict[str, Install] = {}
        self.codes: dict[str, Install] = {}
        self.troubles: list[Trouble] = []
        self.asked: list[str] = []
        self.now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    # --- What happens in the product -----------------------------------------------------------

    def install(
        self, hub_id: int, user_id: int, email: str, account_type: str = "STANDARD"
    ) -> Install:
        made = Install(hub_id, user_id, email, account_type, f"refresh-{secrets.token_hex(16)}")
        self.installs[hub_id] = made
        return made

    def uninstall(self, hub_id: int) -> None:
        """All tokens of the account are dead from now on."""
        self.installs.pop(hub_id, None)
        self.access = {token: one for token, one in self.access.items() if one.hub_id != hub_id}

    def access_token(self, one: Install) -> str:
        token = f"access-{secrets.token_hex(24)}"
        self.access[token] = one
        return token

    def signed(self, *, method: str, url: str, body: bytes = b"") -> dict[str, str]:
        """The headers with which the platform sends this request."""
        timestamp = str(self.now_ms())
        return {
            "X-HubSpot-Request-Timestamp": timestamp,
            "X-HubSpot-Signature-v3": rules.signature(
                secret=self.client_secret, method=method, url=url, body=body, timestamp=timestamp
            ),
        }

    def addressed(self, url: str, *, hub_id: int, user_id: int, email: str) -> str:
        """The address with what the platform adds to it."""
        said = {"userId": user_id, "portalId": hub_id, "userEmail": email, "appId": self.app_id}
        return f"{url}{'&' if '?' in url else '?'}{urlencode(said)}"

    # --- What the platform answers -------------------------------------------------------------

    def answer(self, method: str, path: str, form: dict[str, str], bearer: str) -> Reply:
        parts = path.strip("/").split("/")
        if parts[0] == "oauth" and len(parts) >= 3 and parts[1] in rules.APIS:
            if method == "POST" and parts[2:] == ["token"]:
                return self._token(form)
            if method == "POST" and parts[2:] == ["token", "introspect"] and parts[1] != "v1":
                return self._introspect(form)
            if method == "GET" and parts[1:3] == ["v1", "access-tokens"] and len(parts) == 4:
                return self._info(parts[3])
        if method == "GET" and path in (
            "/account-info/v3/details",
            "/account-info/2026-03/details",
        ):
            return self._details(bearer)
        return 404, {"status": "error", "message": "There is no such address here."}

    def _token(self, form: dict[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            return 401, {"error": "invalid_client", "message": "wrong client id or secret"}
        if form.get("grant_type") == "authorization_code":
            one = self.codes.pop(form.get("code", ""), None)
        else:
            wanted = form.get("refresh_token", "")
            one = next((one for one in self.installs.values() if one.refresh_token == wanted), None)
        if one is None:
            return 400, {
                "status": "BAD_REFRESH_TOKEN",
                "error": "invalid_grant",
                "message": "missing or invalid refresh token",
            }
        return 200, {
            "access_token": self.access_token(one),
            "refresh_token": one.refresh_token,
            "token_type": "bearer",
            "expires_in": SECONDS,
            "hub_id": one.hub_id,
            "scopes": SCOPES,
        }

    def _introspect(self, form: dict[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            return 401, {"error": "invalid_client", "message": "wrong client id or secret"}
        status, said = self._info(form.get("token", ""))
        if status != 200:
            return 200, {"active": False}
        return 200, {
            **said, "active": True, "client_id": self.client_id, "token_use": "access_token",
        }  # fmt: skip

    def _info(self, token: str) -> Reply:
        one = self.access.get(token)
        if one is None:
            return 404, {"status": "error", "message": "not found"}
        return 200, {
            "token": token,
            "user": one.email,
            "user_id": one.user_id,
            "hub_id": one.hub_id,
            "hub_domain": f"hub-{one.hub_id}.example",
            "app_id": self.app_id,
            "scopes": SCOPES,
            "expires_in": SECONDS,
            "token_type": "access",
            "is_private_distribution": False,
            "signed_access_token": {
                "appId": self.app_id,
                "hubId": one.hub_id,
                "userId": one.user_id,
                "installingUserId": one.user_id,
                "isUserLevel": False,
                "isServiceAccount": False,
                "hublet": "na1",
                "expiresAt": self.now_ms() + SECONDS * 1000,
            },
        }

    def _details(self, bearer: str) -> Reply:
        one = self.access.get(bearer)
        if one is None:
            return 401, {"status": "error", "category": "INVALID_AUTHENTICATION"}
        return 200, {
            "portalId": one.hub_id,
            "accountType": one.account_type,
            "timeZone": "US/Eastern",
            "companyCurrency": "USD",
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }

    # --- What it is told to do -----------------------------------------------------------------

    def told(self, what: str, said: dict[str, Any]) -> Reply:
        if what == "install":
            return 200, vars(self.install(**said))
        if what == "uninstall":
            self.uninstall(**said)
            return 200, {"uninstalled": said["hub_id"]}
        if what == "trouble":
            self.troubles.append(Trouble(**said))
            return 200, {"troubles": len(self.troubles)}
        if what == "fetch":
            return self._fetch(**said)
        return 404, {"message": "install, uninstall, trouble or fetch"}

    def _fetch(
        self,
        url: str,
        hub_id: int,
        user_id: int,
        email: str,
        method: str = "POST",
        body: dict[str, Any] | None = None,
    ) -> Reply:
        """`hubspot.fetch` of a UI extension: the platform sends the request, not the browser."""
        whole = self.addressed(url, hub_id=hub_id, user_id=user_id, email=email)
        content = json.dumps(body).encode() if body is not None else b""
        headers = self.signed(method=method, url=whole, body=content)
        if content:
            headers["Content-Type"] = "application/json"
        request = Request(whole, data=content or None, headers=headers, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=15) as answer:  # noqa: S310 - the address is the tester's
                return answer.status, _plain(answer.read())
        except HTTPError as error:
            return error.code, _plain(error.read())

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes after the person agreed; who that is stands in the address."""
        hub_id = int(query.get("hub_id", "7001"))
        one = self.installs.get(hub_id) or self.install(
            hub_id, int(query.get("user_id", "41")), query.get("email", "anna@customer.example")
        )
        code = secrets.token_hex(8)
        self.codes[code] = one
        back = {"code": code, **({"state": query["state"]} if "state" in query else {})}
        return f"{query['redirect_uri']}?{urlencode(back)}"


def _plain(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


class Handler(BaseHTTPRequestHandler):
    pretend: Pretend

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/pretend/"):
            self._tell(parts.path.removeprefix("/pretend/"), body)
        elif parts.path == "/oauth/authorize":
            self.send_response(302)
            self.send_header("Location", self.pretend.authorize(query))
            self.end_headers()
        else:
            self.pretend.asked.append(f"{self.command} {parts.path}")
            form = {key: values[-1] for key, values in parse_qs(body.decode("latin-1")).items()}
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            reply = self.pretend.answer(self.command, parts.path, form, bearer)
            self._reply(*reply, self._trouble(parts.path))

    def _tell(self, what: str, body: bytes) -> None:
        try:
            reply = self.pretend.told(what, json.loads(body or b"{}"))
        except (TypeError, ValueError, KeyError) as error:
            reply = 400, {"message": str(error)}
        self._reply(*reply, None)

    def _trouble(self, path: str) -> Trouble | None:
        for trouble in self.pretend.troubles:
            if trouble.path in path and trouble.times > 0:
                trouble.times -= 1
                return trouble
        return None

    def _reply(self, status: int, said: Any, trouble: Trouble | None) -> None:
        body = json.dumps(said)
        if trouble:
            time.sleep(trouble.delay)
            status = trouble.status
            body = json.dumps({**said, **trouble.change}) if trouble.body is None else trouble.body
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if trouble and trouble.retry_after:
            self.send_header("Retry-After", trouble.retry_after)
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            return  # whoever asked didn't wait

    def log_message(self, *arguments: Any) -> None:
        """Paths hold tokens."""


class Server:
    """`with Server(pretend) as base_url:` while it listens; port 0 takes a free one."""

    def __init__(self, pretend: Pretend, *, port: int = 0) -> None:
        handler = type("Bound", (Handler,), {"pretend": pretend})
        self.listener = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.listener.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.listener.server_port}"

    def __enter__(self) -> str:
        self.thread = Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self.base_url

    def __exit__(self, *raised: object) -> None:
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()
