"""Work outside the database: is the app still installed? Asked once a day for each grant, since
the platform tells nobody of an uninstall (FEATURES 1.13).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from arvio.connect.hubspot import actions, asking, rules, sealing
from arvio.connect.hubspot.asking import Gone, Later
from arvio.connect.hubspot.models import Connection, Grant
from arvio.connect.hubspot.rules import Doubtful
from arvio.due import actions as due
from arvio.due.models import Due


def check_due(rows: Sequence[Due], now: datetime, keep: Callable[[], bool]) -> list[bool]:
    """Check the grants of leased due rows; answers for each whether it is done with.

    A platform that doesn't answer is asked once a batch and app, and the rest wait with it.
    """
    grants = {
        str(grant.pk): grant
        for grant in Grant.objects.select_related("app", "account").filter(
            pk__in=[UUID(row.key) for row in rows]
        )
    }
    apps = {grant.app_id for grant in grants.values()}
    connections = {one.app_id: one for one in Connection.objects.filter(app__in=apps)}
    away: dict[UUID, Later] = {}
    done: list[bool] = []
    for row in rows:
        if not keep():
            break
        grant = grants.get(row.key)
        connection = connections.get(grant.app_id) if grant else None
        done.append(_serve(row, grant, connection, away, now))
    due.release(rows=rows[len(done) :])
    return done + [False] * (len(rows) - len(done))


def _serve(
    row: Due,
    grant: Grant | None,
    connection: Connection | None,
    away: dict[UUID, Later],
    now: datetime,
) -> bool:
    if grant is None or connection is None or not grant.watched:
        due.done(rows=[row])
        return True
    known = away.get(grant.app_id)
    said = known or check(connection=connection, grant=grant, now=now)
    if isinstance(said, Later):
        away[grant.app_id] = said
        if known:
            _wait(grant, said, now)
    # Every outcome has written when it is due again; the lease ends here.
    due.release(rows=[row])
    return not isinstance(said, Doubtful)


def check(*, connection: Connection, grant: Grant, now: datetime) -> Doubtful | bool:
    """Ask, and write what came of it, with the next check. True: it holds; False: it is gone, or
    may be. A Doubtful says why nothing was learned.
    """
    try:
        token = sealing.unseal(grant.refresh_token)
        fetched = asking.fetch_access_token(connection=connection, refresh_token=token, now=now)
        if fetched.refresh_token != token:
            # Before anything else is asked: the old one may be worth nothing any more.
            actions.keep_token(grant=grant, refresh_token=fetched.refresh_token)
        said = asking.account_info(
            connection=connection,
            access_token=fetched.access_token,
            account=grant.account.ref,
            now=now,
        )
    except Gone:
        actions.note_gone(grant=grant, now=now)
        return False
    except sealing.Unreadable:
        doubt = Doubtful("token_unreadable", "The refresh token can't be read any more.")
        _wait(grant, doubt, now)
        return doubt
    except Doubtful as doubt:
        _wait(grant, doubt, now)
        return doubt
    actions.note_alive(connection=connection, grant=grant, said=said, now=now)
    return True


def _wait(grant: Grant, doubt: Doubtful, now: datetime) -> None:
    wait = doubt.wait if isinstance(doubt, Later) else timedelta(0)
    tomorrow = rules.next_check(key=grant.pk.int, after=now)
    again_at = now + wait if wait else tomorrow
    actions.note_trouble(grant=grant, code=doubt.code, again_at=again_at, now=now)
