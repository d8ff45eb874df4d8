"""The link at the end of a mail: one click stops it, looking at it stops nothing."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from arvio.notify.preferences import Stop, is_stopped
from arvio.people.models import Person
from tests import cast
from tests.notify import notices

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def stop() -> Stop:
    stage = cast.stage()
    petra = Person.objects.get(email="petra@pixel.example")
    return Stop(petra.pk, stage.partner.pk, "review_new")


def path_of(stop: Stop) -> str:
    return stop.url.removeprefix("http://testserver")


def test_looking_changes_nothing(stop: Stop) -> None:
    page = Client().get(path_of(stop))
    assert page.status_code == 200
    assert "about new reviews of apps by Pixel" in page.content.decode()
    assert Client().head(path_of(stop)).status_code == 200
    assert not is_stopped(stop=stop)


def test_one_click_of_a_mail_program_stops_it(stop: Stop) -> None:
    """RFC 8058: a POST with this body, without cookies, and no redirect."""
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path_of(stop), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert is_stopped(stop=stop)
    assert strict.post(path_of(stop), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert is_stopped(stop=stop)
    assert "no-store" in answer["Cache-Control"]


def test_it_can_be_taken_back(stop: Stop) -> None:
    Client().post(path_of(stop))
    page = Client().get(path_of(stop)).content.decode()
    assert "Get them again" in page
    Client().post(path_of(stop), {"undo": "1"})
    assert not is_stopped(stop=stop)


@pytest.mark.parametrize("token", ["x", "AAAA.0:x", "%00", "a" * 3000])
def test_what_is_no_link_of_ours_is_no_page(token: str) -> None:
    cast.stage()
    assert Client().get(f"/me/mail/{token}/").status_code == 404
    assert Client().post(f"/me/mail/{token}/").status_code == 404


def test_the_link_of_every_mail_stops_that_kind_of_mail_and_no_other() -> None:
    stage = cast.stage()

    def told() -> list[tuple[str, str]]:
        before = len(notices.mails())
        mails = notices.mails_of(
            notices.new(stage), notices.replied(stage), notices.archived(stage), stage=stage
        )
        return [(mail.to_email, mail.subject) for mail in mails[before:]]

    first = told()
    assert len(first) == 5
    for mail in notices.mails()[:5]:
        link = mail.headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
        for words in (mail.text, mail.html):
            assert link in words
        Client().post(link)
        now_told = told()
        assert (mail.to_email, mail.subject) not in now_told
        assert len(now_told) == 4
        Client().post(link, {"undo": "1"})


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("reply_sent", "about replies to your reviews on The Store"),
        ("review_archived", "about your reviews on The Store that aren’t shown now"),
    ],
)
def test_an_author_reads_what_stops(event: str, words: str) -> None:
    stage = cast.stage()
    assert stage.anna.user
    stop = Stop(stage.anna.user.pk, stage.marketplace.pk, event)
    page = re.sub(r"\s+", " ", Client().get(path_of(stop)).content.decode())
    assert words in page and "Edit notifications" not in page
