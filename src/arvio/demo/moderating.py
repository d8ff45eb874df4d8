"""What came to the moderators: reports, decisions, appeals, disputes and corrections, each at its
own time and through the real actions, with the mails that they brought.

The incidents are written by hand beside their marketplace: `markets/{slug}_desk.toml`.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arvio.catalog import staff
from arvio.catalog.members import Member
from arvio.catalog.queries import Asker, Viewer
from arvio.catalog.staff import Moderator
from arvio.demo import lately
from arvio.demo.content import DemoUser
from arvio.due import actions as due
from arvio.moderation import appealing, correcting, deciding, overdue, parties, reporting, threads
from arvio.moderation.deciding import Words
from arvio.moderation.models import Case, Report, Thread
from arvio.moderation.states import WAITING
from arvio.policy.working_days import due_at
from arvio.reviews import actions as reviews
from arvio.reviews.models import Reply, Review

if TYPE_CHECKING:
    from arvio.demo.seed import Loader

Incident = dict[str, Any]
Event = tuple[datetime, Callable[[], None]]
SOON = timedelta(hours=3)


@cache
def incidents(slug: str) -> list[Incident]:
    path = Path(__file__).parent / "markets" / f"{slug}_desk.toml"
    found: list[Incident] = tomllib.loads(path.read_text(encoding="utf-8"))["incidents"]
    return found


def write_reviews(*, loader: Loader) -> list[Story]:
    """The reviews that somebody will object to, each by a customer who hasn't reviewed the app."""
    stories = [Story(loader, incident) for incident in incidents(loader.demo.slug)]
    authors = _Authors(loader)
    made = reviews.submit_reviews(
        marketplace=loader.marketplace,
        submissions=[
            reviews.Submission(
                asker=authors.asker(story),
                answers=_answers(loader, story.incident),
                at=story.at(story.incident["written"]),
            )
            for story in stories
        ],
        now=loader.now,
    )
    for story, review in zip(stories, made, strict=True):
        story.review = review
    return stories


def happen(*, loader: Loader, stories: list[Story]) -> None:
    events = sorted((event for story in stories for event in story.events()), key=lambda e: e[0])
    for at, act in events:
        act()
        lately.work(at)
    _overdue(loader)
    lately.work(loader.now)


def _overdue(loader: Loader) -> None:
    """What the worker would have noticed at its time."""
    late = Case.objects.filter(
        marketplace=loader.marketplace, state__in=sorted(WAITING), due_at__lte=loader.now
    )
    for case in late.order_by("due_at"):
        overdue.note_overdue(case_ids=[case.pk], now=case.due_at or loader.now)
        lately.work(case.due_at or loader.now)
        due.cancel(kind=reporting.OVERDUE, keys=[str(case.pk)])


class _Authors:
    """Customers with an app and without a review of it, best from an account that has none."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.taken = {(one.app, one.user) for one in loader.demo.reviews}
        self.count = Counter((one.app, one.account) for one in loader.demo.reviews)
        # The role bar's customers keep what they are there to show.
        bar = {one.account for one in loader.demo.customers}
        banned = {ban.user for ban in loader.demo.bans}
        self.users = [
            user for user in loader.demo.users if user.account not in bar and user.ref not in banned
        ]
        self.plans = {one.ref: (one.plan, one.kind) for one in loader.demo.accounts}

    def asker(self, story: Story) -> Asker:
        app, language = story.incident["app"], story.incident["language"]
        begins_at = story.at(story.incident["written"]) - timedelta(days=2)
        there = {
            row.account
            for row in self.loader.demo.installations
            if row.app == app and row.uninstalled_at is None and row.installed_at < begins_at
        }
        free = [
            user
            for user in self.users
            if user.account in there
            and (app, user.ref) not in self.taken
            and self._may(app, user.account)
        ]
        chosen = sorted(
            free, key=lambda user: (self.count[app, user.account], user.locale != language)
        )
        if not chosen:
            raise LookupError(f"nobody is left to review {app}")
        return self._asker(app, chosen[0])

    def _may(self, app: str, account: str) -> bool:
        plan, kind = self.plans[account]
        policy = self.loader.policy
        paid = policy.eligibility.plan_names.classify(plan) == "commercial"
        most = policy.limits.per_account
        return paid and kind == "production" and (most is None or self.count[app, account] < most)

    def _asker(self, app: str, user: DemoUser) -> Asker:
        self.taken.add((app, user.ref))
        self.count[app, user.account] += 1
        return Asker(
            app=self.loader.apps[app],
            account=self.loader.accounts[user.account],
            user=self.loader.users[user.ref],
            surface="in_product",
            email=user.email,
        )


def _answers(loader: Loader, incident: Incident) -> dict[str, Any]:
    answers = {key: incident[key] for key in ("stars", "text", "language")}
    form = loader.policy.form
    if "title" in incident:
        answers["title"] = incident["title"]
    answers["consents"] = list(loader.demo.consents)
    asked = {key: incident["stars"] for key, field in form.qualities.items() if field.required}
    about = {
        key: field.choices[1] if field.choices else "Operations"
        for key, field in form.about.items()
        if field.required
    }
    return answers | ({"qualities": asked} if asked else {}) | ({"about": about} if about else {})


class Story:
    """One incident from the report to its end."""

    def __init__(self, loader: Loader, incident: Incident) -> None:
        self.loader, self.incident = loader, incident
        self.review: Review | None = None
        self.reply: Reply | None = None
        self.case: Case | None = None
        self.thread: Thread | None = None

    def at(self, ago: float) -> datetime:
        return self.loader.now - timedelta(days=ago) + timedelta(minutes=7 * (hash_of(self) % 90))

    def events(self) -> Iterator[Event]:
        one = self.incident
        if "reply" in one:
            yield self.at(one["reply"]["ago"]), self._reply
        for n, report in enumerate(one.get("reports", [])):
            yield self._filed_at(report) + timedelta(minutes=n), self._report(report)
        for n, decision in enumerate(one.get("decisions", [])):
            at = self.at(decision["ago"]) + timedelta(hours=5)
            yield min(at, self.loader.now - timedelta(minutes=5)), self._decide(decision, n)
        if "appeal" in one:
            yield self.at(one["appeal"]["ago"]), self._appeal
        yield from self._talks()
        if "correction" in one:
            yield self.at(one["correction"]["ago"]), self._ask
            if "done" in one["correction"]:
                yield self.at(one["correction"]["done"]), self._correct

    def _talks(self) -> Iterator[Event]:
        talk = self.incident.get("dispute")
        if talk is None:
            return
        yield self.at(talk["ago"]), self._dispute
        for message in talk["answers"]:
            yield self.at(message["ago"]), self._say(message)
        if "close" in talk:
            yield self.at(talk["close"]["ago"]), self._close

    def _filed_at(self, report: Incident) -> datetime:
        if report.get("due") != "today":
            return self.at(report["ago"])
        place = self.loader.marketplace
        for days in range(10, 40):
            at = self.loader.now + SOON - timedelta(days=days)
            answer_by = due_at(
                filed_at=at, days=10, calendar=place.calendar, time_zone=place.time_zone
            )
            if answer_by - self.loader.now > timedelta(0):
                last = at
                continue
            return last
        return last

    # Who does it

    @property
    def of(self) -> Review:
        assert self.review is not None  # noqa: S101 - the reviews come first
        return self.review

    def author(self) -> Viewer:
        user = self.of.user
        assert user is not None  # noqa: S101 - customers wrote them
        return Viewer(
            marketplace=self.loader.marketplace,
            surface="in_product",
            name=user.name,
            email=user.email,
            locale=user.locale,
            account=self.of.account,
            user=user,
        )

    def member(self) -> Member:
        partner = next(p for p in self.loader.demo.partners if p.ref == self.of.app.partner.ref)
        return self.loader.partners.member(partner.who("owner").email)

    def moderator(self, n: int) -> Moderator:
        email = self.loader.demo.staff[n].email
        found = staff.moderator(
            person=self.loader.people[email], marketplace_id=self.loader.marketplace.pk
        )
        assert found is not None  # noqa: S101 - the staff is there
        return found

    def customer(self) -> Viewer:
        """Somebody else who uses the marketplace."""
        other = next(
            said
            for said in self.loader.demo.reviews
            if said.app != self.of.app.ref and self.loader.users[said.user].pk != self.of.user_id
        )
        return self.loader.viewer(other)

    def _reporter(self, report: Incident) -> parties.Reporter:
        first = self.loader.demo.languages[0]
        language = report.get("language", first)
        if report["by"] == "visitor":
            return parties.visitor(
                marketplace=self.loader.marketplace, email=report["email"], language=language
            )
        if report["by"] == "partner":
            return parties.partner_member(member=self.member(), language=language)
        if report["by"] == "moderator":
            return parties.staff(moderator=self.moderator(0), language=language)
        viewer = self.author() if report["by"] == "author" else self.customer()
        found = parties.customer(viewer=viewer, language=language)
        assert found is not None  # noqa: S101 - customers are known
        return found

    # What happens

    def _reply(self) -> None:
        """Long ago, so nobody is told of it any more."""
        said = self.incident["reply"]
        (self.reply,) = reviews.add_replies(
            replies=[(self.of, said["text"], self.member().actor, self.at(said["ago"]))]
        )

    def _report(self, report: Incident) -> Callable[[], None]:
        def act() -> None:
            at = self._filed_at(report)
            about = self.reply if report.get("on") == "reply" and self.reply else None
            item, pk = ("reply", about.pk) if about else ("review", self.of.pk)
            made: Report = reporting.file_report(
                target=reporting.target_of(item=item, item_id=pk),
                reporter=self._reporter(report),
                reason=report["reason"],
                comment=report.get("comment", ""),
                now=at,
            )
            if report["by"] == "visitor":
                read_at = at + timedelta(minutes=4)
                lately.work(read_at)
                made = reporting.confirm_report(report_id=made.pk, now=read_at)
                lately.work(read_at)
            self.case = made.case

        return act

    def _decide(self, decision: Incident, n: int) -> Callable[[], None]:
        def act() -> None:
            assert self.case is not None  # noqa: S101 - reports come first
            at = min(self.at(decision["ago"]) + timedelta(hours=5), self.loader.now)
            deciding.decide(
                moderator=self.moderator(n),
                case_id=self.case.pk,
                words=Words(
                    decision["action"], decision.get("rule", ""), decision.get("statement", "")
                ),
                now=at,
            )

        return act

    def _appeal(self) -> None:
        assert self.case is not None  # noqa: S101 - decisions come first
        appeal = self.incident["appeal"]
        case, appellant = appealing.as_author(viewer=self.author(), case_id=self.case.pk)
        appealing.appeal(
            case=case, appellant=appellant, text=appeal["text"], now=self.at(appeal["ago"])
        )

    def _dispute(self) -> None:
        talk = self.incident["dispute"]
        self.thread = threads.open_dispute(
            member=self.member(), review_id=self.of.pk, text=talk["text"], now=self.at(talk["ago"])
        )

    def _say(self, message: Incident) -> Callable[[], None]:
        def act() -> None:
            assert self.thread is not None  # noqa: S101 - it is open
            said = {
                "thread_id": self.thread.pk,
                "text": message["text"],
                "now": self.at(message["ago"]),
            }
            if message["by"] == "moderator":
                threads.write_as_moderator(moderator=self.moderator(0), **said)
            else:
                threads.write_as_member(member=self.member(), **said)

        return act

    def _close(self) -> None:
        assert self.thread is not None  # noqa: S101 - it is open
        close = self.incident["dispute"]["close"]
        threads.close_dispute(
            moderator=self.moderator(0),
            thread_id=self.thread.pk,
            outcome=close["outcome"],
            text=close["text"],
            now=self.at(close["ago"]),
        )

    def _ask(self) -> None:
        asked = self.incident["correction"]
        correcting.ask_as_author(
            viewer=self.author(),
            review_id=self.of.pk,
            text=asked["text"],
            reason=asked["reason"],
            now=self.at(asked["ago"]),
        )

    def _correct(self) -> None:
        asked = self.incident["correction"]
        correcting.correct_review(
            moderator=self.moderator(1),
            review_id=self.of.pk,
            words={"text": asked["text"]},
            reason=asked["why"],
            now=self.at(asked["done"]),
        )


def hash_of(story: Story) -> int:
    """The same for the same words: minutes that look as if they were nobody's choice."""
    return sum(map(ord, story.incident["text"]))
