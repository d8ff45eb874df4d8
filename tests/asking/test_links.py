"""Making and ending links, counting by them, and reading what came of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from arvio.asking import actions, queries
from arvio.asking.errors import InvalidLink
from arvio.asking.models import LinkDay, LinkReview, ReviewLink
from arvio.catalog import actions as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.members import Member
from arvio.paging import CursorError
from arvio.policy.form import FormError
from arvio.reviews.errors import Refused
from arvio.reviews.models import Review
from tests import cast
from tests.asking.stage import member_of
from tests.cast import NOW, Stage

pytestmark = pytest.mark.django_db
Counter = Callable[[], AbstractContextManager[list[str]]]


def submit(stage: Stage, codes: list[str], **answers: Any) -> Review:
    given = cast.full_answers(stage.marketplace, NOW) | answers
    return actions.submit_from_link(
        viewer=stage.viewer(), app=stage.app, answers=given, codes=codes, now=NOW
    )


def numbers(link: ReviewLink) -> tuple[int, int]:
    rows = LinkDay.objects.filter(link=link)
    return sum(row.arrivals for row in rows), sum(row.reviews for row in rows)


def stranger(stage: Stage) -> tuple[Member, str]:
    """The owner of another partner of the same marketplace, and the reference of its app."""
    other, _ = catalog.put_partner(
        marketplace=stage.marketplace,
        ref="rival",
        name="Rival",
        domains=[],
        members=[("rita@rival.example", "Rita Rinne", "owner")],
        now=cast.LONG_AGO,
    )
    app = cast.make_app(stage.marketplace, other, "rival-calls")
    return member_of(Stage(**{**vars(stage), "partner": other}), "rita@rival.example"), app.ref


def test_the_standing_link_is_made_once() -> None:
    stage = cast.stage()
    assert queries.link_of(app=stage.app) is None
    link = actions.default_link(app=stage.app, actor="person:x", now=NOW)
    assert actions.default_link(app=stage.app, actor="person:y", now=NOW) == link
    assert (link.campaign, link.created_by) == ("", "person:x")
    assert queries.link_of(app=stage.app) == link


def test_an_ended_standing_link_gives_way_to_a_new_one() -> None:
    stage = cast.stage()
    petra = member_of(stage)
    first = actions.default_link(app=stage.app, actor=petra.actor, now=NOW)
    actions.end_link(member=petra, link_id=first.pk, now=NOW)
    second = actions.default_link(app=stage.app, actor=petra.actor, now=NOW)
    assert second != first and second.code != first.code


def test_all_apps_get_their_standing_links_at_once_but_not_the_retired() -> None:
    stage = cast.stage()
    cast.make_app(stage.marketplace, stage.partner, "gone", retired=True)
    cast.make_app(stage.marketplace, stage.partner, "billing")
    apps = actions.default_links(member=member_of(stage), now=NOW)
    assert [app.ref for app in apps] == ["billing", "calls"]
    actions.default_links(member=member_of(stage), now=NOW)
    assert sorted(link.app.ref for link in ReviewLink.objects.all()) == ["billing", "calls"]


def test_a_campaign_has_one_link_while_it_lasts() -> None:
    stage = cast.stage()
    petra = member_of(stage)

    def make() -> ReviewLink:
        return actions.create_link(member=petra, app="calls", campaign=" May  mail ", now=NOW)

    link = make()
    assert link.campaign == "May mail"
    with pytest.raises(InvalidLink) as problem:
        make()
    assert problem.value.code == "taken"
    ended = actions.end_link(member=petra, link_id=link.pk, now=NOW)
    assert ended.ended_at == NOW
    assert make() != link
    later = actions.end_link(member=petra, link_id=link.pk, now=NOW + timedelta(days=1))
    assert later.ended_at == NOW


@pytest.mark.parametrize("campaign", ["", "  ", "x" * 61, "a\0b"])
def test_what_is_no_campaign_makes_no_link(campaign: str) -> None:
    stage = cast.stage()
    with pytest.raises(InvalidLink):
        actions.create_link(member=member_of(stage), app="calls", campaign=campaign, now=NOW)
    assert not ReviewLink.objects.exists()


def test_another_partners_app_and_link_are_as_if_they_were_not_there() -> None:
    stage = cast.stage()
    rita, theirs = stranger(stage)
    link = actions.create_link(member=member_of(stage), app="calls", campaign="May", now=NOW)
    for app in ("calls", "nothing", "\0"):
        with pytest.raises(NotFound):
            actions.create_link(member=rita, app=app, campaign="May", now=NOW)
    with pytest.raises(NotFound):
        actions.end_link(member=rita, link_id=link.pk, now=NOW)
    with pytest.raises(NotFound):
        queries.one(member=rita, link_id=link.pk)
    assert queries.page(member=rita).items == []
    assert [app.ref for app in queries.apps(member=rita)] == [theirs]
    link.refresh_from_db()
    assert link.ended_at is None


def test_a_code_opens_only_in_its_marketplace() -> None:
    stage, other = cast.stage(), cast.stage(slug="elsewhere")
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    assert queries.link(marketplace=stage.marketplace, code=link.code) == link
    for marketplace, code in (
        (other.marketplace, link.code),
        (stage.marketplace, "aaaaaaaaaa"),
        (stage.marketplace, "\0"),
        (stage.marketplace, ""),
    ):
        with pytest.raises(NotFound):
            queries.link(marketplace=marketplace, code=code)


def test_arrivals_and_reviews_are_counted_by_day() -> None:
    stage = cast.stage()
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    for days in (0, 0, 1):
        actions.arrive(link=link, now=NOW + timedelta(days=days))
    review = submit(stage, [link.code])
    assert numbers(link) == (3, 1)
    assert LinkDay.objects.count() == 2
    assert LinkReview.objects.get().review_id == review.pk


def test_a_review_counts_for_the_newest_link_of_its_own_app() -> None:
    stage = cast.stage()
    petra = member_of(stage)
    billing = cast.make_app(stage.marketplace, stage.partner, "billing")
    other = actions.default_link(app=billing, actor="x", now=NOW)
    old = actions.default_link(app=stage.app, actor="x", now=NOW)
    new = actions.create_link(member=petra, app="calls", campaign="May", now=NOW)
    submit(stage, [other.code, new.code, old.code])
    assert [numbers(link) for link in (other, new, old)] == [(0, 0), (0, 1), (0, 0)]


@pytest.mark.parametrize("codes", [[], ["aaaaaaaaaa"], ["", "x" * 10]])
def test_no_code_and_a_wrong_code_hinder_no_review(codes: list[str]) -> None:
    stage = cast.stage()
    assert submit(stage, codes).state == "held"
    assert not LinkReview.objects.exists()


def test_a_link_that_ended_meanwhile_still_counts_the_review() -> None:
    stage = cast.stage()
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    actions.end_link(member=member_of(stage), link_id=link.pk, now=NOW)
    submit(stage, [link.code])
    assert numbers(link) == (0, 1)


def test_a_review_that_is_refused_or_faulty_counts_nowhere() -> None:
    stage = cast.stage()
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    with pytest.raises(FormError):
        submit(stage, [link.code], stars=None)
    with pytest.raises(Refused):
        actions.submit_from_link(
            viewer=stage.zed,
            app=stage.app,
            answers=cast.full_answers(stage.marketplace, NOW),
            codes=[link.code],
            now=NOW,
        )
    assert numbers(link) == (0, 0) and not LinkReview.objects.exists()


def test_a_link_costs_a_submission_a_constant_number_of_statements(count_sql: Counter) -> None:
    stage = cast.stage()
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    submit(stage, [])
    with count_sql() as plain:
        submit(stage, [])
    submit(stage, [link.code])
    with count_sql() as linked:
        submit(stage, [link.code])
    assert len(linked) - len(plain) == 3


def links(stage: Stage, number: int) -> list[ReviewLink]:
    petra = member_of(stage)
    return [
        actions.create_link(member=petra, app="calls", campaign=f"Mail {n:03}", now=NOW)
        for n in range(number)
    ]


def test_so_few_reviews_do_not_show_and_are_not_in_the_totals() -> None:
    stage = cast.stage()
    petra = member_of(stage)
    few, many, _ = links(stage, 3)
    for link, arrivals, reviews in ((few, 2, 1), (many, 4, 3)):
        for _n in range(arrivals):
            actions.arrive(link=link, now=NOW)
        for _n in range(reviews):
            submit(stage, [link.code])
    shown = [(one.arrivals, one.reviews) for one in queries.page(member=petra).items]
    assert shown == [(2, None), (4, 3), (0, None)]
    totals = queries.totals(member=petra)
    assert (totals.arrivals, totals.reviews, totals.whole) == (6, 3, False)


def test_pages_walk_over_all_links_standing_ones_first() -> None:
    stage = cast.stage()
    petra = member_of(stage)
    cast.make_app(stage.marketplace, stage.partner, "billing")
    actions.default_links(member=petra, now=NOW)
    made = links(stage, 5)
    seen, cursor = [], None
    while True:
        page = queries.page(member=petra, cursor=cursor, limit=3)
        assert len(page.items) <= 3
        seen += [(one.link.app.ref, one.link.campaign) for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [("billing", ""), ("calls", ""), *(("calls", link.campaign) for link in made)]


def test_ended_links_have_a_list_of_their_own() -> None:
    stage = cast.stage()
    petra = member_of(stage)
    first, second = links(stage, 2)
    actions.end_link(member=petra, link_id=first.pk, now=NOW)
    assert [one.link for one in queries.page(member=petra).items] == [second]
    assert [one.link for one in queries.page(member=petra, ended=True).items] == [first]
    cursor = queries.page(member=petra, limit=1).next
    assert cursor is None


def test_a_cursor_of_another_list_is_refused() -> None:
    stage = cast.stage()
    petra = member_of(stage)
    links(stage, 2)
    cursor = queries.page(member=petra, limit=1).next
    with pytest.raises(CursorError):
        queries.page(member=petra, ended=True, cursor=cursor)
    with pytest.raises(CursorError):
        queries.page(member=petra, cursor="nonsense")
