"""Keys and the secret of viewer tokens change while eight clients call without a pause: nobody is
refused who holds the new one or, within the time, the old one; what is revoked is refused at once.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from arvio import clock
from arvio.catalog.token_secret import end_old_secret, rotate_secret
from arvio.people import actions, tokens
from arvio.people.models import Key
from tests import cast
from tests.cast import LONG_AGO, Stage

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10
TOKENS = "/api/v1/marketplaces/store/viewer-tokens"
MINE = "/api/v1/marketplaces/store/me/reviews"
WHO = b'{"account": "acme", "user": "anna", "surface": "web", "name": "Anna"}'


@dataclass
class Caller:
    """One thread that calls for as long as it may with what it holds when it calls."""

    host: str
    holds: Callable[[], str]
    by_key: bool
    # When each request began and was answered, what was sent and the status.
    calls: list[tuple[float, float, str, int]] = field(default_factory=list)

    def run(self, over: threading.Event) -> None:
        while not over.is_set():
            held, began = self.holds(), time.monotonic()
            status = self._call(held)
            self.calls.append((began, time.monotonic(), held, status))

    def _call(self, held: str) -> int:
        line = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        sent = {"Authorization": f"Bearer {held}", "Content-Type": "application/json"}
        try:
            if self.by_key:
                line.request("POST", TOKENS, WHO, sent)
            else:
                line.request("GET", MINE, headers=sent)
            return line.getresponse().status
        finally:
            line.close()

    def statuses(self, held: str, *, since: float = 0) -> set[int]:
        return {status for began, _, one, status in self.calls if one == held and began >= since}


@contextmanager
def calling(callers: list[Caller]) -> Iterator[None]:
    over = threading.Event()
    threads = [threading.Thread(target=caller.run, args=(over,)) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def wait_for_more(callers: list[Caller], each: int = 4) -> None:
    """Until every one of them has made so many calls that began after now."""
    wanted = [len(caller.calls) + each + 1 for caller in callers]
    end = time.monotonic() + PATIENCE
    while any(len(one.calls) < most for one, most in zip(callers, wanted, strict=True)):
        assert time.monotonic() < end, "nothing is answered any more"
        time.sleep(0.01)


def signed(secret: str) -> str:
    claims = {"iss": "store", "sub": "anna", "account": "acme", "surface": "web", "name": "Anna"}
    return tokens.issue(secret=secret, claims=claims)[0]


@pytest.fixture
def stage() -> Stage:
    return cast.stage()


def test_a_rotation_refuses_nobody_and_a_revocation_is_obeyed_at_once(
    stage: Stage, live_server: Any
) -> None:
    marketplace, host = stage.marketplace, urlsplit(live_server.url).netloc
    old_key = actions.create_key(
        kind="server", marketplace_id=marketplace.pk, name="Backend", now=LONG_AGO
    )
    old_token = signed(marketplace.jwt_secret)
    newest = {"key": old_key, "token": old_token}
    kept = [Caller(host, lambda: old_key, True) for _ in range(2)]
    kept += [Caller(host, lambda: old_token, False) for _ in range(2)]
    changing = [Caller(host, lambda: newest["key"], True) for _ in range(2)]
    changing += [Caller(host, lambda: newest["token"], False) for _ in range(2)]
    everybody = kept + changing
    with calling(everybody):
        wait_for_more(everybody)
        hour = timedelta(hours=1)
        key = Key.objects.get()
        newest["key"] = actions.rotate_key(key=key, keep=hour, now=clock.real())
        newest["token"] = signed(
            rotate_secret(marketplace=marketplace, keep=hour, actor="test", now=clock.real())
        )
        wait_for_more(everybody)
        rotated = time.monotonic()

        keys = Key.objects.filter(pk=key.pk)
        assert actions.revoke_keys(keys=keys, reason="leaked", now=clock.real()) == 1
        revoked = time.monotonic()
        wait_for_more(everybody)
        end_old_secret(marketplace=marketplace, actor="test", now=clock.real())
        ended = time.monotonic()
        wait_for_more(everybody)

    for caller in changing:
        new = newest["key" if caller.by_key else "token"]
        assert caller.statuses(new) == {200}, "whoever holds the new one is never refused"
        assert {status for *_, status in caller.calls} == {200}
    for caller in kept:
        held, end = (old_key, revoked) if caller.by_key else (old_token, ended)
        before = {status for began, answered, _, status in caller.calls if answered < rotated}
        assert before == {200}, "the old one is taken as long as it is kept"
        assert caller.statuses(held, since=end) == {401}
        last = max(answered for _, answered, _, status in caller.calls if status == 200)
        assert last - end < 1, "nothing is accepted a second after"
