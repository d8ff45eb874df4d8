"""The client against the real server: facts in, tokens out, ratings and reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from arvio.catalog.models import Installation, User
from arvio.people.actions import create_key
from arvio_client import AnswerError, Client, Invalid, NotFound, NotSignedIn, Refused, client
from tests import cast

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
INSTALLED_AT = datetime(2026, 3, 2, 11, 30, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
def stage() -> cast.Stage:
    return cast.stage()


@pytest.fixture
def arvio(stage: cast.Stage, live_server: Any) -> Iterator[Client]:
    key = create_key(
        kind="server", marketplace_id=stage.marketplace.pk, name="test", now=cast.LONG_AGO
    )
    with Client(live_server.url, "store", key=key, secret=stage.marketplace.jwt_secret) as made:
        yield made


def test_facts_of_a_whole_marketplace_go_in(arvio: Client) -> None:
    partner = arvio.put_partner(
        "vector",
        name="Vector",
        members=[{"email": "vera@vector.example", "name": "Vera Virtanen", "role": "owner"}],
    )
    app = arvio.put_app(
        "mail",
        name="Mail",
        partner="vector",
        category="Mail",
        tagline="All of it.",
        version="1.0",
        listing_url=None,
    )
    account = arvio.put_account("kivisalo", name="Kivisalo Oy", plan="basic", kind="production")
    user = arvio.put_user("kivisalo", "aino", name="Aino Salo", locale="fi")
    installed = arvio.put_installation(
        "mail", "kivisalo", installed_at=INSTALLED_AT, installed_by="aino", version="1.0"
    )
    assert partner["members"][0]["role"] == "owner"
    assert app["listing_url"] is None and not app["retired"]
    assert account["domain"] is None and user["email"] is None
    assert installed["installed"] and installed["installed_at"] == "2026-03-02T09:30:00Z"
    ended = arvio.end_installation(
        "mail", "kivisalo", uninstalled_at=INSTALLED_AT + timedelta(days=1)
    )
    assert not ended["installed"] and ended["uninstalled_at"] == "2026-03-03T09:30:00Z"
    row = Installation.objects.get(app__ref="mail")
    assert row.installed_at == INSTALLED_AT.astimezone(UTC)


def test_an_account_is_renamed_and_merged_and_a_member_leaves(arvio: Client) -> None:
    assert arvio.rename_account("acme", to="acme-2")["account"] == "acme-2"
    assert arvio.merge_account("acme", into="zed-inc")["account"] == "zed-inc"
    for _ in range(2):
        arvio.remove_member("pixel", "pavel@mail.example")
    with pytest.raises(Invalid):
        arvio.merge_account("zed-inc", into="acme")


def test_a_token_that_is_signed_here_is_believed_there(arvio: Client) -> None:
    token = arvio.viewer_token(
        account="acme", user="aino", surface="in_product", name="Aino Salo", locale=None
    )
    verdict = arvio.eligibility("calls", token=token)
    assert verdict["allowed"] and all(check["ok"] for check in verdict["checks"])
    assert User.objects.get(ref="aino").name == "Aino Salo"


def test_a_token_that_the_server_makes_is_believed_as_well(arvio: Client) -> None:
    made = arvio.make_viewer_token(
        account="zed-inc", user="zed", surface="in_product", name="Zed Zimmer"
    )
    verdict = arvio.eligibility("calls", token=made["token"])
    failed = [check["code"] for check in verdict["checks"] if not check["ok"]]
    assert not verdict["allowed"] and failed == ["not_installed", "plan_not_commercial"]


def test_reviews_come_page_after_page_and_ratings_by_app(
    arvio: Client, stage: cast.Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.now = datetime.now(UTC)  # noqa: TID251 - the server's clock is the real one
    other = cast.make_app(stage.marketplace, stage.partner, "mail")
    for _ in range(3):
        stage.published(stars=5)
    stage.published(stars=2)
    monkeypatch.setattr(client, "PAGE", 3)
    assert [one["stars"] for one in arvio.reviews("calls", sort="lowest")] == [2, 5, 5, 5]
    assert [one["stars"] for one in arvio.reviews("calls", stars="2,3", answered=False)] == [2]
    assert list(arvio.reviews("calls", answered=True)) == []
    assert arvio.rating("calls")["mean"] == 4.25
    ratings = arvio.ratings(["calls", other.ref, "nowhere"])
    assert {app: rating["count"] for app, rating in ratings.items()} == {"calls": 4, "mail": 0}
    assert arvio.ratings([]) == {}
    assert [app["app"] for app in arvio.apps(q="mail")] == ["mail"]


def test_a_reference_with_odd_signs_stays_one_part_of_the_path(arvio: Client) -> None:
    account = arvio.put_account("a?b#c d%2F é", name="Odd", plan="basic", kind="production")
    assert account["account"] == "a?b#c d%2F é"
    for path in ("", ".", ".."):
        with pytest.raises(ValueError, match="no path can carry"):
            arvio.put_account(path, name="Odd", plan="basic", kind="production")


def test_an_error_names_its_fields(arvio: Client) -> None:
    with pytest.raises(Invalid) as caught:
        arvio.put_account("kivisalo", name="", plan="basic", kind="imaginary")  # type: ignore[arg-type]  # meant
    error = caught.value
    assert (error.status, error.code) == (422, "invalid")
    assert {one["field"] for one in error.errors} == {"name", "kind"}
    assert error.detail in str(error) and error.problem["title"]


def test_each_family_of_errors_has_its_class(
    arvio: Client, stage: cast.Stage, live_server: Any
) -> None:
    with pytest.raises(NotFound) as unknown:
        arvio.rating("nowhere")
    assert unknown.value.code == "not_found" and unknown.value.problem["field"] == "app"
    with pytest.raises(NotSignedIn), Client(live_server.url, "store") as stranger:
        stranger.put_account("kivisalo", name="Kivisalo", plan="basic", kind="production")
    reader = create_key(
        kind="server",
        marketplace_id=stage.marketplace.pk,
        name="tokens only",
        scopes=["tokens"],
        now=cast.LONG_AGO,
    )
    with pytest.raises(Refused), Client(live_server.url, "store", key=reader) as narrow:
        narrow.put_account("kivisalo", name="Kivisalo", plan="basic", kind="production")
    assert issubclass(Refused, AnswerError)


def test_what_cannot_be_meant_is_refused_before_a_call() -> None:
    with Client("http://127.0.0.1:1", "store") as arvio:
        with pytest.raises(ValueError, match="no secret to sign with"):
            arvio.viewer_token(account="acme", user="anna", surface="web", name="Anna")
        with pytest.raises(ValueError, match="101 apps at once"):
            arvio.ratings(str(number) for number in range(101))
        with pytest.raises(ValueError, match="has no time zone"):
            arvio.put_installation("calls", "acme", installed_at=datetime(2026, 3, 2))  # noqa: DTZ001 - meant
