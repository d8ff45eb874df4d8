from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arvio.audit import rules
from arvio.audit.models import AuditRow
from arvio.catalog import queries
from arvio.catalog.clips import clip_address
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.marketplaces import change_marketplace, create_marketplace, set_policy
from arvio.catalog.models import Marketplace, PolicyVersion
from arvio.due.models import Due
from arvio.policy.problems import PolicyError
from tests.cast import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def make(**values: Any) -> Marketplace:
    given = {"slug": "store", "name": "The Store", "preset": "bitrix24-2024", "now": NOW, **values}
    return create_marketplace(**given)


def set_one(marketplace: Marketplace, at: datetime, now: datetime = NOW, **values: Any) -> int:
    given = {"preset": "bitrix24-2024", "actor": "test", **values}
    return set_policy(marketplace=marketplace, effective_at=at, now=now, **given).number


def in_force(marketplace: Marketplace, now: datetime) -> int:
    return queries.policy_in_force(marketplace=marketplace, now=now).number


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"slug": "api"}, "slug"),
        ({"slug": "No!"}, "slug"),
        ({"languages": []}, "languages"),
        ({"languages": ["en", "sv"]}, "languages"),
        ({"accent": "neon"}, "accent"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"time_zone": "a\0b"}, "time_zone"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"calendar": "Finland"}, "calendar"),
        ({"calendar": "fi"}, "calendar"),
        ({"frame_hosts": ["javascript:x"]}, "frame_hosts"),
        ({"frame_hosts": ["https://portal.example; script-src *"]}, "frame_hosts"),
        ({"origins": ["portal.example"]}, "origins"),
        ({"origins": ["*"]}, "origins"),
        ({"origins": ["https://portal.example/path"]}, "origins"),
    ],
)
def test_a_marketplace_that_can_not_be_is_refused_whole(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFact) as refusal:
        make(**values)
    assert refusal.value.field == field
    assert not Marketplace.objects.exists()


def test_a_slug_is_given_once() -> None:
    make()
    with pytest.raises(InvalidFact, match="exists already"):
        make()
    assert Marketplace.objects.count() == PolicyVersion.objects.count() == 1


def test_a_policy_that_can_not_be_read_makes_no_marketplace() -> None:
    with pytest.raises(PolicyError):
        make(preset="nobody-1999")
    with pytest.raises(PolicyError):
        make(overrides={"limits": {"per_user": 0}})
    assert not Marketplace.objects.exists()


def test_versions_follow_each_other_at_their_times() -> None:
    marketplace = make()
    assert set_one(marketplace, NOW + 2 * DAY, preset="bitrix24-2025") == 2
    assert set_one(marketplace, NOW + DAY) == 3
    order = [in_force(marketplace, NOW + days * DAY) for days in (0, 1, 2, 9)]
    assert order == [1, 3, 2, 2]
    assert in_force(marketplace, NOW + DAY - timedelta(microseconds=1)) == 1


def test_of_two_versions_of_one_moment_the_later_made_holds() -> None:
    marketplace = make()
    set_one(marketplace, NOW)
    assert in_force(marketplace, NOW) == 2


def test_a_policy_never_takes_effect_in_the_past() -> None:
    marketplace = make()
    with pytest.raises(InvalidFact):
        set_one(marketplace, NOW - timedelta(microseconds=1))
    assert in_force(marketplace, NOW) == 1


def test_before_its_first_policy_a_marketplace_has_no_rules() -> None:
    marketplace = make()
    with pytest.raises(NotFound):
        in_force(marketplace, NOW - DAY)


def test_a_version_keeps_the_whole_document_and_a_due_row_and_a_history() -> None:
    marketplace = make(overrides={"limits": {"per_user": 2}})
    set_one(marketplace, NOW + DAY)
    first, second = PolicyVersion.objects.order_by("number")
    assert (first.policy.limits.per_user, second.policy.limits.per_user) == (2, 1)
    assert first.document["limits"]["per_user"] == 2
    assert first.overrides == {"limits": {"per_user": 2}}
    due = {row.key: row.due_at for row in Due.objects.filter(kind="policy")}
    assert due == {str(first.pk): NOW, str(second.pk): NOW + DAY}
    rows = AuditRow.objects.filter(subject=f"marketplace:{marketplace.pk}").order_by("seq")
    tags = ["policy_set", "guidelines_set", "policy_set"]
    assert [row.tag for row in rows] == [f"marketplace:{tag}" for tag in tags]
    assert rules.broken(rows) is None


PORTAL, APP = "https://portal.example", "https://app.example"


def change(marketplace: Marketplace, **values: Any) -> Marketplace:
    return change_marketplace(marketplace=marketplace, actor="test", now=NOW + DAY, **values)


def changes(marketplace: Marketplace) -> list[AuditRow]:
    rows = AuditRow.objects.filter(subject=f"marketplace:{marketplace.pk}").order_by("seq")
    assert rules.broken(rows) is None
    return [row for row in rows if row.tag == "marketplace:changed"]


def test_what_is_given_takes_the_place_of_what_was_and_the_rest_stays() -> None:
    marketplace = make(frame_hosts=[PORTAL], origins=[PORTAL])
    change(marketplace, frame_hosts=["https://*.portal.example", APP])
    change(marketplace, name="Store of All", origins=[])
    found = Marketplace.objects.get()
    assert found.name == "Store of All"
    assert (found.frame_hosts, found.origins) == (["https://*.portal.example", APP], [])
    first, second = changes(marketplace)
    assert first.before == {"frame_hosts": [PORTAL]}
    assert first.after == {"frame_hosts": ["https://*.portal.example", APP]}
    assert (first.actor, first.at) == ("test", NOW + DAY)
    assert second.before == {"name": "The Store", "origins": [PORTAL]}
    assert second.after == {"name": "Store of All", "origins": []}


def test_a_change_to_the_same_leaves_no_trace() -> None:
    marketplace = make(frame_hosts=[PORTAL])
    change(marketplace, name="The Store", frame_hosts=(PORTAL,), origins=())
    change(marketplace)
    assert changes(marketplace) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"frame_hosts": ["portal.example"]}, "frame_hosts"),
        ({"frame_hosts": [APP, "https://portal.example; script-src *"]}, "frame_hosts"),
        ({"origins": ["https://*.portal.example"]}, "origins"),
    ],
)
def test_a_change_that_can_not_be_is_refused_whole(values: dict[str, Any], field: str) -> None:
    marketplace = make(frame_hosts=[PORTAL], origins=[PORTAL])
    with pytest.raises(InvalidFact) as refusal:
        change(marketplace, **{"name": "Other", "frame_hosts": [APP], **values})
    assert refusal.value.field == field
    found = Marketplace.objects.get()
    assert (found.name, found.frame_hosts, found.origins) == ("The Store", [PORTAL], [PORTAL])
    assert changes(marketplace) == []


def test_the_command_changes_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    make(frame_hosts=[PORTAL])
    call_command("marketplace", "change", "store", "--frame-host", APP, "--frame-host", PORTAL)
    call_command("marketplace", "change", "store", "--origin", APP, "--name", "The [red] Store")
    capsys.readouterr()
    call_command("marketplace", "change", "store")
    assert capsys.readouterr().out == (
        "store is called The [red] Store.\n"
        "Languages: en, ru, fi\n"
        "Accent: indigo (#4f46c8 on light, #a5a1ff on dark)\n"
        "Working days: US, UTC\n"
        "Plans: nowhere\n"
        f"Clip: {clip_address(Marketplace.objects.get())}\n"
        f"May frame it: {APP}, {PORTAL}\n"
        f"May call it from a page: {APP}\n"
    )
    call_command("marketplace", "change", "store", "--no-frame-hosts", "--no-origins")
    found = Marketplace.objects.get()
    assert (found.frame_hosts, found.origins) == ([], [])
    assert capsys.readouterr().out.count("nobody") == 2
    with pytest.raises(CommandError, match="origins: 'x' isn't an origin"):
        call_command("marketplace", "change", "store", "--origin", "x")
    with pytest.raises(CommandError, match="There is no marketplace 'none'"):
        call_command("marketplace", "change", "none")
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("marketplace", "change", "store", "--origin", APP, "--no-origins")


def test_the_secret_of_a_new_marketplace_stands_on_the_line_that_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("marketplace", "create", "store", "--policy", "bitrix24-2024")
    secret = Marketplace.objects.get().jwt_secret
    assert f"Secret for viewer tokens (HS256): {secret}\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["", "nobody", "a\0b", "\ud800", "x" * 10_000, "store'--"])
def test_a_name_that_is_not_there_is_not_found(name: str) -> None:
    marketplace = make()
    for find in (
        lambda: queries.marketplace(slug=name),
        lambda: queries.marketplace_with_policy(slug=name, now=NOW),
        lambda: queries.app(marketplace=marketplace, ref=name),
        lambda: queries.account(marketplace=marketplace, ref=name),
        lambda: queries.partner(marketplace=marketplace, ref=name),
    ):
        with pytest.raises(NotFound):
            find()
