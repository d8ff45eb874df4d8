"""The desk of the stage: Mika and Maija moderate, Otto operates; visitors, customers and partners
report through the real actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arvio.catalog.marketplaces import put_staff
from arvio.catalog.members import Member
from arvio.catalog.queries import Viewer
from arvio.catalog.staff import Moderator, moderator
from arvio.moderation import deciding, parties, reporting
from arvio.moderation.deciding import Words
from arvio.moderation.models import Case, Decision, Report
from arvio.moderation.reporting import Target, target_of
from arvio.people.models import Person
from arvio.reviews.models import Reply, Review
from tests.cast import Stage, stage
from tests.repeating import repeated

STAFF = [
    ("mika@store.example", "Mika Moilanen", "moderator"),
    ("maija@store.example", "Maija Mattila", "moderator"),
    ("otto@store.example", "Otto Oksanen", "operator"),
]
WHY = "It names a person and gives her number. Criticism without that is welcome."


@dataclass
class Desk:
    stage: Stage
    mika: Moderator
    maija: Moderator
    otto: Moderator

    @property
    def now(self) -> datetime:
        return self.stage.now

    def report(
        self,
        about: Review | Reply,
        *,
        email: str = "zelda@mail.example",
        by: Viewer | Member | Moderator | None = None,
        reason: str = "personal_data",
        comment: str = "",
        language: str = "en",
        now: datetime | None = None,
    ) -> Report:
        """A report that counts: a visitor's is confirmed."""
        at = now or self.now
        reporter = self.reporter(by, email=email, language=language)
        made = reporting.file_report(
            target=target(about), reporter=reporter, reason=reason, comment=comment, now=at
        )
        if not reporter.counts_at_once:
            made = reporting.confirm_report(report_id=made.pk, now=at)
        return made

    def reporter(
        self, by: Viewer | Member | Moderator | None, *, email: str = "", language: str = "en"
    ) -> parties.Reporter:
        if isinstance(by, Viewer):
            found = parties.customer(viewer=by, language=language)
            assert found is not None
            return found
        if isinstance(by, Member):
            return parties.partner_member(member=by, language=language)
        if isinstance(by, Moderator):
            return parties.staff(moderator=by, language=language)
        return parties.visitor(marketplace=self.stage.marketplace, email=email, language=language)

    def decide(
        self,
        case: Case,
        action: str,
        *,
        by: Moderator | None = None,
        rule: str = "personal_data",
        statement: str = WHY,
        now: datetime | None = None,
    ) -> Decision:
        words = Words(action, "" if action in ("keep", "restore") else rule, statement)
        made = deciding.decide(
            moderator=by or self.mika, case_id=case.pk, words=words, now=now or self.now
        )
        assert isinstance(made, Decision)
        return made


def target(about: Review | Reply) -> Target:
    item = "reply" if isinstance(about, Reply) else "review"
    return target_of(item=item, item_id=about.pk)


@repeated
def desk(**kwargs: Any) -> Desk:
    return desk_of(stage(**kwargs))


def desk_of(store: Stage) -> Desk:
    put_staff(marketplace=store.marketplace, members=STAFF)
    found = []
    for email, _, _ in STAFF:
        one = moderator(person=Person.objects.get(email=email), marketplace_id=store.marketplace.pk)
        assert one is not None
        found.append(one)
    return Desk(store, *found)
