"""Callers of the API for the tests: a marketplace's backend, a viewer, anybody."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from django.http import HttpResponse
from django.test import Client

from arvio.catalog.members import Member
from arvio.catalog.queries import Viewer
from arvio.catalog.staff import Moderator
from arvio.people import tokens
from arvio.people.actions import SCOPES, create_key
from tests.cast import LONG_AGO, Stage

API = "/api/v1"


@dataclass
class Answer:
    """An answer and what the tests ask of it."""

    raw: HttpResponse

    @property
    def status(self) -> int:
        return self.raw.status_code

    @property
    def json(self) -> Any:
        return json.loads(self.raw.content)

    @property
    def headers(self) -> Any:
        return self.raw.headers

    @property
    def fields(self) -> set[str]:
        return {error["field"] for error in self.json["errors"]}


@dataclass
class Caller:
    """Sends requests with one Authorization, or with none."""

    authorization: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        raw: bytes | None = None,
    ) -> Answer:
        """`body` is sent as JSON, `raw` as it is."""
        sent = {**self.headers, **(headers or {})}
        if self.authorization:
            sent["Authorization"] = f"Bearer {self.authorization}"
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        response = Client(raise_request_exception=False).generic(
            method,
            path if path.startswith("/api") else API + path,
            data,
            content_type="application/json",
            headers=sent,
        )
        return Answer(response)  # type: ignore[arg-type]  # the client's answer is one

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self.send("GET", path, None, headers)

    def put(self, path: str, body: Any) -> Answer:
        return self.send("PUT", path, body)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        return self.send("POST", path, body, headers)

    def patch(self, path: str, body: Any) -> Answer:
        return self.send("PATCH", path, body)

    def delete(self, path: str, body: Any = None) -> Answer:
        return self.send("DELETE", path, body)


anybody = Caller()


def server(stage: Stage, *, scopes: Any = SCOPES, kind: str = "server") -> Caller:
    key = create_key(
        kind=kind, marketplace_id=stage.marketplace.pk, name="test", scopes=scopes, now=LONG_AGO
    )
    return Caller(key)


def signed_in(viewer: Viewer, **claims: Any) -> Caller:
    return Caller(token_of(viewer, **claims))


def token_of(viewer: Viewer, **claims: Any) -> str:
    assert viewer.account
    assert viewer.user
    known = {
        "iss": viewer.marketplace.slug,
        "sub": viewer.user.ref,
        "account": viewer.account.ref,
        "surface": viewer.surface,
        "name": viewer.name,
        "email": viewer.email,
        "locale": viewer.locale,
    }
    token, _ = tokens.issue(secret=viewer.marketplace.jwt_secret, claims=known | claims)
    return token


def forged(viewer: Viewer, *, secret: str = "", algorithm: str = "HS256", **claims: Any) -> str:
    """A token with any claims, signed with any secret."""
    issued_at = int(time.time())
    assert viewer.account
    assert viewer.user
    body: dict[str, Any] = {
        "iss": viewer.marketplace.slug,
        "sub": viewer.user.ref,
        "account": viewer.account.ref,
        "surface": "in_product",
        "name": viewer.name,
        "iat": issued_at,
        "exp": issued_at + 600,
    }
    key = "" if algorithm == "none" else secret or viewer.marketplace.jwt_secret
    body = {name: value for name, value in (body | claims).items() if value is not ...}
    return jwt.encode(body, key, algorithm=algorithm)


def holder(member: Member) -> Caller:
    """A member with an own partner key."""
    key = create_key(
        kind="partner",
        marketplace_id=member.marketplace.pk,
        partner_id=member.partner.pk,
        person=member.person,
        name="test",
        scopes=(),
        now=LONG_AGO,
    )
    return Caller(key)


def moderates(who: Moderator) -> Caller:
    """A moderator with a key of their own."""
    key = create_key(
        kind="moderator",
        marketplace_id=who.marketplace.pk,
        person=who.person,
        name="test",
        scopes=(),
        now=LONG_AGO,
    )
    return Caller(key)
