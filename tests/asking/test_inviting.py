"""The fixed-in loop: one invitation when the version that a reply named is on the account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from arvio.asking import inviting, queries, signing_in
from arvio.asking.models import SignInLink, UpdateInvitation
from arvio.catalog import actions as catalog
from arvio.catalog.queries import Viewer
from arvio.connect.erasing import erase_everywhere
from arvio.due.models import Due
from arvio.notify.models import Message
from arvio.notify.preferences import FIXED_IN, Stop, set_stopped
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests import cast
from tests.asking.mailing import stage, token_in, work
from tests.cast import NOW, Stage

pytestmark = pytest.mark.django_db
Counter = Callable[[], AbstractContextManager[list[str]]]
DAY = timedelta(days=1)
EDITABLE = "hubspot-2024"


def reviewed(on: Stage, ref: str = "nora", *, at: Any = NOW - 10 * DAY, **answers: Any) -> Review:
    """By somebody of an account of their own, where version 3.2 of the app is."""
    account = cast.installed_account(on, f"{ref}-inc")
    author = cast.viewer(on.marketplace, account, ref)
    review = on.review(by=author, at=at, **answers)
    work_once(now=at, kinds=["publish"])
    review.refresh_from_db()
    return review


def reply(on: Stage, review: Review, version: str = "3.3", at: Any = NOW - 5 * DAY) -> None:
    reviews.send_reply(
        member=cast.member(on),
        review_id=review.pk,
        text="Thank you. The order of calls is kept now.",
        fixed_in=version,
        now=at,
    )


def upgrade(on: Stage, review: Review, version: str = "3.3", at: Any = NOW) -> None:
    catalog.put_installation(
        app=on.app, account=review.account, installed_at=cast.LONG_AGO, version=version, now=at
    )


def author_of(on: Stage, review: Review, surface: Any = "in_product") -> Viewer:
    assert review.user
    return Viewer(
        marketplace=on.marketplace,
        surface=surface,
        name=review.user.name,
        email=review.user.email,
        locale="en",
        account=review.account,
        user=review.user,
    )


def invitations() -> list[Message]:
    rows = Message.objects.filter(subject__startswith="Fixed in")
    return list(rows.order_by("to_email", "id"))


def codes() -> list[str]:
    return list(UpdateInvitation.objects.order_by("pk").values_list("code", flat=True))


@pytest.mark.parametrize("stars", [1, 5])
def test_whoever_gets_the_named_version_is_invited_once_whatever_the_stars(stars: int) -> None:
    on = stage(EDITABLE)
    review = reviewed(on, stars=stars)
    reply(on, review)
    for version, sent in (("3.2.9", 0), ("3.3", 1), ("3.4", 1), ("4.0", 1)):
        upgrade(on, review, version)
        work()
        assert len(invitations()) == sent, version
    assert codes() == ["sent"]


def test_the_invitation_says_what_was_fixed_and_by_whom_it_is_sent() -> None:
    on = stage(EDITABLE)
    review = reviewed(on, stars=2)
    reply(on, review)
    upgrade(on, review)
    work()
    (mail,) = invitations()
    assert review.user
    assert mail.subject == "Fixed in 3.3: update your review of Calls?"
    assert (mail.from_name, mail.review_id) == ("The Store", review.pk)
    assert Stop(review.user.pk, on.marketplace.pk, FIXED_IN).url in mail.headers["List-Unsubscribe"]
    link = SignInLink.objects.get()
    for said in (
        "Pixel answered your review of Calls and named version 3.3.",
        "Thank you. The order of calls is kept now.",
        "The Store sends this to everybody whose review was answered with a version",
        "2 out of 5 stars",
        "Update your review",
    ):
        assert said in mail.text, said
    found = signing_in.link_of(marketplace=on.marketplace, token=token_in(mail))
    assert found == link and signing_in.leads_to(link=found, now=NOW) == (review.pk, "edit")


def test_where_the_version_is_there_already_the_reply_itself_invites() -> None:
    on = stage(EDITABLE)
    review = reviewed(on)
    reply(on, review, version="3.1")
    work()
    assert len(invitations()) == 1


def test_a_reply_to_a_held_review_invites_once_it_is_public() -> None:
    on = stage(EDITABLE, publication={"hold": "P3D"})
    review = reviewed(on, at=NOW)
    assert review.state == "held"
    reply(on, review, version="v3.2", at=NOW + DAY)
    kinds = ("publish", "fixed_in")
    work_once(now=NOW + 2 * DAY, kinds=kinds)
    assert invitations() == []
    assert work_once(now=NOW + 3 * DAY, kinds=kinds) == {"publish": 1, "fixed_in": 1}
    assert len(invitations()) == 1


def test_where_publication_is_put_off_so_is_the_invitation() -> None:
    on = stage(EDITABLE, publication={"hold": "P3D"})
    review = reviewed(on, at=NOW)
    reply(on, review, version="3.2", at=NOW + DAY)
    Review.objects.filter(pk=review.pk).update(publishes_at=NOW + 9 * DAY)
    work(NOW + 3 * DAY)
    assert Due.objects.get(kind="fixed_in").due_at == NOW + 9 * DAY
    # And a version that comes meanwhile doesn't lose it.
    upgrade(on, review, "3.3", NOW + 4 * DAY)
    work(NOW + 4 * DAY)
    assert invitations() == [] and Due.objects.filter(kind="fixed_in").exists()


def test_where_authors_may_not_edit_they_may_ask_for_a_correction() -> None:
    on = stage(EDITABLE, editing={"by_author": "never", "operator_replacement": True})
    review = reviewed(on)
    reply(on, review, "3.2")
    work()
    (mail,) = invitations()
    assert "ask for a correction of your review" in mail.text
    link = signing_in.link_of(marketplace=on.marketplace, token=token_in(mail))
    assert signing_in.leads_to(link=link, now=NOW) == (review.pk, "correction")


def test_inside_the_product_alone_the_invitation_signs_nobody_in() -> None:
    on = stage("bitrix24-2025")
    review = on.published()
    reply(on, review, "3.2")
    work()
    (mail,) = invitations()
    assert "http://testserver/store/in/calls/?asked=update" in mail.text
    assert not SignInLink.objects.exists()


# --- Who is not invited --------------------------------------------------------------------------


def _edited(on: Stage, review: Review) -> None:
    reviews.edit_review(
        viewer=author_of(on, review), review_id=review.pk, changes={"stars": 5}, now=NOW - DAY
    )


def _removed(on: Stage, review: Review) -> None:
    reviews.withdraw_review(viewer=author_of(on, review), review_id=review.pk, now=NOW - DAY)


def _archived(on: Stage, review: Review) -> None:
    catalog.ban(account=review.account, user=review.user, reason="No.", now=NOW - DAY)
    work_once(now=NOW - DAY, kinds=["archive_check"])


def _erased(on: Stage, review: Review) -> None:
    assert review.user
    erase_everywhere(user=review.user, actor="test", now=NOW - DAY)


def _gone(on: Stage, review: Review) -> None:
    catalog.end_installation(
        app=on.app, account=review.account, uninstalled_at=NOW - DAY, now=NOW - DAY
    )


def _stopped(on: Stage, review: Review) -> None:
    assert review.user
    set_stopped(stop=Stop(review.user.pk, on.marketplace.pk, FIXED_IN), stopped=True)


def _nowhere(on: Stage, review: Review) -> None:
    assert review.user
    review.user.email = ""
    review.user.save()


NEVER = {"by_author": "never", "operator_replacement": False}
NOT: dict[str, tuple[Callable[[Stage, Review], None], dict[str, Any]]] = {
    "edited_since": (_edited, {}),
    "not_public": (_archived, {}),
    "erased": (_erased, {}),
    "uninstalled": (_gone, {}),
    "opted_out": (_stopped, {}),
    "no_address": (_nowhere, {}),
    "not_editable": (lambda on, review: None, {"editing": NEVER}),
}


@pytest.mark.parametrize("code", NOT)
def test_who_is_not_invited_and_why(code: str) -> None:
    happen, overrides = NOT[code]
    on = stage(EDITABLE, **overrides)
    review = reviewed(on)
    reply(on, review)
    work()
    happen(on, review)
    review.refresh_from_db()
    catalog.put_installation(
        app=on.app,
        account=review.account,
        installed_at=cast.LONG_AGO,
        version="3.3",
        now=NOW,
    )
    inviting.invite_authors(review_ids=[review.pk], now=NOW, at=NOW)
    assert (invitations(), codes()) == ([], [code])
    assert not SignInLink.objects.exists()


def test_a_review_that_was_withdrawn_is_not_asked_about() -> None:
    on = stage(EDITABLE)
    review = reviewed(on)
    reply(on, review)
    _removed(on, review)
    upgrade(on, review)
    work()
    assert invitations() == []


def test_an_edit_from_before_the_reply_hinders_nothing() -> None:
    on = stage(EDITABLE)
    review = reviewed(on)
    reviews.edit_review(
        viewer=author_of(on, review),
        review_id=review.pk,
        changes={"text": "It loses the order of calls on Mondays."},
        now=NOW - 8 * DAY,
    )
    work_once(now=NOW - 6 * DAY, kinds=["edit"])
    reply(on, review)
    upgrade(on, review)
    work()
    assert len(invitations()) == 1


def test_an_odd_version_invites_only_by_itself() -> None:
    on = stage(EDITABLE)
    review = reviewed(on)
    reply(on, review, "the spring release")
    for version, sent in (("9.9", 0), ("The Spring Release", 1)):
        upgrade(on, review, version)
        work()
        assert len(invitations()) == sent


def test_a_version_elsewhere_invites_nobody_else() -> None:
    on = stage(EDITABLE)
    nora, oona = reviewed(on, "nora"), reviewed(on, "oona")
    for review in (nora, oona):
        reply(on, review)
    upgrade(on, nora)
    work()
    assert [mail.to_email for mail in invitations()] == ["nora@customer.example"]


def test_the_number_of_statements_does_not_grow_with_the_reviews(count_sql: Counter) -> None:
    on = stage(EDITABLE)
    counts = []
    for size in (2, 12):
        made = [reviewed(on, f"n{size}-{number}") for number in range(size)]
        for review in made:
            reply(on, review)
            upgrade(on, review)
        ids = [row.pk for row in Due.objects.filter(kind="version_heard")]
        assert len(ids) == size
        with count_sql() as statements:
            work()
        counts.append(len(statements))
    assert counts[1] == counts[0] <= 40
    assert len(invitations()) == 14


# --- What the partner sees -----------------------------------------------------------------------


def test_the_partner_sees_sums_of_three_and_more() -> None:
    on = stage(EDITABLE)
    petra = cast.member(on)
    shown = []
    for number in range(6):
        review = reviewed(on, f"n{number}")
        reply(on, review, "3.2")
        work()
        if number >= 2:
            reviews.edit_review(
                viewer=author_of(on, review),
                review_id=review.pk,
                changes={"stars": 5},
                now=NOW + DAY,
            )
        found = queries.recovery(member=petra, app=on.app)
        shown.append((found.invited, found.updated, found.percent))
        assert queries.recovery(member=petra) == found
    assert shown == [
        (None, None, None),
        (None, None, None),
        (3, None, None),
        (4, None, None),
        (5, 3, 60),
        (6, 4, 67),
    ]
    vera, _ = cast.rival(on)
    assert queries.recovery(member=vera) == queries.Recovery(None, None, whole=True)


def test_the_sum_over_apps_tells_nothing_of_an_app_with_few() -> None:
    on = stage(EDITABLE)
    petra = cast.member(on)
    second = replace(on, app=cast.make_app(on.marketplace, on.partner, "mail"))
    for place, count in ((on, 3), (second, 1)):
        for number in range(count):
            review = reviewed(place, f"{place.app.ref}-{number}")
            reply(place, review, "3.2")
            work()
            reviews.edit_review(
                viewer=author_of(place, review),
                review_id=review.pk,
                changes={"stars": 5},
                now=NOW + DAY,
            )
    assert queries.recovery(member=petra) == queries.Recovery(3, 3, whole=False)
