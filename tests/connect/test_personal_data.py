"""Everything about one person and nothing about others (R75)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arvio import clock
from arvio.catalog import actions as catalog
from arvio.catalog import banning
from arvio.connect.personal_data import personal_data
from arvio.reviews import actions
from tests import cast, marked
from tests.cast import NOW
from tests.marked import Author, Marked, some_case
from tests.test_privacy_walk import plain

pytestmark = pytest.mark.django_db
GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
# Facts of the account or of our own: not in the document.
NOT_THEIRS = {"domain", "industry", "size", "plan", "key", "id", "account id", "installed by"}


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def told_to(author: Author) -> str:
    assert author.viewer.user
    document = personal_data(user=author.viewer.user, now=NOW)
    return plain(json.dumps(document, ensure_ascii=False))


def test_all_of_an_authors_words_are_there_and_nobody_elses(tmp_path: Path) -> None:
    made = marked.build(case=some_case(3, "hubspot-2024"), style="first_l", folder=tmp_path)
    for author in made.authors:
        if author.life in ("erased", "imported"):
            continue
        told = told_to(author)
        own = {**author.private, **author.shown}
        wanted = {what for what in own if what not in NOT_THEIRS and not _unused(author, what)}
        assert {what for what in wanted if own[what] not in told} == set(), author.life
        assert _others(made, author, told) == []


def _unused(author: Author, what: str) -> bool:
    """Parts of a name of another shape were never given."""
    assert author.viewer.user
    given = author.viewer.user.name
    own = {**author.private, **author.shown}
    return what in ("first", "middle", "last") and own[what] not in given


def _others(made: Marked, author: Author, told: str) -> list[str]:
    others = [other for other in made.authors if other is not author]
    words = {f"{o.life}'s {what}": word for o in others for what, word in o.private.items()}
    shown = {f"{o.life}'s {what}": word for o in others for what, word in o.shown.items()}
    people = {**words, **shown, **made.members, "the draft of a reply": made.reply_draft}
    return [what for what, word in people.items() if word in told]


def test_the_command_prints_it_by_id_or_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    stage = cast.stage()
    stage.review(by=stage.anna)
    assert stage.anna.user
    printed = []
    for named in ("store/acme/anna", str(stage.anna.user.pk)):
        call_command("export", user=named)
        printed.append(json.loads(capsys.readouterr().out))
    assert printed[0] == printed[1]
    assert printed[0]["user"]["email"] == "anna@customer.example"
    with pytest.raises(CommandError, match="there is no user 'store/acme/nobody'"):
        call_command("export", user="store/acme/nobody")


def test_what_one_says_against_a_ban_is_ones_own() -> None:
    """Also where the ban is of the whole account, whose other users' words stay out."""
    stage = cast.stage()
    catalog.ban(account=stage.acme, reason="Paid for reviews", now=NOW)
    banning.appeal(viewer=stage.anna, text="Nobody paid.", now=NOW)
    assert stage.anna.user and stage.arvo.user
    (ban,) = personal_data(user=stage.anna.user, now=NOW)["bans"]
    assert [appeal["text"] for appeal in ban["appeals"]] == ["Nobody paid."]
    assert personal_data(user=stage.arvo.user, now=NOW)["bans"] == []


def test_the_guide_names_every_key() -> None:
    shape = GUIDE.split("## All about one person")[1].split("\n## ")[0]
    stage = cast.stage(preset="hubspot-2024")
    review = stage.review(by=stage.anna)
    member = cast.member(stage)
    actions.send_reply(member=member, review_id=review.pk, text="Thank you.", now=NOW)
    assert stage.anna.user
    document = personal_data(user=stage.anna.user, now=NOW)
    assert {key for key in _keys(document) if f'"{key}"' not in shape} == set()


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return {key for item in value for key in _keys(item)}
    if not isinstance(value, dict):
        return set()
    within = {key: item for key, item in value.items() if key not in ("evidence", "qualities")}
    return set(value) | {key for item in within.values() for key in _keys(item)}


def test_many_reviews_take_no_more_statements_than_one(
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    stage = cast.stage()
    counts = []
    for ref in ("mail", "forms", "docs"):
        app = cast.make_app(stage.marketplace, stage.partner, ref)
        cast.install(app, stage.acme)
        stage.app = app
        stage.review(by=stage.anna)
        assert stage.anna.user
        with count_sql() as statements:
            personal_data(user=stage.anna.user, now=NOW)
        counts.append(len(statements))
    assert counts[1] == counts[2]
