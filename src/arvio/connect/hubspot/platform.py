"""What `connect.platforms` asks of a platform's folder."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from arvio import clock
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import App
from arvio.connect.hubspot import actions, asking, checking, queries, rules
from arvio.connect.hubspot.models import Connection, Grant
from arvio.connect.hubspot.rules import Doubtful
from arvio.connect.platforms import Call, Kind, NotProved, Opened
from arvio.people import limits

# Who signs isn't counted; who only brings tokens could make us ask the platform without end.
UNSIGNED_AN_HOUR = 300
SIGNED_HEADERS = ("x-hubspot-signature-v3", "x-hubspot-request-timestamp")


class HubSpot:
    def open_frame(self, *, app: App, call: Call, now: datetime) -> Opened:
        """Signature v3 over the address, which names the person. Nothing is written: an account
        is known by its token or not at all.
        """
        connection = queries.connection(app=app)
        try:
            _check_signed(connection, call, now)
            visitor = rules.read_visitor(url=call.url, app_id=connection.platform_app_id)
        except Doubtful as doubt:
            raise _not_proved(doubt) from None
        return Opened(
            account=visitor.account,
            user=visitor.user,
            name=visitor.name,
            email=visitor.email,
            locale=visitor.locale,
        )

    def take_event(self, *, app: App, call: Call, now: datetime) -> str:
        """`{"event": "installed", "refresh_token" or "access_token": …}`, proved by the token, or
        `{"event": "uninstalled", "portalId": …}`, signed and then asked about.
        """
        connection = queries.connection(app=app)
        try:
            signed = any(name in call.headers for name in SIGNED_HEADERS)
            if signed:
                _check_signed(connection, call, now)
            said = rules.read_object(call.body)
            take = {"installed": _installed, "uninstalled": _uninstalled}.get(
                str(said.get("event"))
            )
            if take is None:
                raise InvalidFact("event", "The event is `installed` or `uninstalled`.")
            return take(connection, app, said, signed, now)
        except Doubtful as doubt:
            raise _not_proved(doubt) from None


def _real(now: datetime) -> datetime:
    """The platform's clock doesn't move with the demo's."""
    return now - clock.offset()


def _check_signed(connection: Connection, call: Call, now: datetime) -> None:
    rules.check_signature(
        secret=asking.secret_of(connection),
        method=call.method,
        url=call.url,
        body=call.body,
        headers=call.headers,
        at=_real(now),
    )


def _not_proved(doubt: Doubtful) -> NotProved:
    return NotProved(doubt.code, doubt.detail, status=doubt.status)


def _installed(
    connection: Connection, app: App, said: dict[str, Any], signed: bool, now: datetime
) -> str:
    refresh_token, access_token = _tokens(said)
    if not signed and limits.take(
        action="hubspot_installed",
        key=str(connection.pk),
        most=UNSIGNED_AN_HOUR,
        period=timedelta(hours=1),
        at=_real(now),
    ):
        detail = "Too many unsigned events in this hour. Sign them, or wait."
        raise Doubtful("too_many_unsigned", detail, status=503)
    try:
        if refresh_token:
            fetched = asking.fetch_access_token(
                connection=connection, refresh_token=refresh_token, now=now
            )
            refresh_token, access_token = fetched.refresh_token, fetched.access_token
        token = asking.token_info(connection=connection, access_token=access_token, now=now)
        account = asking.account_info(
            connection=connection, access_token=access_token, account=token.account, now=now
        )
    except asking.Gone:
        detail = "The platform doesn't know this token, or no longer."
        raise Doubtful("token_not_active", detail) from None
    proof = actions.Proof(token, account, refresh_token)
    return actions.take_proof(connection=connection, app=app, proof=proof, now=now)


def _tokens(said: dict[str, Any]) -> tuple[str, str]:
    _check_fields(said, {"event", "refresh_token", "access_token"})
    given = {key: said[key] for key in ("refresh_token", "access_token") if key in said}
    if len(given) != 1:
        raise InvalidFact("refresh_token", "Send refresh_token or access_token, one of them.")
    [(key, token)] = given.items()
    if not isinstance(token, str) or not rules.TOKEN.fullmatch(token):
        raise InvalidFact(key, "That isn't a token.")
    return (token, "") if key == "refresh_token" else ("", token)


def _check_fields(said: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(said) - known)
    if unknown:
        raise InvalidFact(unknown[0][:60], f"Unknown field. Known are: {', '.join(sorted(known))}.")


def _uninstalled(
    connection: Connection, app: App, said: dict[str, Any], signed: bool, now: datetime
) -> str:
    """Answers `uninstalled`, `still_installed`, `checking` where the platform can't be asked just
    now, or `ignored` where nothing is installed that we know of.
    """
    if not signed:
        raise Doubtful("not_signed", "An uninstall is told in a request with signature v3.")
    _check_fields(said, {"event", "portalId"})
    account = said.get("portalId")
    if not isinstance(account, int) or isinstance(account, bool) or not 0 < account < 2**63:
        raise InvalidFact("portalId", "portalId is the account's number.")
    grant = (
        Grant.objects.select_related("app", "account")
        .filter(app=app, account__ref=str(account), ended_at=None)
        .first()
    )
    if grant is None:
        return "ignored"
    if not grant.watched:
        actions.end_told(grant=grant, now=now)
        return "uninstalled"
    actions.note_told(grant=grant, now=now)
    said_now = checking.check(connection=connection, grant=grant, now=now)
    if isinstance(said_now, Doubtful):
        return "checking"
    return "still_installed" if said_now else "uninstalled"


PLATFORM = HubSpot()
KINDS = (Kind(actions.CHECK, checking.check_due, 10),)
