"""Links that stop mails: what they are, what they do, and that they can be taken back."""

from __future__ import annotations

from uuid import uuid4

import pytest

from arvio.notify import preferences
from arvio.notify.preferences import EVENTS, Stop, read_stop, save_app, save_defaults, set_stopped
from arvio.notify.rules import Wish, how_told, language_of
from arvio.people.models import Person
from tests import cast
from tests.notify import notices


@pytest.mark.parametrize("event", EVENTS)
def test_a_token_says_what_it_stops(event: str) -> None:
    stop = Stop(uuid4(), uuid4(), event)
    assert read_stop(token=stop.token) == stop
    assert len(stop.url) < 200


@pytest.mark.parametrize("token", ["", "x", "a.b:c", "AAAA.9:x", "\u00e4", "x" * 5000])
def test_what_is_no_token_stops_nothing(token: str) -> None:
    assert read_stop(token=token) is None


def test_a_token_can_t_be_changed() -> None:
    token = Stop(uuid4(), uuid4(), "review_new").token
    assert read_stop(token=token.replace(".0:", ".1:")) is None


def test_a_link_in_a_mail_goes_before_everything() -> None:
    reader, app, partner = uuid4(), uuid4(), uuid4()
    wishes = {
        (reader, app, "review_new"): Wish("at_once"),
        (reader, partner, "review_new"): Wish("daily", stopped=True),
        (reader, partner, "review_edited"): Wish("daily"),
        (reader, partner, "digest"): Wish(stopped=True),
    }

    def told(event: str) -> str:
        return how_told(
            reader=reader, places=[app, partner], event=event, wishes=wishes, stop=partner
        )

    assert told("review_new") == "off"
    assert told("review_edited") == "off"
    wishes[reader, app, "review_edited"] = Wish("at_once")
    assert told("review_edited") == "at_once"


@pytest.mark.parametrize(
    ("wanted", "offered", "language"),
    [
        ("ru-RU", ["en"], "ru"),
        ("fi_FI", ["en"], "fi"),
        ("de", ["xx", "fi", "en"], "fi"),
        ("", ["ru"], "ru"),
        ("", [], "en"),
    ],
)
def test_the_reader_s_language_or_the_marketplace_s_first(
    wanted: str, offered: list[str], language: str
) -> None:
    assert language_of(wanted=wanted, offered=offered, known=["en", "ru", "fi"]) == language


@pytest.mark.django_db
def test_stopping_leaves_the_rest_as_it_was_and_can_be_taken_back() -> None:
    stage = cast.stage()
    petra = Person.objects.get(email="petra@pixel.example").pk
    second = cast.make_app(stage.marketplace, stage.partner, "second")
    save_app(reader_id=petra, app=second, how={"review_new": "at_once", "review_edited": "at_once"})
    stop = Stop(petra, stage.partner.pk, "review_new")
    set_stopped(stop=stop, stopped=True)
    stage.app = second
    mails = notices.mails_of(notices.new(stage), stage=stage)
    assert "petra@pixel.example" not in {mail.to_email for mail in mails}
    set_stopped(stop=stop, stopped=False)
    assert not preferences.is_stopped(stop=stop)
    mails = notices.mails_of(notices.new(stage), stage=stage)
    assert "petra@pixel.example" in {mail.to_email for mail in mails}


@pytest.mark.django_db
def test_saving_the_settings_starts_again_what_a_link_stopped() -> None:
    stage = cast.stage()
    petra = Person.objects.get(email="petra@pixel.example").pk
    for event in ("review_new", "digest"):
        set_stopped(stop=Stop(petra, stage.partner.pk, event), stopped=True)
    found = preferences.settings_of(reader_id=petra, partner=stage.partner)
    assert set(found.stopped) == {"review_new", "digest"}
    how = {"review_new": "daily", "review_edited": "off"}
    save_defaults(reader_id=petra, partner=stage.partner, how=how)
    found = preferences.settings_of(reader_id=petra, partner=stage.partner)
    assert (found.stopped, found.defaults) == ([], how)


@pytest.mark.django_db
def test_an_author_stops_the_mails_of_one_marketplace() -> None:
    stage, other = cast.stage(), cast.stage(slug="other")
    assert stage.anna.user
    set_stopped(stop=Stop(stage.anna.user.pk, stage.marketplace.pk, "reply_sent"), stopped=True)
    told = [notices.replied(stage), notices.archived(stage), notices.replied(other)]
    subjects = {mail.subject for mail in notices.mails_of(*told, stage=stage)}
    assert subjects == {
        "Your review of Calls isn’t shown now",
        "Pixel replied to your review of Calls",
    }
    assert len(notices.mails()) == 2
