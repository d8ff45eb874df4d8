"""Real threads on real connections: one standing link an app, and no number lost."""

from __future__ import annotations

from functools import partial

import pytest

from arvio.asking import actions
from arvio.asking.errors import InvalidLink
from arvio.asking.models import LinkDay, ReviewLink
from arvio.reviews.errors import Refused
from tests import cast
from tests.asking.stage import member_of
from tests.cast import NOW
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_first_uses_one_makes_the_standing_link() -> None:
    stage = cast.stage()
    make = partial(actions.default_link, app=stage.app, actor="x", now=NOW)
    found = race([make] * 8)
    assert {link.code for link in found} == {ReviewLink.objects.get().code}


def test_of_many_links_for_a_campaign_one_is_made() -> None:
    stage = cast.stage()
    petra = member_of(stage)
    make = partial(actions.create_link, member=petra, app="calls", campaign="May", now=NOW)
    found = race([make] * 8)
    assert sum(isinstance(one, ReviewLink) for one in found) == 1
    assert sum(isinstance(one, InvalidLink) and one.code == "taken" for one in found) == 7


def test_arrivals_and_reviews_at_one_moment_are_all_counted() -> None:
    stage = cast.stage()
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    answers = cast.full_answers(stage.marketplace, NOW)
    submits = [
        partial(
            actions.submit_from_link,
            viewer=stage.viewer(),
            app=stage.app,
            answers=answers,
            codes=[link.code],
            now=NOW,
        )
        for _ in range(6)
    ]
    answered = race([*submits, *[partial(actions.arrive, link=link, now=NOW)] * 6])
    assert [one for one in answered if isinstance(one, BaseException)] == []
    day = LinkDay.objects.get()
    assert (day.arrivals, day.reviews) == (6, 6)


def test_colleagues_who_want_the_last_place_through_a_link_count_once() -> None:
    """The unique keys send the later ones back while the transaction around them goes on."""
    stage = cast.stage(overrides={"limits": {"per_account": 3}})
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    answers = cast.full_answers(stage.marketplace, NOW)
    submits = [
        partial(
            actions.submit_from_link,
            viewer=cast.viewer(stage.marketplace, stage.acme, f"user-{n}"),
            app=stage.app,
            answers=answers,
            codes=[link.code],
            now=NOW,
        )
        for n in range(6)
    ]
    answered = race(submits)
    assert sum(isinstance(one, Refused) for one in answered) == 3
    assert LinkDay.objects.get().reviews == 3
