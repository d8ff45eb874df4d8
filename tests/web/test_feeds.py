"""An app's reviews as Atom and RSS: valid whatever was written, and never more than is public."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from arvio import clock
from arvio.reviews import actions as reviews
from arvio.reviews.editing import edit_review
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.replying import send_reply
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage, member
from tests.repeating import repeated
from tests.reviews.test_importing import incoming, take

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FEED = "/store/apps/calls/reviews."
A = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FORMS = ("atom", "rss")


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
@repeated
def store() -> Stage:
    return cast.stage()


def get(form: str = "atom", query: str = "", **headers: str) -> Any:
    response = Client().get(f"{FEED}{form}{query}", headers=headers)
    assert response.status_code in (200, 304), response.status_code
    return response


def root(form: str = "atom", query: str = "", **headers: str) -> ElementTree.Element:
    answer = get(form, query, **headers).content
    return ElementTree.fromstring(answer)  # noqa: S314  # our own answer


def entries(query: str = "") -> list[ElementTree.Element]:
    return root("atom", query).findall(f"{A}entry")


def items() -> list[ElementTree.Element]:
    return root("rss").findall("channel/item")


def test_entries_come_newest_first_with_stars_in_words_and_stable_ids(store: Stage) -> None:
    old = store.published(by=store.anna, text="It works.", at=NOW - timedelta(days=20))
    new = store.published(by=store.arvo, stars=2, text="It fails.", at=NOW - timedelta(days=9))
    found = entries()
    assert [UUID(str(one.findtext(f"{A}id")).removeprefix("urn:uuid:")) for one in found] == [
        new.pk,
        old.pk,
    ]
    assert [one.findtext(f"{A}title") for one in found] == [
        "2 out of 5 stars",
        "4 out of 5 stars",
    ]
    assert found[0].findtext(f"{A}author/{A}name") == "Arvo A."
    assert found[0].find(f"{A}link").get("href") == (  # type: ignore[union-attr]
        f"{settings.BASE_URL}/store/reviews/{new.pk}/"
    )
    assert "<p>It fails.</p>" in str(found[0].findtext(f"{A}summary"))
    published = str(found[0].findtext(f"{A}published"))
    assert published == found[0].findtext(f"{A}updated")
    assert published == NOW.isoformat()
    said = items()
    assert [one.findtext("guid") for one in said] == [f"urn:uuid:{one.pk}" for one in (new, old)]
    assert said[0].find("guid").get("isPermaLink") == "false"  # type: ignore[union-attr]
    assert said[0].findtext(f"{DC}creator") == "Arvo A."


def test_the_feed_says_what_it_is_and_where(store: Stage) -> None:
    atom = root()
    assert atom.findtext(f"{A}title") == "Reviews of Calls on The Store"
    assert atom.findtext(f"{A}id") == f"urn:uuid:{store.app.pk}"
    links = {link.get("rel"): link.get("href") for link in atom.findall(f"{A}link")}
    assert links == {
        "alternate": f"{settings.BASE_URL}/store/apps/calls/",
        "self": f"{settings.BASE_URL}/store/apps/calls/reviews.atom",
    }
    assert get("atom").headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert get("rss").headers["Content-Type"] == "application/rss+xml; charset=utf-8"


def test_each_entry_has_its_own_language_and_the_feeds_words_the_readers(store: Stage) -> None:
    store.published(text="Puhelut menevät perille joka kerta.", language="fi")
    atom = root(query="?lang=ru")
    entry = atom.find(f"{A}entry")
    assert entry is not None
    assert (atom.get(LANG), entry.get(LANG)) == ("ru", "fi")
    assert entry.findtext(f"{A}title") == "4 из 5 звёзд"
    assert '<div lang="fi" dir="auto">' in str(entry.findtext(f"{A}summary"))
    assert items()[0].findtext(f"{DC}language") == "fi"
    accepted = root(**{"accept-language": "fi"})
    assert accepted.get(LANG) == "fi"
    assert not get(query="?lang=ru").cookies


def test_an_edit_moves_the_date_and_keeps_the_id_and_the_place() -> None:
    store = cast.stage(preset="bitrix24-2025")
    review = store.published(by=store.anna, stars=3)
    store.published(by=store.arvo, at=NOW - timedelta(days=9))
    later = NOW + timedelta(hours=1)
    edit_review(viewer=store.anna, review_id=review.pk, changes={"stars": 5}, now=later)
    work_once(now=later)
    edited = entries()[1]
    assert edited.findtext(f"{A}id") == f"urn:uuid:{review.pk}"
    assert edited.findtext(f"{A}updated") == later.isoformat()
    assert edited.findtext(f"{A}published") != edited.findtext(f"{A}updated")
    assert items()[1].findtext(f"{A}updated") == later.isoformat()
    assert root().findtext(f"{A}updated") == later.isoformat()


def test_a_reply_stands_in_its_entry(store: Stage) -> None:
    review = store.published()
    before = get().headers["ETag"]
    send_reply(
        member=member(store),
        review_id=review.pk,
        text="Thank you & see you soon.",
        now=NOW,
    )
    words = str(entries()[0].findtext(f"{A}summary"))
    assert "<b>Reply from Pixel</b>" in words and "Thank you &amp; see you soon." in words
    assert get().headers["ETag"] != before


def test_an_imported_review_is_marked_and_not_verified(store: Stage) -> None:
    store.published()
    assert "Verified install" in str(entries()[0].findtext(f"{A}summary"))
    take(store, incoming(store))
    imported = next(one for one in entries() if one.find(f"{A}category") is not None)
    assert imported.find(f"{A}category").get("term") == "Imported"  # type: ignore[union-attr]
    words = str(imported.findtext(f"{A}summary"))
    assert "Imported" in words and "Verified install" not in words


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_published_is_not_there_and_what_is_removed_goes(
    store: Stage, form: str
) -> None:
    store.review(by=store.arvo, text="Nobody may read this yet.")
    review = store.published(by=store.anna, text="This may be read.")
    first = get(form)
    assert "This may be read." in first.content.decode()
    assert "Nobody may read" not in first.content.decode()
    reviews.withdraw_review(viewer=store.anna, review_id=review.pk, now=NOW)
    since = first.headers["Last-Modified"]
    for headers in ({}, {"if-none-match": first.headers["ETag"]}, {"if-modified-since": since}):
        response = get(form, **headers)
        assert response.status_code == 200
        assert "This may be read." not in response.content.decode()


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_that_is_still_right_is_not_sent_again(store: Stage, form: str) -> None:
    store.published()
    first = get(form)
    etag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Vary"] == "Accept-Language"
    for sent in (etag, f"W/{etag}", "*"):
        again = get(form, **{"if-none-match": sent})
        assert (again.status_code, again.content) == (304, b"")
    assert get(form).headers["ETag"] == etag


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_feed_is_the_same_at_any_time(
    store: Stage, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = get(form)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    assert get(form).content == first.content


@pytest.mark.parametrize("form", FORMS)
def test_any_text_leaves_it_valid(store: Stage, form: str) -> None:
    """Words came in by files and by rows of before, which no form has looked at."""
    review = store.published()
    bad = "\x07 ]]> </script> &amp; <b> \ufffe \U0001f600 \x1b \u2028 end"
    copy = ReviewVersion.objects.get(review=review)
    copy.pk, copy.number, copy.title, copy.text = None, 2, bad, bad
    copy._state.adding = True
    copy.id = ReviewVersion._meta.pk.get_default()
    copy.save()
    Review.objects.filter(pk=review.pk).update(live_version=copy)
    store.app.partner.name = store.app.name = bad
    store.app.partner.save()
    store.app.save()
    text = "".join(root(form).itertext())
    assert "\U0001f600" in text and "\x07" not in text and "\ufffe" not in text
    assert "]]> </script>" in text


@pytest.mark.parametrize("form", FORMS)
def test_fifty_are_enough_and_take_as_few_statements_as_one(
    store: Stage, form: str, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    store.published()
    get(form)
    with count_sql() as few:
        get(form)
    take(store, *(incoming(store, f"row-{number}") for number in range(55)))
    with count_sql() as many:
        body = get(form).content.decode()
    assert len(many) == len(few) <= 3
    assert body.count("urn:uuid:") == 50 + (form == "atom")


def test_what_is_not_there_has_no_feed(store: Stage) -> None:
    for path in ("/store/apps/none/reviews.atom", "/none/apps/calls/reviews.rss"):
        assert Client().get(path).status_code == 404
    assert Client().get(f"{FEED}json").status_code == 404
    assert Client().post(f"{FEED}atom").status_code == 405


def test_the_card_names_its_feeds(store: Stage) -> None:
    html = Client().get("/store/apps/calls/").content.decode()
    for form in FORMS:
        assert f'type="application/{form}+xml" href="/store/apps/calls/reviews.{form}"' in html
