"""The API of one marketplace, for its backend."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Self, Unpack, cast
from urllib.parse import quote

import httpx

from arvio_client import shapes
from arvio_client.errors import AnswerError, Unreachable, error_of
from arvio_client.tokens import LONGEST, sign_viewer_token

MOST_APPS = 100
PAGE = 100
# A longer pause is yours to make: the error comes at once and says how long.
LONGEST_PAUSE = 30.0


class Client:
    """One marketplace at one Arvio.

    `key` is a server key (`arv_…`) for the facts, `secret` signs viewer tokens; public reads need
    neither. Every call here may be sent twice without harm, so one that meets 429, 503 or a broken
    connection is sent again, `retries` times: after Retry-After, else after a growing `pause`.
    Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        marketplace: str,
        *,
        key: str = "",
        secret: str = "",
        timeout: float = 10.0,
        retries: int = 3,
        pause: float = 0.5,
    ) -> None:
        self.marketplace = marketplace
        self._key = key
        self._secret = secret
        self._retries = retries
        self._pause = pause
        self._http = httpx.Client(base_url=f"{base_url.rstrip('/')}/api/v1", timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # Facts: they may repeat, arrive late and in any order

    def put_partner(self, partner: str, **facts: Unpack[shapes.PartnerFacts]) -> shapes.Partner:
        return cast(shapes.Partner, self._put("partners", partner, body=facts))

    def put_app(self, app: str, **facts: Unpack[shapes.AppFacts]) -> shapes.App:
        return cast(shapes.App, self._put("apps", app, body=facts))

    def put_account(self, account: str, **facts: Unpack[shapes.AccountFacts]) -> shapes.Account:
        return cast(shapes.Account, self._put("accounts", account, body=facts))

    def put_user(self, account: str, user: str, **facts: Unpack[shapes.UserFacts]) -> shapes.User:
        return cast(shapes.User, self._put("accounts", account, "users", user, body=facts))

    def put_installation(
        self,
        app: str,
        account: str,
        *,
        installed_at: datetime,
        installed_by: str | None = None,
        version: str | None = None,
    ) -> shapes.Installation:
        at = _moment(installed_at)
        body = {"installed_at": at, "installed_by": installed_by, "version": version}
        return cast(shapes.Installation, self._put("installations", app, account, body=body))

    def end_installation(
        self, app: str, account: str, *, uninstalled_at: datetime
    ) -> shapes.Installation:
        path = self._path("installations", app, account)
        body = {"uninstalled_at": _moment(uninstalled_at)}
        return cast(shapes.Installation, self._call("DELETE", path, body=body))

    # What changes its name or its place

    def rename_account(self, account: str, *, to: str) -> shapes.Account:
        """The same account by another id; the old one leads to it."""
        path = self._path("accounts", account, "rename")
        return cast(shapes.Account, self._call("POST", path, body={"id": to}))

    def merge_account(self, account: str, *, into: str) -> shapes.Account:
        """Two accounts become one, for good; answers the one that is left."""
        path = self._path("accounts", account, "merge")
        return cast(shapes.Account, self._call("POST", path, body={"into": into}))

    def remove_member(self, partner: str, email: str) -> None:
        """However they came. It may be repeated."""
        self._call("DELETE", self._path("partners", partner, "members", email))

    # Tokens

    def viewer_token(self, *, seconds: int = LONGEST, **viewer: Unpack[shapes.Viewer]) -> str:
        """Signed here with the marketplace's secret, without a call."""
        if not self._secret:
            raise ValueError("no secret to sign with: Client(…, secret=…)")
        return sign_viewer_token(
            secret=self._secret, marketplace=self.marketplace, seconds=seconds, **viewer
        )

    def make_viewer_token(self, **viewer: Unpack[shapes.Viewer]) -> shapes.Token:
        """Made by Arvio, for a backend that holds a server key and no secret."""
        path = self._path("viewer-tokens")
        return cast(shapes.Token, self._call("POST", path, body=viewer))

    # Reads

    def apps(self, **query: Unpack[shapes.AppsQuery]) -> Iterator[shapes.ListedApp]:
        """Listed apps with their ratings, page after page; paid places are left out."""
        return self._pages("apps", query=query)

    def rating(self, app: str) -> shapes.Rating:
        return cast(shapes.Rating, self._call("GET", self._path("apps", app, "rating")))

    def ratings(self, apps: Iterable[str]) -> dict[str, shapes.Rating]:
        """Of up to 100 apps, in one call, by app; those that Arvio doesn't know are left out."""
        wanted = list(apps)
        if len(wanted) > MOST_APPS:
            raise ValueError(f"{len(wanted)} apps at once; the API takes {MOST_APPS}")
        if not wanted:
            return {}
        query = {"apps": ",".join(wanted)}
        answer = cast(shapes.Ratings, self._call("GET", self._path("ratings"), query=query))
        return {rating["app"]: rating for rating in answer["items"]}

    def reviews(self, app: str, **query: Unpack[shapes.ReviewsQuery]) -> Iterator[shapes.Review]:
        """Published reviews, page after page, each page fetched when it is reached."""
        return self._pages("apps", app, "reviews", query=query)

    def eligibility(self, app: str, *, token: str) -> shapes.Verdict:
        """May whoever the viewer token names review this app, and if not, why."""
        path = self._path("apps", app, "eligibility")
        return cast(shapes.Verdict, self._call("GET", path, bearer=token))

    # How it is sent

    def _path(self, *parts: str) -> str:
        if {"", ".", ".."} & {*parts}:
            raise ValueError(f"{parts} has a part that no path can carry")
        return "/".join(quote(part, safe="") for part in ("marketplaces", self.marketplace, *parts))

    def _put(self, *parts: str, body: Mapping[str, Any]) -> Any:
        return self._call("PUT", self._path(*parts), body=body)

    def _pages(self, *parts: str, query: Mapping[str, Any]) -> Iterator[Any]:
        page: dict[str, Any] = {"next": ""}
        while page["next"] is not None:
            asked = {**query, "limit": PAGE, "cursor": page["next"] or None}
            page = self._call("GET", self._path(*parts), query=asked)
            yield from page["items"]

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        bearer: str = "",
    ) -> Any:
        """The answer's JSON. Absent and None are the same to the API, so None isn't sent."""
        headers = {}
        if method != "GET":
            bearer = self._key
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        if method == "POST":
            # One key for all attempts: what is sent again is made once.
            headers["Idempotency-Key"] = str(uuid.uuid4())
        json = None if body is None else _given(body)
        request = self._http.build_request(
            method, path, json=json, params=_given(query or {}), headers=headers
        )
        for attempt in range(self._retries):
            try:
                return self._send(request)
            except Unreachable:
                pause = self._pause * 2**attempt
            except AnswerError as error:
                pause = self._pause * 2**attempt if error.retry_after is None else error.retry_after
                if not error.passes or pause > LONGEST_PAUSE:
                    raise
            time.sleep(pause * random.uniform(1.0, 1.25))  # noqa: S311 - apart, not secret
        return self._send(request)

    def _send(self, request: httpx.Request) -> Any:
        try:
            response = self._http.send(request)
        except httpx.TransportError as error:
            raise Unreachable(f"{request.method} {request.url}: {error!r}") from error
        if not response.is_success:
            raise error_of(response)
        if response.status_code == 204:
            return None
        try:
            return response.json()
        except ValueError:
            raise error_of(response) from None


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
