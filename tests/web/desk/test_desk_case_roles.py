"""The desk's cases, disputes, corrections and reviews, for everybody who might open them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from arvio.catalog.marketplaces import create_marketplace, put_staff
from arvio.ids import uuid7
from arvio.moderation import correcting, threads
from tests.cast import LONG_AGO, member
from tests.moderation.desk import desk

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# `far` moderates another marketplace, `both` that one and this one: a link finds the right desk.
TABLE = """
page                         method moderator operator owner customer nobody far both
                             GET    200       200      403   login    login  200 200
?state=x&app=x&cursor=x      GET    400       400      403   login    login  400 400
cases/{case}/                GET    200       200      403   login    login  404 200
cases/{none}/                GET    404       404      403   login    login  404 404
cases/{case}/decision/       POST   422       422      403   login    login  404 422
cases/{case}/second/         POST   422       422      403   login    login  404 422
cases/{none}/assign/         POST   404       404      403   login    login  404 404
reviews/{review}/            GET    200       200      403   login    login  404 200
reviews/{none}/              GET    404       404      403   login    login  404 404
reviews/{review}/case/       POST   422       422      403   login    login  404 422
reviews/{review}/correction/ POST   422       422      403   login    login  404 422
reviews/{none}/dismiss/      POST   404       404      403   login    login  404 404
disputes/                    GET    200       200      403   login    login  200 200
disputes/?cursor=x           GET    200       200      403   login    login  200 200
disputes/{thread}/           GET    200       200      403   login    login  404 200
disputes/{thread}/           POST   422       422      403   login    login  404 422
corrections/                 GET    200       200      403   login    login  200 200
corrections/{asked}/         GET    200       200      403   login    login  404 200
corrections/{asked}/         POST   422       422      403   login    login  404 422
flags/                       GET    200       200      403   login    login  200 200
flags/                       POST   405       405      405   405      405    405 405
"""
ROWS = [line.split() for line in TABLE.strip("\n").split("\n")]
HEAD = ROWS[0]
WHO = {
    "moderator": "mika@store.example",
    "operator": "otto@store.example",
    "owner": "petra@pixel.example",
    "far": "fay@market.example",
    "both": "bo@market.example",
}


@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: " ".join(row[:2]))
def test_cases_are_open_to_who_works_there(
    sign_in: Callable[[str], Client], row: list[str]
) -> None:
    page, method, *expected = row if len(row) == len(HEAD) else ["", *row]
    at = desk(overrides={"moderation": {"four_eyes": "removals"}} if "second" in page else None)
    market = create_marketplace(
        slug="market", name="A Market", preset="bitrix24-2024", now=LONG_AGO
    )
    put_staff(
        marketplace=market,
        members=[(WHO["far"], "Fay", "moderator"), (WHO["both"], "Bo", "moderator")],
    )
    put_staff(marketplace=at.stage.marketplace, members=[
        *((one.person.email, one.person.name, one.kind) for one in (at.mika, at.maija, at.otto)),
        (WHO["both"], "Bo", "moderator"),
    ])  # fmt: skip
    review, petra = at.stage.published(), member(at.stage)
    case = at.report(review).case
    if "second" in page:
        from arvio.moderation import deciding
        from arvio.moderation.deciding import Words

        words = Words("remove", "spam", "An advert.")
        deciding.decide(moderator=at.maija, case_id=case.pk, words=words, now=at.now)
    thread = threads.open_dispute(member=petra, review_id=review.pk, text="No.", now=at.now)
    asked = correcting.ask_as_partner(
        member=petra, review_id=review.pk, text="Yes.", reason="So.", now=at.now
    )
    names = {"case": case, "review": review, "thread": thread, "asked": asked}
    path = "/desk/" + page.format(none=uuid7(), **{key: one.pk for key, one in names.items()})
    for role, cell in zip(HEAD[2:], expected, strict=True):
        client = sign_in(WHO.get(role, ""))
        answer = client.post(path) if method == "POST" else client.get(path)
        login = answer.headers.get("Location", "").startswith("/accounts/login/")
        assert ("login" if login else str(answer.status_code)) == cell, role
        assert "no-store" in answer.headers.get("Cache-Control", "no-store"), role


def test_words_written_while_the_login_ended_are_shown_back(
    sign_in: Callable[[str], Client],
) -> None:
    at = desk()
    case = at.report(at.stage.published()).case
    answer = sign_in("").post(f"/desk/cases/{case.pk}/decision/", {"text": "Half an hour’s work"})
    assert answer.status_code == 403 and "Half an hour’s work" in answer.content.decode()
