"""The connector as `connect.platforms` finds it: proves first, then takes facts."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import App
from arvio.connect.bitrix24 import actions, authority, rules
from arvio.connect.bitrix24.models import Connection
from arvio.connect.bitrix24.rules import Event, Proof, Unproved
from arvio.connect.platforms import Call, NotProved, Opened

EVENTS = ("ONAPPINSTALL", "ONAPPUNINSTALL", "ONAPPUPDATE", "ONAPPPAYMENT")


class Bitrix24:
    def open_frame(self, *, app: App, call: Call, now: datetime) -> Opened:
        """Only the access token and the name of the authorization server are read from the
        request; `member_id` may only say what the authorization server says.
        """
        connection = _connection(app)
        access_token = call.form.get("AUTH_ID", "")
        try:
            proof = authority.prove(
                connection=connection,
                access_token=access_token,
                server_endpoint=call.form.get("SERVER_ENDPOINT", ""),
            )
            _check_portal(proof, call.form.get("member_id", ""))
            person = authority.person(proof=proof, access_token=access_token)
            actions.take_visit(connection=connection, proof=proof, now=now)
        except Unproved as error:
            raise _not_proved(error) from None
        return Opened(
            account=proof.member_id,
            user=proof.user_id,
            name=person.name,
            email=person.email,
            locale=_locale(call.query.get("LANG") or call.form.get("LANG", "")),
        )

    def take_event(self, *, app: App, call: Call, now: datetime) -> str:
        """installed, unfinished, updated, uninstalled, refreshed, noted (nothing that could be
        proved) or ignored (nothing of ours).
        """
        connection = _connection(app)
        if call.form.get("event", "").upper() not in EVENTS:
            return "ignored"
        try:
            event = rules.read_event(form=call.form, now=now)
            return _take(connection, event, now)
        except rules.BadEvent as error:
            raise InvalidFact(error.field, error.detail) from None
        except Unproved as error:
            raise _not_proved(error) from None


def _take(connection: Connection, event: Event, now: datetime) -> str:
    if event.kind == "ONAPPUNINSTALL":
        return actions.take_uninstall(connection=connection, event=event, now=now)
    if event.kind == "ONAPPINSTALL":
        if not event.application_token:
            raise rules.BadEvent("auth[application_token]", "An installation brings one.")
        proof = _proof(connection, event)
        return actions.take_install(connection=connection, proof=proof, event=event, now=now)
    if event.kind == "ONAPPUPDATE":
        given = _proof(connection, event) if event.access_token else None
        return actions.take_update(connection=connection, proof=given, event=event, now=now)
    if not event.access_token:
        # Nothing came that proves anything; the plan is asked for when the app is opened next.
        return "noted"
    proof = _proof(connection, event)
    return actions.take_payment(connection=connection, proof=proof, now=now)


def _proof(connection: Connection, event: Event) -> Proof:
    proof = authority.prove(
        connection=connection,
        access_token=event.access_token,
        server_endpoint=event.server_endpoint,
    )
    _check_portal(proof, event.member_id)
    return proof


def _check_portal(proof: Proof, member_id: str) -> None:
    if member_id and member_id != proof.member_id:
        raise Unproved("wrong_portal", "The token belongs to another portal than the one named.")


def _connection(app: App) -> Connection:
    connection = Connection.objects.filter(app=app).first()
    if connection is None:
        raise NotProved("not_connected", "The app isn't connected: arvio bitrix24 set.")
    connection.app = app
    return connection


def _locale(language: str) -> str | None:
    return language if language in dict(settings.LANGUAGES) else None


def _not_proved(error: Unproved) -> NotProved:
    return NotProved(error.code, error.detail, status=503 if error.again else 403)


PLATFORM = Bitrix24()
