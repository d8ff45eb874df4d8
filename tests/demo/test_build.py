"""The demo is the same every time, keeps the rules of its marketplaces and reads well."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import median

import pytest

from arvio.demo.build import build
from arvio.demo.content import DemoMarketplace, DemoReview
from arvio.demo.listings import SLUGS
from arvio.policy.form import check_answers
from arvio.policy.load import load_policy

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOLD = timedelta(days=3)


@cache
def made(slug: str) -> DemoMarketplace:
    return build(slug=slug, now=NOW)


def by_app(slug: str) -> Counter[str]:
    return Counter(review.app for review in made(slug).reviews if not review.withdrawn_at)


def all_words(review: DemoReview) -> str:
    reply = review.reply.text if review.reply else ""
    parts = (review.title, review.text, review.pros, review.cons, reply)
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_same_moment_makes_the_same_marketplace(slug: str) -> None:
    assert build(slug=slug, now=NOW) == made(slug)


def test_there_is_enough_to_look_at() -> None:
    reviews = sum(len(made(slug).reviews) for slug in SLUGS)
    assert reviews >= 3400
    for slug in SLUGS:
        demo = made(slug)
        assert len(demo.apps) >= 14
        assert len({app.category for app in demo.apps}) == 9
        assert len(demo.partners) >= 8
        roles = {
            partner.ref: {person.role for person in partner.members} for partner in demo.partners
        }
        assert sum({"owner", "replier", "reader"} <= role for role in roles.values()) >= 1
        assert sum("owner" in role for role in roles.values()) >= 2
        assert Counter(person.role for person in demo.staff) == {"moderator": 2, "operator": 1}
        assert max(by_app(slug).values()) >= 300
        assert len(demo.accounts) >= 300


def test_people_have_addresses_of_their_own() -> None:
    emails = [person.email for slug in SLUGS for person in made(slug).people]
    assert len(emails) == len(set(emails))
    assert all(email.endswith(".example") for email in emails)


def test_apps_stand_on_both_sides_of_the_threshold() -> None:
    counts = by_app("hub")
    wanted = {"tellcorn": 9, "papercrane": 10, "formwick": 7, "coinwren": 1, "chatterfold": 0}
    assert {app: counts[app] for app in wanted} == wanted


def test_some_reviews_of_every_partner_are_held_and_some_of_them_answered() -> None:
    held = [
        review
        for review in made("b24").reviews
        if review.submitted_at > NOW - HOLD and not review.withdrawn_at
    ]
    partner = {app.ref: app.partner for app in made("b24").apps}
    waiting = Counter(partner[review.app] for review in held if not review.reply)
    assert set(waiting) == set(partner.values())
    assert set(waiting.values()) == {2, 3, 4}
    assert any(review.reply for review in held)
    early = [
        review
        for review in made("b24").reviews
        if review.reply and review.reply.replied_at < review.submitted_at + HOLD
    ]
    assert len(early) > 20


@pytest.mark.parametrize("slug", SLUGS)
def test_every_author_has_the_app_and_reviews_it_once(slug: str) -> None:
    demo = made(slug)
    installed = {(row.app, row.account): row for row in demo.installations}
    home = {user.ref: user.account for user in demo.users}
    authors = Counter((review.app, review.user) for review in demo.reviews)
    assert max(authors.values()) == 1
    for review in demo.reviews:
        row = installed[review.app, review.account]
        assert row.installed_at < review.submitted_at
        assert row.uninstalled_at is None or review.submitted_at < row.uninstalled_at < NOW
        assert home[review.user] == review.account


@pytest.mark.parametrize("slug", SLUGS)
def test_limits_plans_and_the_form_are_kept(slug: str) -> None:
    demo = made(slug)
    policy = load_policy(preset=demo.preset)
    accounts = {account.ref: account for account in demo.accounts}
    per_account = Counter((review.app, review.account) for review in demo.reviews)
    if policy.limits.per_account is not None:
        assert max(per_account.values()) <= policy.limits.per_account
    for review in demo.reviews:
        account = accounts[review.account]
        assert account.kind == "production"
        if policy.eligibility.plans == "commercial":
            assert policy.eligibility.plan_names.classify(account.plan) == "commercial"
        answers = {
            "stars": review.stars,
            "text": review.text,
            "consents": list(demo.consents),
            "language": review.language,
        }
        answers |= {"title": review.title} if review.title else {}
        answers |= {"about": dict(review.about)} if review.about else {}
        answers |= {"qualities": dict(review.qualities)} if review.qualities else {}
        check_answers(form=policy.form, answers=answers)
        for edit in review.edits:
            check_answers(form=policy.form, answers=answers | {"text": edit.text})


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_happens_before_its_cause_or_after_now(slug: str) -> None:
    for review in made(slug).reviews:
        assert review.submitted_at < NOW
        replied_at = review.reply.replied_at if review.reply else None
        edits = [edit.edited_at for edit in review.edits]
        for later in (replied_at, review.withdrawn_at, *edits):
            assert later is None or review.submitted_at < later < NOW


@pytest.mark.parametrize("slug", SLUGS)
def test_no_two_people_write_the_same(slug: str) -> None:
    texts = Counter(review.text for review in made(slug).reviews)
    assert [text for text, times in texts.items() if times > 1 and len(text) > 70] == []
    assert sum(times - 1 for times in texts.values()) < 20


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_of_an_app_repeats_almost_no_sentence(slug: str) -> None:
    newest: dict[str, list[DemoReview]] = defaultdict(list)
    for review in reversed(made(slug).reviews):
        newest[review.app].append(review)
    for app, reviews in newest.items():
        page = " ".join(review.text.replace("\n", " ") for review in reviews[:20])
        sentences = Counter(part for part in re.split(r"(?<=[.!?]) ", page) if len(part) > 40)
        repeated = sum(times - 1 for times in sentences.values())
        assert repeated <= 0.15 * sum(sentences.values()), app


@pytest.mark.parametrize("slug", SLUGS)
def test_every_choice_in_a_sentence_is_made(slug: str) -> None:
    for review in made(slug).reviews:
        assert not re.search(r"[\[\]{}<>|]|  ", all_words(review)), all_words(review)


@pytest.mark.parametrize("slug", SLUGS)
def test_words_are_in_the_language_they_claim(slug: str) -> None:
    names = [app.name for app in made(slug).apps]
    letters: Counter[str] = Counter()
    for review in made(slug).reviews:
        words = review.text
        for name in names:
            words = words.replace(name, "")
        cyrillic = len(re.findall("[а-яё]", words, re.IGNORECASE))
        assert (cyrillic > 0.9 * len(re.findall(r"[^\W\d_]", words))) == (review.language == "ru")
        if review.language != "ru":
            assert cyrillic == 0
        letters[review.language] += len(words)
        letters[f"{review.language} ä"] += words.count("ä")
    assert letters["en ä"] == 0
    assert letters["fi ä"] > 0.02 * letters["fi"]
    assert {"en", "ru", "fi"} <= set(letters)


def test_qualities_know_no_answer_and_zero() -> None:
    answers = [
        review.qualities["support_documentation"]
        for review in made("hub").reviews
        if review.qualities
    ]
    assert answers.count(None) > 100
    assert answers.count(0) > 10
    required = [review.qualities["ease_of_use"] for review in made("hub").reviews]
    assert None not in required


@pytest.mark.parametrize("slug", SLUGS)
def test_partners_answer_sooner_and_more_from_month_to_month(slug: str) -> None:
    def median_hours(months_ago: int) -> float:
        until = NOW - timedelta(days=30 * months_ago)
        taken = [
            (review.reply.replied_at - review.submitted_at) / timedelta(hours=1)
            for review in made(slug).reviews
            if review.reply and until - timedelta(days=30) < review.reply.replied_at < until
        ]
        return median(taken)

    def answered_in_a_week(months_ago: int) -> float:
        until = NOW - timedelta(days=30 * months_ago + 8)
        sent = [
            review
            for review in made(slug).reviews
            if until - timedelta(days=60) < review.submitted_at < until
        ]
        soon = [
            review
            for review in sent
            if review.reply and review.reply.replied_at - review.submitted_at < timedelta(days=7)
        ]
        return len(soon) / len(sent)

    assert median_hours(0) < 12 < median_hours(4) < 36 < median_hours(12)
    assert answered_in_a_week(12) < answered_in_a_week(6) < answered_in_a_week(0)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_of_a_partners_inbox_repeats_almost_nothing(slug: str) -> None:
    partner = {app.ref: app.partner for app in made(slug).apps}
    newest: dict[str, list[DemoReview]] = defaultdict(list)
    for review in reversed(made(slug).reviews):
        newest[partner[review.app]].append(review)
    for name, reviews in newest.items():
        titles = Counter(review.title for review in reviews[:20] if review.title)
        replies = " ".join(review.reply.text for review in reviews[:20] if review.reply)
        sentences = Counter(part for part in re.split(r"(?<=[.!?]) ", replies) if len(part) > 15)
        assert sum(times - 1 for times in titles.values()) <= 2, name
        assert sum(times - 1 for times in sentences.values()) <= 4, name


@pytest.mark.parametrize("slug", SLUGS)
def test_the_role_bar_has_its_four_customers(slug: str) -> None:
    demo = made(slug)
    policy = load_policy(preset=demo.preset)
    accounts = {account.ref: account for account in demo.accounts}
    customers = {customer.key: customer for customer in demo.customers}
    assert set(customers) == {"paid", "trial", "reviewed", "test"}
    written = defaultdict(list)
    for review in demo.reviews:
        written[review.user].append(review)
    assert not written[customers["paid"].user]
    assert len(customers["paid"].apps) >= 4
    assert customers["trial"].apps == ()
    trial = accounts[customers["trial"].account]
    assert policy.eligibility.plan_names.classify(trial.plan) == "other"
    assert len(written[customers["reviewed"].user]) >= 2
    assert accounts[customers["test"].account].kind != "production"
