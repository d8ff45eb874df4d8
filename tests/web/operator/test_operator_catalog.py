"""An operator finds what the catalog holds and changes it, and is told before what will happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from arvio.audit.models import AuditRow
from arvio.catalog import queries
from arvio.catalog.models import Account, App, User
from arvio.people.models import Person, Role
from arvio.reviews.models import Review
from tests import cast
from tests.cast import Stage
from tests.web.desk.staffed import OLLI

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SignIn = Callable[[str], Client]
HOME = "/operator/catalog/"


@pytest.fixture
def olli(store: Stage, sign_in: SignIn) -> Client:
    return sign_in(OLLI)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def by(tag: str) -> str:
    return AuditRow.objects.get(tag=tag).actor


def actor() -> str:
    return f"person:{Person.objects.get(email=OLLI).pk}"


def test_one_box_finds_all_four_kinds_and_a_former_id(olli: Client, store: Stage) -> None:
    page = text(olli.get(HOME, {"q": "a"}))
    for heading in ("Apps", "Accounts", "Users"):
        assert f'<h2 class="h2">{heading}</h2>' in page
    assert "Anna Korhonen" in text(olli.get(HOME, {"q": "ANNA@customer.example"}))
    assert "Nothing found" in text(olli.get(HOME, {"q": "\0 nowhere"}))
    olli.post(f"{HOME}accounts/{store.acme.pk}/rename/", {"id": "acme-2"})
    assert "Acme Oy" in text(olli.get(HOME, {"q": "acme", "kind": "accounts"}))


def test_a_long_list_goes_on_behind_its_cursor(olli: Client, store: Stage) -> None:
    for n in range(22):
        cast.viewer(store.marketplace, store.acme, f"user-{n:02}", name="Same Name")
    first = olli.get(HOME, {"kind": "users", "q": "same"})
    assert text(first).count("Same Name") == 20
    link = first.context["found"][0]["more"]
    assert text(olli.get(HOME + link)).count("Same Name") == 2
    assert olli.get(HOME, {"kind": "users", "cursor": "broken"}).status_code == 200


def test_an_app_moves_retires_and_comes_back(olli: Client, store: Stage) -> None:
    vera, _ = cast.rival(store)
    store.published()
    move = f"{HOME}apps/{store.app.pk}/move/"
    assert "Vector" in text(olli.get(move, {"q": "vec"}))
    page = text(olli.get(move, {"to": "vector"}))
    assert "1 review goes along" in page
    assert olli.post(move, {"to": "nobody"}).status_code == 404
    assert "has moved" in text(olli.post(move, {"to": "vector"}, follow=True))
    assert App.objects.get(pk=store.app.pk).partner == vera.partner
    assert by("app:moved") == actor()
    retire = f"{HOME}apps/{store.app.pk}/retire/"
    assert "takes no new reviews" in text(olli.get(retire))
    assert "is retired" in text(olli.post(retire, {"to": "retired"}, follow=True))
    assert App.objects.get(pk=store.app.pk).retired
    olli.post(retire, {"to": "back"})
    assert not App.objects.get(pk=store.app.pk).retired
    assert by("app:back") == actor()


def test_a_merge_is_told_in_figures_and_confirmed_by_name(olli: Client, store: Stage) -> None:
    globex = cast.installed_account(store, "globex")
    same = cast.viewer(store.marketplace, globex, "anna")
    for who in (store.anna, same, store.arvo):
        store.review(by=who)
    merge = f"{HOME}accounts/{store.acme.pk}/merge/"
    assert "Globex" in text(olli.get(merge, {"q": "glob"}))
    page = text(olli.get(merge, {"to": "globex"}))
    assert "These go to Globex: 2 users, 1 installation, 2 reviews." in page
    assert "1 user is in both accounts and becomes one person." in page
    assert "Anna Korhonen has reviewed Calls from both and keeps both reviews." in page
    wrong = olli.post(merge, {"to": "globex", "name": "Acme"})
    assert (wrong.status_code, Account.objects.get(pk=store.acme.pk).leads_to) == (422, None)
    done = olli.post(merge, {"to": "globex", "name": " acme oy "}, follow=True)
    assert "The two accounts are one now." in text(done)
    assert set(Review.objects.values_list("account", flat=True)) == {globex.pk}
    assert by("account:merged") == actor()
    # The old address shows the account that it leads to.
    assert "Globex" in text(olli.get(f"{HOME}accounts/{store.acme.pk}/"))


def test_an_account_gets_another_id(olli: Client, store: Stage) -> None:
    rename = f"{HOME}accounts/{store.acme.pk}/rename/"
    for wrong in ("", "a/b", "zed-inc", "x" * 101):
        assert olli.post(rename, {"id": wrong}).status_code == 422
    assert "another id" in text(olli.post(rename, {"id": "acme-2"}, follow=True))
    assert queries.account(marketplace=store.marketplace, ref="acme").ref == "acme-2"
    assert by("account:renamed") == actor()


def test_a_member_is_removed_and_an_address_changed(olli: Client, store: Stage) -> None:
    petra = cast.member(store).person
    remove = f"{HOME}partners/{store.partner.pk}/members/{petra.pk}/remove/"
    assert "They are the last owner" in text(olli.get(remove))
    assert "membership has ended" in text(olli.post(remove, follow=True))
    assert not Role.objects.filter(person=petra).exists()
    assert olli.post(remove).status_code == 303
    user = store.anna.user
    assert user is not None
    email = f"{HOME}users/{user.pk}/email/"
    assert olli.post(email, {"email": "not one"}).status_code == 422
    olli.post(email, {"email": "Anna@New.example"})
    assert User.objects.get(pk=user.pk).email == "anna@new.example"
    assert (by("partner:member_removed"), by("user:email_changed")) == (actor(), actor())
