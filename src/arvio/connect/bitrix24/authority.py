"""Asking the authorization server, and a portal for what only it knows."""

from __future__ import annotations

import json

from django.conf import settings

from arvio import outbound
from arvio.connect.bitrix24 import rules
from arvio.connect.bitrix24.models import Connection
from arvio.connect.bitrix24.rules import Identity, Person, Proof, Unproved

# A person waits for both, and a thread of ours with them.
SECONDS = 5.0
PORTAL_SECONDS = 3.0


def prove(*, connection: Connection, access_token: str, server_endpoint: str) -> Proof:
    """Whose token it is, as the authorization server says. Raises Unproved."""
    if not rules.ACCESS_TOKEN.fullmatch(access_token):
        raise Unproved("no_token", "There is no access token that could be asked about.")
    server = rules.choose_server(servers=connection.authorization_servers, hint=server_endpoint)
    identity = Identity(code=connection.code, client_id=connection.client_id)
    try:
        answer = _ask(f"{server}/rest/app.info", access_token, SECONDS)
    except outbound.OutboundError as error:
        raise Unproved(f"authority_{error.code}", error.detail, again=True) from None
    return rules.read_proof(status=answer.status, body=answer.body, identity=identity)


def person(*, proof: Proof, access_token: str) -> Person:
    """Name and e-mail, from the portal that the authorization server named. Does without when it
    doesn't answer.
    """
    if not _can_be_asked(proof):
        return Person()
    method = "user.current" if proof.scope & rules.USER_SCOPES else "profile"
    try:
        answer = _ask(_method(proof, method), access_token, PORTAL_SECONDS)
    except outbound.OutboundError:
        return Person()
    return rules.read_person(status=answer.status, body=answer.body, user_id=proof.user_id)


def _can_be_asked(proof: Proof) -> bool:
    return bool(proof.client_endpoint) and not rules.address_problem(
        url=proof.client_endpoint, allowed=settings.OUTBOUND_ALLOWED
    )


def _method(proof: Proof, name: str) -> str:
    return f"{proof.client_endpoint.rstrip('/')}/{name}"


def _ask(url: str, access_token: str, seconds: float) -> outbound.Answer:
    return outbound.call(
        method="POST",
        url=url,
        # In the body, because addresses end up in logs.
        content=json.dumps({"auth": access_token}).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
        allowed=settings.OUTBOUND_ALLOWED,
        seconds=seconds,
    )
