"""Asking by mail: exactly those who are due, each once, and nobody who is not to be asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from arvio.asking import request_rules, requesting, signing_in
from arvio.asking.models import ReviewRequest, SignInLink
from arvio.asking.prompt_models import PromptUse
from arvio.catalog import actions as catalog
from arvio.catalog import planning
from arvio.catalog.marketplaces import put_staff, set_policy
from arvio.catalog.models import App, User
from arvio.catalog.pseudonyms import pseudonym
from arvio.connect.erasing import erase_everywhere
from arvio.due.models import Due
from arvio.notify.models import Message
from arvio.notify.preferences import FIXED_IN, REQUEST, Stop, set_stopped
from arvio.policy.names import display_name
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.reviews.states import State
from tests import cast
from tests.asking.mailing import MONTH, codes, mails, someone, stage, token_in, work
from tests.cast import NOW, Stage

pytestmark = pytest.mark.django_db
Counter = Callable[[], AbstractContextManager[list[str]]]
DAY = timedelta(days=1)


def test_the_clock_and_thirty_days_ask_exactly_those_due_once() -> None:
    on = stage()
    for ref, age in (("nora", 0), ("oona", 10), ("pia", 29)):
        someone(on, ref, installed_at=NOW - age * DAY)
    someone(on, "late", installed_at=NOW + DAY)
    assert work(NOW) == {}
    assert work(NOW + MONTH - DAY) == {planning.REQUEST: 2}
    assert [mail.to_email[:4] for mail in mails()] == ["oona", "pia@"]
    for _ in range(2):
        work(NOW + MONTH)
        assert [mail.to_email[:4] for mail in mails()] == ["nora", "oona", "pia@"]
    assert codes() == dict.fromkeys(("nora", "oona", "pia"), "sent")
    assert Due.objects.filter(kind=planning.REQUEST).count() == 1


def test_the_mail_says_who_asks_why_and_how_the_answer_is_used() -> None:
    on = stage()
    _, user, _ = someone(on, "nora")
    work()
    (mail,) = mails()
    assert mail.subject == "Review Calls on The Store"
    assert (mail.to_email, mail.from_name) == ("nora@customer.example", "The Store")
    assert (mail.reader_id, mail.marketplace_id) == (user.pk, on.marketplace.pk)
    stop = Stop(user.pk, on.marketplace.pk, REQUEST).url
    assert mail.headers == {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    link = signing_in.link_url(marketplace=on.marketplace, token=token_in(mail))
    for body in (mail.text, mail.html):
        for said in (
            "You installed Calls on 31 Jan 2026.",
            "The Store asks this",
            "Pixel, the developer of Calls, neither chooses who is asked nor learns who was.",
            "by the same rules whether it is praise or criticism",
            "Nora K.",
            "There is no second mail about it.",
            stop,
            *(f"{link}?stars={number}" for number in range(1, 6)),
        ):
            assert said in body, said
        assert "Korhonen" not in body
    assert f"Write a review:\n{link}\n" in mail.text
    assert "4 · Good" in mail.text


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("ru", "The Store: оставьте отзыв о приложении Calls"),
        ("fi-FI", "Arvostele Calls markkinapaikassa The Store"),
        ("sv", "Review Calls on The Store"),
    ],
)
def test_the_mail_speaks_the_persons_language(locale: str, subject: str) -> None:
    on = stage()
    someone(on, "nora", locale=locale)
    work()
    assert mails()[0].subject == subject


@pytest.mark.parametrize("style", ["first_l", "last_f", "company", "pseudonym"])
def test_the_mail_tells_the_name_by_the_style_of_the_marketplace(style: Any) -> None:
    on = stage(privacy={"display_name": style})
    account, user, _ = someone(on, "nora")
    work()
    name = display_name(
        style=style, full_name=user.name, account_name=account.name, person_key=str(user.pk)
    )
    said = "under a code" if style == "pseudonym" else f"“{name}”"
    assert said in mails()[0].text


def test_inside_the_product_alone_the_mail_signs_nobody_in() -> None:
    requests = {"email_after": "P30D", "to": "installer"}
    on = stage("bitrix24-2024", requests=requests)
    someone(on, "nora")
    work()
    (mail,) = mails()
    assert "http://testserver/store/in/calls/?asked=review" in mail.text
    assert "stars=" not in mail.html and "sign" not in mail.text
    assert not SignInLink.objects.exists()


# --- Who is not asked -----------------------------------------------------------------------------


def _reviewed(on: Stage, ref: str, withdrawn: bool = False) -> None:
    account, user, _ = someone(on, ref, installed_at=NOW - MONTH)
    author = cast.viewer(on.marketplace, account, user.ref, name=user.name)
    review = on.review(by=author, at=NOW - DAY)
    if withdrawn:
        reviews.withdraw_review(viewer=author, review_id=review.pk, now=NOW - DAY)


def _stopped(on: Stage, ref: str) -> None:
    _, user, _ = someone(on, ref)
    set_stopped(stop=Stop(user.pk, on.marketplace.pk, REQUEST), stopped=True)


def _banned(on: Stage, ref: str) -> None:
    account, user, _ = someone(on, ref)
    catalog.ban(account=account, user=user, reason="Written to order.", now=NOW - DAY)


def _erased(on: Stage, ref: str) -> None:
    account, user, installation = someone(on, ref)
    erase_everywhere(user=user, actor="test", now=NOW - DAY)
    # The platform says once more who it was.
    catalog.put_installation(
        app=on.app,
        account=account,
        installed_at=installation.installed_at or NOW,
        installed_by=ref,
        now=NOW - DAY,
    )


def _staff(on: Stage, ref: str) -> None:
    someone(on, ref)
    put_staff(marketplace=on.marketplace, members=[(f"{ref}@customer.example", "", "moderator")])


def _on_trial(on: Stage, ref: str) -> None:
    account, _, _ = someone(on, ref)
    catalog.put_account(
        marketplace=on.marketplace,
        ref=account.ref,
        name=account.name,
        plan="demo",
        kind="production",
        now=NOW - DAY,
    )


HELD = {"publication": {"hold": "P3D"}}


def _retired(on: Stage, ref: str) -> None:
    someone(on, ref)
    App.objects.filter(pk=on.app.pk).update(retired=True)


COMMERCIAL = {"eligibility": {"plans": "commercial", "unknown_plan": "refuse"}}
REFUSED: dict[str, tuple[Callable[[Stage, str], object], dict[str, Any], str | None]] = {
    "reviewed": (_reviewed, {}, "already_reviewed"),
    "reviewed, held": (_reviewed, HELD, "already_reviewed"),
    "withdrew": (lambda on, ref: _reviewed(on, ref, True), {}, "already_reviewed"),
    "opted out": (_stopped, {}, "opted_out"),
    "banned": (_banned, {}, "not_eligible"),
    "erased": (_erased, {}, "erased"),
    "staff": (_staff, {}, "not_eligible"),
    "retired": (_retired, {}, "retired"),
    "plan": (_on_trial, COMMERCIAL, "not_eligible"),
    "member": (
        lambda on, ref: someone(on, ref, email="nora@pixel.example"),
        {},
        "not_eligible",
    ),
    "no address": (lambda on, ref: someone(on, ref, email=""), {}, "no_address"),
    "bad address": (lambda on, ref: someone(on, ref, email="nora@"), {}, "no_address"),
    "unknown": (lambda on, ref: someone(on, ref, installed_by="somebody"), {}, None),
    "nobody": (lambda on, ref: someone(on, ref, installed_by=""), {}, None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_who_is_not_asked_and_why(case: str) -> None:
    make, overrides, code = REFUSED[case]
    on = stage(**overrides)
    make(on, "nora")
    Due.objects.exclude(kind=planning.REQUEST).delete()
    assert work() == {planning.REQUEST: 1}
    assert [mail.to_email for mail in mails() if "Review" in mail.subject] == []
    assert set(codes().values()) == ({code} if code else set())
    assert not SignInLink.objects.exists()


def test_a_full_account_is_not_asked() -> None:
    on = stage()
    account, _, _ = someone(on, "nora")
    for number in range(3):
        on.review(by=cast.viewer(on.marketplace, account, f"colleague-{number}"))
    work()
    assert (mails(), codes()) == ([], {"nora": "not_eligible"})


def test_who_is_named_by_an_address_is_found() -> None:
    on = stage()
    someone(on, "nora", installed_by="Nora@Customer.example")
    someone(on, "oona", installed_by="nora@customer.example")
    work()
    assert [mail.to_email for mail in mails()] == ["nora@customer.example"]


def test_who_installs_anew_is_asked_once_altogether() -> None:
    on = stage()
    account, _, _ = someone(on, "nora")
    work()
    for days in (1, 40):
        at = NOW + days * DAY
        catalog.end_installation(app=on.app, account=account, uninstalled_at=at, now=at)
        again = at + DAY
        catalog.put_installation(
            app=on.app, account=account, installed_at=again, installed_by="nora", now=again
        )
        assert work(again + MONTH) == {planning.REQUEST: 1}
    assert len(mails()) == 1
    row = ReviewRequest.objects.get()
    assert (row.code, row.decided_at) == ("sent", NOW)


def test_who_could_not_be_asked_is_asked_after_installing_anew() -> None:
    on = stage()
    account, user, _ = someone(on, "nora", email="")
    work()
    assert codes() == {"nora": "no_address"}
    catalog.put_user(
        account=account, ref="nora", name=user.name, email="nora@customer.example", now=NOW
    )
    catalog.put_installation(
        app=on.app, account=account, installed_at=NOW, installed_by="nora", now=NOW
    )
    work(NOW + MONTH)
    assert codes() == {"nora": "sent"} and len(mails()) == 1


def _also_at(on: Stage, ref: str, place: str, installed_at: datetime = NOW - MONTH) -> User:
    """The same person in another account, who installed the app there as well."""
    account, _ = catalog.put_account(
        marketplace=on.marketplace,
        ref=place,
        name=place.title(),
        plan="commercial",
        kind="production",
        now=installed_at,
    )
    user, _ = catalog.put_user(
        account=account, ref=ref, name="Nora Korhonen", email=f"{ref}@customer.example", now=NOW
    )
    catalog.put_installation(
        app=on.app,
        account=account,
        installed_at=installed_at,
        installed_by=ref,
        now=installed_at,
    )
    return user


def _reviews_elsewhere(on: Stage) -> None:
    user = _also_at(on, "nora", "elsewhere", NOW - 2 * MONTH)
    author = cast.viewer(on.marketplace, user.account, "nora", name="Nora Korhonen")
    review = on.review(by=author, at=NOW - DAY)
    # Removed, it holds no place any more.
    removed = {"state": State.REMOVED, "person_place": None, "account_place": None}
    Review.objects.filter(pk=review.pk).update(**removed)


def _says_never(user: User, on: Stage) -> None:
    PromptUse.objects.create(
        app=on.app,
        user=user,
        person=pseudonym(marketplace_id=on.marketplace.pk, ref=user.ref),
        last_at=NOW,
        opted_out_at=NOW,
    )


@pytest.mark.parametrize(("scope", "asks"), [("marketplace", 1), ("account", 2)])
@pytest.mark.parametrize("later", [0, 5])
def test_one_person_in_two_accounts_is_asked_once_where_they_count_as_one(
    scope: str, asks: int, later: int
) -> None:
    on = stage(limits={"user_scope": scope})
    someone(on, "nora")
    _also_at(on, "nora", "elsewhere", NOW - MONTH + later * DAY)
    for days in (0, 5):
        work(NOW + days * DAY)
    assert len(mails()) == asks
    assert ReviewRequest.objects.filter(code="sent").count() == asks


@pytest.mark.parametrize(
    ("scope", "code"), [("marketplace", "already_reviewed"), ("account", "sent")]
)
def test_one_person_who_has_reviewed_in_another_account_is_not_asked(scope: str, code: str) -> None:
    on = stage(limits={"user_scope": scope})
    _reviews_elsewhere(on)
    Due.objects.all().delete()
    _, user, _ = someone(on, "nora")
    work()
    assert ReviewRequest.objects.get(user=user).code == code


def test_who_said_never_to_an_apps_own_question_is_not_asked_by_mail() -> None:
    on = stage()
    for ref in ("nora", "oona"):
        someone(on, ref)
    _says_never(User.objects.get(ref="nora"), on)
    _says_never(_also_at(on, "oona", "elsewhere", NOW), on)
    work()
    assert (mails(), codes()) == ([], dict.fromkeys(("nora", "oona"), "opted_out"))


def test_one_person_stops_these_mails_for_every_account() -> None:
    on = stage()
    _, user, _ = someone(on, "nora")
    work()
    Message.objects.update(sent_at=NOW)
    set_stopped(stop=Stop(user.pk, on.marketplace.pk, REQUEST), stopped=True)
    other = cast.make_app(on.marketplace, on.partner, "mail")
    here = _also_at(on, "nora", "elsewhere", NOW - DAY)
    catalog.put_installation(
        app=other, account=here.account, installed_at=NOW, installed_by="nora", now=NOW
    )
    work(NOW + MONTH)
    assert len(mails()) == 1
    assert ReviewRequest.objects.get(app=other).code == "opted_out"


def test_a_request_that_waits_for_the_server_is_stopped_too() -> None:
    on = stage()
    _, user, _ = someone(on, "nora")
    someone(on, "oona")
    work()
    for event in (FIXED_IN, REQUEST):
        assert len(mails()) == 2
        set_stopped(stop=Stop(user.pk, on.marketplace.pk, event), stopped=True)
    assert [mail.to_email for mail in mails()] == ["oona@customer.example"]


def test_two_apps_are_two_questions() -> None:
    on = stage()
    account, _, _ = someone(on, "nora")
    other = cast.make_app(on.marketplace, on.partner, "mail")
    catalog.put_installation(
        app=other, account=account, installed_at=NOW - MONTH, installed_by="nora", now=NOW - MONTH
    )
    work()
    assert {mail.subject for mail in mails()} == {
        "Review Calls on The Store",
        "Review Mail on The Store",
    }


def test_a_rule_that_changed_and_was_not_followed_yet_counts_at_once() -> None:
    """Between a policy's moment and the worker's planning, what is due waits or isn't sent."""
    on = stage()
    _, _, installation = someone(on, "nora")
    for after, to, left in (("P40D", "installer", 1), ("none", "none", 0)):
        Due.objects.exclude(kind=planning.REQUEST).delete()
        set_policy(
            marketplace=on.marketplace,
            preset="hubspot-2022",
            overrides={"requests": {"email_after": after, "to": to}},
            effective_at=NOW,
            actor="test",
            now=NOW,
        )
        Due.objects.filter(kind=planning.REQUEST).update(due_at=NOW)
        work()
        rows = Due.objects.filter(kind=planning.REQUEST)
        assert [row.due_at for row in rows] == [NOW + 10 * DAY] * left
        assert mails() == []
    assert codes() == {"nora": "switched_off"}
    assert installation.heard_at == NOW - MONTH


# --- How much it costs ----------------------------------------------------------------------------


def test_the_number_of_statements_does_not_grow_with_the_rows(count_sql: Counter) -> None:
    on = stage()
    counts = []
    for size in (2, 40):
        made = [someone(on, f"n{size}-{number}")[2].pk for number in range(size)]
        with count_sql() as statements:
            requesting.send_requests(installation_ids=made, now=NOW, at=NOW)
        counts.append(len(statements))
    assert counts[1] == counts[0] <= 22
    assert len(mails()) == 42


def test_what_is_due_is_claimed_by_the_index() -> None:
    Due.objects.bulk_create(
        [Due(kind=planning.REQUEST, key=str(n), due_at=NOW + n * DAY) for n in range(3000)]
    )
    sql = "SELECT id FROM due WHERE kind = %s AND due_at <= %s AND attempts < 10 "
    sql += "ORDER BY due_at, id LIMIT 200"
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(explain + sql, [planning.REQUEST, NOW + 9000 * DAY])
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "due_kind_at" in plan and "TEMP B-TREE" not in plan and "Sort" not in plan


def test_a_batch_is_one_transaction_with_its_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    on = stage()
    for ref in ("nora", "oona"):
        someone(on, ref)

    def breaks(**facts: Any) -> str:
        raise RuntimeError("a bad row")

    with monkeypatch.context() as patch:
        patch.setattr(request_rules, "decide_request", breaks)
        work()
    assert (mails(), codes()) == ([], {})
    assert Due.objects.filter(kind=planning.REQUEST, attempts=1).count() == 2
    work(NOW + timedelta(hours=1))
    assert len(mails()) == 2
