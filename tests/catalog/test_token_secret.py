"""The secret for viewer tokens is rotated with the old one taken for a chosen time; keys and secret
from the command line.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arvio import clock
from arvio.audit.models import AuditRow
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Marketplace
from arvio.catalog.token_secret import end_old_secret, rotate_secret
from arvio.people import queries, tokens
from arvio.people.models import Key
from tests.api.caller import forged, signed_in
from tests.cast import NOW, Stage, stage

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def store() -> Stage:
    return stage()


def rotate(store: Stage, keep: timedelta, at: Any = NOW) -> str:
    return rotate_secret(marketplace=store.marketplace, keep=keep, actor="person:olli", now=at)


def found() -> Marketplace:
    return Marketplace.objects.get()


def test_tokens_of_both_secrets_are_taken_until_the_old_one_is_over(store: Stage) -> None:
    old, new = store.marketplace.jwt_secret, rotate(store, HOUR)
    assert found().token_secrets(NOW + HOUR - timedelta(seconds=1)) == (new, old)
    assert found().token_secrets(NOW + HOUR) == (new,)
    rows = AuditRow.objects.filter(tag="marketplace:token_secret_rotated")
    assert rows.get().after == {"old_until": (NOW + HOUR).isoformat()}
    assert rows.get().actor == "person:olli"
    assert old not in str(rows.values()) and new not in str(rows.values())


@pytest.mark.once
def test_the_api_takes_what_either_signed_and_says_of_a_forged_one_what_it_always_said(
    store: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    before = signed_in(store.anna)
    path = "/marketplaces/store/me/reviews"
    stranger = forged(store.anna, secret="x" * 40)
    said = before.__class__(stranger).get(path).json
    rotate(store, HOUR)
    store.anna.marketplace.refresh_from_db()
    after = signed_in(store.anna)
    assert [one.get(path).status for one in (before, after)] == [200, 200]
    assert before.__class__(stranger).get(path).json == said
    end_old_secret(marketplace=store.marketplace, actor="test", now=NOW)
    assert [one.get(path).status for one in (before, after)] == [401, 200]


@pytest.mark.once
def test_an_expired_token_of_the_old_secret_still_says_whose_it_was() -> None:
    token, _ = tokens.issue(
        secret="old" * 20,
        claims={"iss": "store", "sub": "a", "account": "b", "surface": "web", "name": "A"},
        seconds=-5,
    )
    with pytest.raises(tokens.TokenError) as refusal:
        tokens.read(token=token, secrets=["new" * 20, "old" * 20], marketplace="store")
    assert refusal.value.expired


def test_an_old_secret_is_kept_for_an_hour_at_least_or_not_at_all(store: Stage) -> None:
    for wrong in (HOUR - timedelta(seconds=1), timedelta(days=30, seconds=1), -HOUR):
        with pytest.raises(InvalidFact):
            rotate(store, wrong)
    assert found().token_secrets(NOW) == (store.marketplace.jwt_secret,)
    new = rotate(store, timedelta(0))
    assert found().token_secrets(NOW) == (new,)
    assert found().old_jwt_secret == ""


def test_a_secret_in_its_time_is_pushed_out_by_nothing_but_an_end(store: Stage) -> None:
    rotate(store, HOUR)
    with pytest.raises(InvalidFact, match="still counts"):
        rotate(store, HOUR)
    assert end_old_secret(marketplace=store.marketplace, actor="test", now=NOW)
    assert not end_old_secret(marketplace=store.marketplace, actor="test", now=NOW)
    second = rotate(store, HOUR)
    third = rotate(store, timedelta(0))
    assert found().token_secrets(NOW) == (third,) != (second,)


# --- Commands ------------------------------------------------------------------------------------


@pytest.mark.once
def test_the_secret_is_rotated_shown_and_ended_by_command(
    store: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*options: str) -> str:
        call_command("marketplace", "secret", "store", *options)
        return capsys.readouterr().out.strip()

    old = store.marketplace.jwt_secret
    assert said("--show") == old and old not in said()
    new = said("--rotate")
    assert said("--show") == new and found().token_secrets(clock.now()) == (new, old)
    assert re.search(r"before are taken until \d{4}-", said())
    for wrong in (("--rotate",), ("--rotate", "--keep", "1h"), ("--keep", "PT1H")):
        with pytest.raises(CommandError):
            said(*wrong)
    assert said("--end-old") == "ended"
    with pytest.raises(CommandError, match="no old secret"):
        said("--end-old")
    assert said("--rotate", "--keep", "PT0S") and found().old_jwt_secret == ""


@pytest.mark.once
def test_a_key_is_rotated_and_revoked_by_its_first_characters(
    store: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*options: str) -> str:
        call_command("key", *options)
        return capsys.readouterr().out.strip()

    old = said("create", "store", "--name", "backend", "--scope", "catalog", "--lasts", "P1Y")
    new = said("rotate", old[:10], "--keep", "P2D")
    now = clock.now()
    works = [bool(queries.key(token=token, now=now + timedelta(days=3))) for token in (old, new)]
    assert works == [False, True] and queries.key(token=old, now=now)
    for wrong in (
        ("rotate", old[:10]), ("rotate", "arv_nobody"), ("rotate", new[:10], "--keep", "P31D"),
        ("rotate", new[:10], "--keep", "soon"), ("create", "store", "--lasts", "PT0S"),
        ("revoke", "arv_nobody"),
    ):  # fmt: skip
        with pytest.raises(CommandError):
            said(*wrong)
    assert said("revoke", new[:10], "--reason", "in a log") == "revoked"
    assert queries.key(token=new, now=now) is None
    tags = AuditRow.objects.filter(subject=Key.objects.get(prefix=new[:10]).subject)
    assert list(tags.order_by("seq").values_list("tag", "actor")) == [
        ("key:created", "command"), ("key:revoked", "command"),
    ]  # fmt: skip
    assert "revoked" in said("list", "store")
