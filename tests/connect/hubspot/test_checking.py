"""The daily look whether an app is still installed; a bad day of the platform uninstalls nobody."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from arvio.catalog.models import Installation
from arvio.connect.hubspot import actions, asking, checking, sealing
from arvio.connect.hubspot.models import Connection, Grant
from arvio.connect.hubspot.pretend import Trouble
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.work.kinds import BATCH, OUTSIDE
from tests.cast import NOW
from tests.connect.hubspot.scene import HUB, Scene

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Count = Callable[[], AbstractContextManager[list[str]]]


def next_at() -> datetime:
    return Due.objects.get(kind=actions.CHECK).due_at


def test_the_worker_serves_what_the_connector_brings_along() -> None:
    assert OUTSIDE[actions.CHECK] is checking.check_due
    assert BATCH[actions.CHECK] == 10


def test_a_grant_that_holds_is_looked_at_every_day(scene: Scene) -> None:
    scene.installed()
    first = next_at()
    for n in range(3):
        assert scene.checked(first + n * DAY - timedelta(seconds=1)) == {}
        assert scene.checked(first + n * DAY) == {actions.CHECK: 1}
        assert scene.grant.checked_at == first + n * DAY
    assert next_at() == first + 3 * DAY
    assert scene.installation.is_live and scene.installation.installed_at == NOW
    assert Due.objects.get(kind=actions.CHECK).leased_until is None


def test_a_grant_that_is_gone_ends_the_installation_after_three_looks_over_a_day(
    scene: Scene,
) -> None:
    scene.installed()
    scene.pretend.uninstall(HUB)
    first = next_at()
    for hours, live in ((0, True), (12, True), (24, False)):
        assert next_at() == first + hours * HOUR
        scene.checked(first + hours * HOUR)
        assert scene.installation.is_live is live, hours
    assert scene.installation.uninstalled_at == first
    assert scene.grant.refresh_token == "" and scene.grant.ended_at == first
    assert not Due.objects.filter(kind=actions.CHECK).exists()


def test_one_good_answer_forgets_the_bad_ones(scene: Scene) -> None:
    scene.installed()
    first = next_at()
    gone = {"status": 400, "body": '{"status": "BAD_REFRESH_TOKEN"}', "times": 2}
    scene.trouble("/token", **gone)
    scene.checked(first)
    scene.checked(first + 12 * HOUR)
    assert scene.grant.gone_checks == 2
    scene.checked(first + 24 * HOUR)
    assert (scene.grant.gone_checks, scene.grant.gone_since_at) == (0, None)
    assert scene.installation.is_live


TROUBLES: list[dict[str, Any]] = [
    {"status": 500}, {"status": 503}, {"status": 200, "body": "<html>"}, {"status": 429},
    {"status": 200, "body": "{}"}, {"status": 403}, {"status": 302},
    {"status": 500, "body": '{"error": "invalid_grant"}'},
]  # fmt: skip
# A fresh token that is refused there does say that the grant is gone.
OF_TOKENS: list[dict[str, Any]] = [
    {"status": 404, "body": "gone"}, {"status": 401, "body": '{"error": "invalid_client"}'},
    {"status": 400},
]  # fmt: skip

# The version of an API that has ended.
OF_DETAILS: list[dict[str, Any]] = [{"status": 404}, {"status": 410}]


@pytest.mark.parametrize(
    ("path", "trouble"),
    [("/token", one) for one in TROUBLES + OF_TOKENS]
    + [("details", one) for one in [*TROUBLES, *OF_DETAILS]],
)
def test_a_bad_week_of_the_platform_uninstalls_nobody(
    scene: Scene, path: str, trouble: dict[str, Any]
) -> None:
    scene.installed()
    scene.trouble(path, times=10_000, **trouble)
    for n in range(10):
        scene.checked(NOW + (n + 2) * DAY)
    assert scene.grant.trouble and scene.grant.gone_checks == 0
    scene.pretend.troubles.clear()
    scene.checked(NOW + 14 * DAY)
    assert scene.installation.is_live
    assert (scene.grant.trouble, scene.grant.checked_at) == ("", NOW + 14 * DAY)


def test_a_timeout_uninstalls_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.installed()
    monkeypatch.setattr(asking, "SECONDS", 0.05)
    scene.pretend.uninstall(HUB)
    scene.trouble("/token", status=400, delay=0.3, times=5)
    for n in range(5):
        scene.checked(NOW + (n + 2) * DAY)
    assert scene.grant.trouble == "timeout" and scene.installation.is_live


def test_a_fresh_token_that_is_refused_counts_as_gone(scene: Scene) -> None:
    scene.installed()
    scene.trouble("details", status=401, times=3)
    first = next_at()
    for hours in (0, 12, 24):
        scene.checked(first + hours * HOUR)
    assert scene.installation.uninstalled_at == first


def test_the_platform_is_left_alone_as_long_as_it_asks(scene: Scene) -> None:
    for hub_id in range(1, 6):
        scene.installed(hub_id)
    at = NOW + 2 * DAY
    scene.pretend.asked.clear()
    scene.trouble("/token", status=429, retry_after="600", times=99)
    assert scene.checked(at) == {}
    assert len(scene.pretend.asked) == 1
    assert set(Due.objects.filter(kind=actions.CHECK).values_list("due_at", flat=True)) == {
        at + timedelta(minutes=10)
    }
    scene.pretend.troubles.clear()
    assert scene.checked(at + timedelta(minutes=10)) == {actions.CHECK: 5}


def test_the_accounts_kind_follows_the_platform(scene: Scene) -> None:
    one = scene.installed()
    one.account_type = "SANDBOX"
    scene.checked(NOW + 2 * DAY)
    assert scene.account.kind == "sandbox"
    assert Due.objects.filter(kind="archive_check", key=f"account:{scene.account.pk}").exists()
    one.account_type = "NEW_KIND"
    scene.checked(NOW + 4 * DAY)
    assert scene.account.kind == "sandbox"
    Connection.objects.update(kinds={"NEW_KIND": "production"})
    scene.checked(NOW + 6 * DAY)
    assert scene.account.kind == "production"


@pytest.mark.parametrize("trouble", [{}, {"status": 503}, {"status": 200, "body": "{}"}])
def test_the_token_that_the_platform_gives_next_is_kept(
    scene: Scene, trouble: dict[str, Any]
) -> None:
    """Also when nothing else could be learned by then."""
    one = scene.installed()
    one.refresh_token = "refresh-the-next-one"
    scene.trouble(
        "/token", status=200, change={
            "access_token": scene.pretend.access_token(one), "refresh_token": one.refresh_token,
        },
    )  # fmt: skip
    if trouble:
        scene.trouble("details", **trouble)
    scene.checked(NOW + 2 * DAY)
    assert sealing.unseal(scene.grant.refresh_token) == "refresh-the-next-one"
    scene.checked(NOW + 4 * DAY)
    assert scene.grant.gone_checks == 0


def test_an_answer_about_an_older_token_says_nothing_about_the_newer(scene: Scene) -> None:
    """While the worker asks with the old token, a new installation is proved."""
    scene.installed()
    old = scene.grant
    scene.pretend.uninstall(HUB)
    one = scene.install()
    assert scene.event({"event": "installed", "refresh_token": one.refresh_token})[0] == 200
    Grant.objects.update(told_gone_at=NOW)
    connection = scene.connection
    assert checking.check(connection=connection, grant=old, now=NOW + DAY) is False
    assert scene.installation.is_live and scene.grant.watched
    assert scene.grant.gone_checks == 0
    scene.trouble("/token", status=503)
    checking.check(connection=connection, grant=old, now=NOW + DAY)
    assert scene.grant.trouble == ""


def test_a_token_that_can_not_be_read_uninstalls_nobody(scene: Scene) -> None:
    scene.installed()
    Grant.objects.update(refresh_token="sealed with a key that is gone")
    for n in range(5):
        scene.checked(NOW + (n + 2) * DAY)
    assert scene.grant.trouble == "token_unreadable" and scene.installation.is_live


def test_whoever_is_stopped_gives_back_what_was_not_asked(scene: Scene) -> None:
    for hub_id in (1, 2, 3):
        scene.installed(hub_id)
    at = NOW + 2 * DAY
    rows = due.lease(kind=actions.CHECK, now=at, limit=10, at=at, until=at + HOUR)
    asked = iter([True, False])
    done = checking.check_due(rows=rows, now=at, keep=lambda: next(asked))
    assert done == [True, False, False]
    assert not Due.objects.exclude(leased_until=None).exists()
    assert scene.checked(at) == {actions.CHECK: 2}


def test_rows_of_what_was_removed_go(scene: Scene) -> None:
    scene.installed()
    Connection.objects.all().delete()
    assert scene.checked(NOW + 2 * DAY) == {actions.CHECK: 1}
    assert not Due.objects.filter(kind=actions.CHECK).exists()


def test_statements_of_a_batch_grow_only_by_what_each_row_writes(
    scene: Scene, count_sql: Count
) -> None:
    counts = []
    for hub_ids, at in (((1,), NOW + 2 * DAY), ((2, 3, 4), NOW + 4 * DAY)):
        for hub_id in hub_ids:
            scene.installed(hub_id)
        with count_sql() as statements:
            done = scene.checked(at)
        counts.append((done[actions.CHECK], len(statements)))
    assert [n for n, _ in counts] == [1, 4]
    (few, small), (many, large) = counts
    each = (large - small) / (many - few)
    assert each <= 5, counts


def test_the_platform_may_be_away_in_the_middle_of_a_batch(scene: Scene) -> None:
    for hub_id in range(1, 6):
        scene.installed(hub_id)
    scene.pretend.troubles.append(Trouble("details", 503, times=1))
    scene.checked(NOW + 2 * DAY)
    checked = Grant.objects.exclude(checked_at=None).filter(trouble="").count()
    waiting = Grant.objects.filter(trouble="answered_503").count()
    assert checked + waiting == 5 and waiting
    assert Installation.objects.filter(uninstalled_at=None).count() == 6
