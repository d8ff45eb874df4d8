"""Asking by mail whoever installed an app (FEATURES R100-R102): what the worker does with the rows
that `catalog.planning` wrote. Rows, links and mails are of one transaction, so that a worker that
is killed anywhere asks nobody twice and forgets nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import OuterRef, Q
from django.utils.translation import gettext as _

from arvio.asking import letters, request_rules, signing_in
from arvio.asking.counting import counted_as
from arvio.asking.models import ReviewRequest, SignInLink
from arvio.asking.prompt_models import PromptUse
from arvio.asking.request_rules import SENT, WAITING, RequestFacts
from arvio.catalog import planning, pseudonyms
from arvio.catalog import queries as catalog
from arvio.catalog import rules as catalog_rules
from arvio.catalog.models import App, Installation, Marketplace, PolicyVersion, User
from arvio.catalog.queries import Asker
from arvio.notify import envelopes, preferences
from arvio.notify.ground import Reader, speaking
from arvio.notify.letters import Link
from arvio.notify.posting import Mail, post
from arvio.notify.preferences import REQUEST, Stop
from arvio.notify.rules import OFF, how_told
from arvio.policy.names import display_name
from arvio.reviews.models import Review
from arvio.reviews.submitting import erased_key, judge_all, person_key


@dataclass(frozen=True)
class _Row:
    """An installation whose day has come, and who is to be asked, if we know them."""

    installation: Installation
    version: PolicyVersion | None
    user: User | None

    @property
    def app(self) -> App:
        return self.installation.app

    @property
    def asked_at(self) -> datetime | None:
        if self.version is None:
            return None
        return catalog_rules.asked_at(
            after=self.version.policy.requests.email_after,
            installed_at=self.installation.installed_at,
        )

    @property
    def asker(self) -> Asker:
        return Asker(
            app=self.app,
            account=self.installation.account,
            user=self.user,
            surface="web",
            email=self.user.email if self.user else "",
        )

    @property
    def person(self) -> str:
        """Who counts as one person, in whatever accounts; of a known user alone."""
        if self.user is None:
            return ""
        scope = self.version.policy.limits.user_scope if self.version else "account"
        return counted_as(user=self.user, marketplace_id=self.app.marketplace_id, scope=scope)

    @property
    def author(self) -> set[str]:
        """The same as reviews keep it, before an erasure and after it."""
        if self.user is None or self.version is None:
            return set()
        key = person_key(self.asker, self.version.policy)
        return {key, erased_key(key, marketplace_id=self.app.marketplace_id)}


@dataclass(frozen=True)
class _Past:
    """What there was before between people and apps; `stopped` are people who want no such mail
    from the marketplace (its id, theirs), the others go by app.
    """

    asked: Collection[tuple[UUID, UUID | str]]
    reviewed: Collection[tuple[UUID, UUID | str]]
    never: Collection[tuple[UUID, UUID | str]]
    stopped: Collection[tuple[UUID, str]]


@transaction.atomic
def send_requests(*, installation_ids: Sequence[UUID], now: datetime, at: datetime) -> None:
    """Ask the installers of these, or note why not; `at` is of the real clock, for the links.

    The number of statements doesn't grow with the rows.
    """
    rows = _rows(installation_ids, now)
    known = [row for row in rows if row.user]
    facts = _facts(known, now)
    codes = [
        request_rules.decide_request(
            facts=facts.get(row.installation.pk)
            or RequestFacts(
                asked_at=row.asked_at, installed=row.installation.is_live, installer_known=False
            ),
            now=now,
        )
        for row in rows
    ]
    decided = _once(list(zip(rows, codes, strict=True)))
    early = [(row.app, row.installation) for row, code in decided if code == "too_early"]
    if early:
        planning.plan(installations=early, now=now)
    _note(decided, now)
    _send([row for row, code in decided if code == SENT], now, at)


def _once(decided: Sequence[tuple[_Row, str]]) -> list[tuple[_Row, str]]:
    """One person may be due for an app in several accounts at this moment."""
    asked: set[tuple[UUID, str]] = set()
    found = []
    for row, code in decided:
        who = (row.app.pk, row.person)
        found.append((row, "already_asked" if code == SENT and who in asked else code))
        if code == SENT:
            asked.add(who)
    return found


def _rows(ids: Sequence[UUID], now: datetime) -> list[_Row]:
    found: Any = (
        Installation.objects.filter(pk__in=ids)
        .select_related("app__marketplace", "app__partner", "account")
        .annotate(policy_id=catalog.policy_id(marketplace=OuterRef("app__marketplace_id"), now=now))
    )
    installations = list(found.order_by("pk"))
    users = _installers(installations)
    return [
        _Row(
            row,
            catalog.policy_version(row.policy_id) if row.policy_id else None,
            users.get(row.pk),
        )
        for row in installations
    ]


def _installers(installations: Sequence[Installation]) -> dict[UUID, User]:
    """The users who installed, by installation; platforms name them by id or by address. They are
    locked, so that no mail is written to whom an erasure is forgetting at this moment.
    """
    names: dict[UUID, tuple[str, ...]] = {
        row.pk: pseudonyms.names_of(marketplace_id=row.app.marketplace_id, ref=row.installed_by)
        for row in installations
        if row.installed_by
    }
    if not names:
        return {}
    wanted = {name for both in names.values() for name in both}
    emails = {row.installed_by.lower() for row in installations if "@" in row.installed_by}
    rows = User.objects.filter(
        Q(ref__in=wanted) | Q(email__in=emails),
        account__in={row.account_id for row in installations},
    )
    by_name: dict[tuple[UUID, str], User] = {}
    for user in rows.select_for_update(no_key=True).order_by("pk"):
        if user.email:
            by_name.setdefault((user.account_id, user.email), user)
        by_name[user.account_id, user.ref] = user
    return {
        row.pk: found
        for row in installations
        if (found := _first(by_name, row, names.get(row.pk, ())))
    }


def _first(
    users: dict[tuple[UUID, str], User], row: Installation, names: Sequence[str]
) -> User | None:
    for name in (*names, row.installed_by.lower()):
        if user := users.get((row.account_id, name)):
            return user
    return None


def _facts(rows: Sequence[_Row], now: datetime) -> dict[UUID, RequestFacts]:
    """By installation. A dozen statements, and six more for each further marketplace."""
    if not rows:
        return {}
    past = _past(rows)
    refused = _refused(rows, now)
    found = {}
    for row in rows:
        if row.user is None:
            continue
        app = row.app.pk
        names = {(app, row.user.pk), (app, row.person)}
        found[row.installation.pk] = RequestFacts(
            asked_at=row.asked_at,
            installed=row.installation.is_live,
            retired=row.app.retired,
            erased=row.user.erased_at is not None,
            asked_before=not names.isdisjoint(past.asked),
            reviewed=not {(app, row.user.pk), *((app, key) for key in row.author)}.isdisjoint(
                past.reviewed
            ),
            opted_out=not names.isdisjoint(past.never)
            or (row.app.marketplace_id, row.person) in past.stopped,
            has_address=is_address(row.user.email),
            refused=refused.get(row.installation.pk, ()),
        )
    return found


def _past(rows: Sequence[_Row]) -> _Past:
    apps, users = {row.app.pk for row in rows}, {row.user.pk for row in rows if row.user}
    people = {row.person for row in rows}
    asked = ReviewRequest.objects.filter(
        Q(user__in=users) | Q(person__in=people), app__in=apps, code=SENT
    )
    authors = set().union(*(row.author for row in rows))
    reviewed = Review.objects.filter(Q(user__in=users) | Q(person_key__in=authors), app__in=apps)
    never = PromptUse.objects.filter(
        Q(user__in=users) | Q(person__in=people), app__in=apps, opted_out_at__isnull=False
    )
    return _Past(
        asked=_both(asked.values_list("app_id", "user_id", "person")),
        reviewed=_both(reviewed.values_list("app_id", "user_id", "person_key")),
        never=_both(never.values_list("app_id", "user_id", "person")),
        stopped=_stopped(rows),
    )


def _both(rows: Iterable[tuple[UUID, UUID, str]]) -> set[tuple[UUID, UUID | str]]:
    """Users and people by app."""
    return {pair for app, user, person in rows for pair in ((app, user), (app, person))}


def _stopped(rows: Sequence[_Row]) -> set[tuple[UUID, str]]:
    """Who is one person stops these mails for all their accounts that ever got one."""
    places = {row.app.marketplace_id for row in rows}
    readers = {(row.user.pk, row.person) for row in rows if row.user}
    sent = ReviewRequest.objects.filter(person__in={person for _, person in readers}, code=SENT)
    readers |= set(sent.values_list("user_id", "person"))
    wishes = preferences.wishes(readers={user for user, _ in readers}, places=places)
    return {
        (place, person)
        for user, person in readers
        for place in places
        if how_told(reader=user, places=[place], event=REQUEST, wishes=wishes, stop=place) == OFF
    }


def _refused(rows: Sequence[_Row], now: datetime) -> dict[UUID, list[str]]:
    """By installation, what the eligibility check says against its installer."""
    groups: dict[PolicyVersion, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.version:
            groups[row.version].append(row)
    found = {}
    for version, group in groups.items():
        askers = [row.asker for row in group]
        marketplace: Marketplace = group[0].app.marketplace
        verdicts = judge_all(marketplace=marketplace, askers=askers, version=version, now=now)
        for row, (verdict, _known) in zip(group, verdicts, strict=True):
            found[row.installation.pk] = [check.code for check in verdict.failed]
    return found


def is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def _note(decided: Sequence[tuple[_Row, str]], now: datetime) -> None:
    """What became of it. What was sent once stays as it was; of two workers who would ask one
    person, one meets the other's row here. In one order, so that they don't wait for each other.
    """
    unchanged = WAITING | {"already_asked"}
    noted = [(row, code) for row, code in decided if row.user and code not in unchanged]
    ReviewRequest.objects.bulk_create(
        [
            ReviewRequest(app=row.app, user=row.user, person=row.person, code=code, decided_at=now)
            for row, code in sorted(noted, key=lambda one: (one[0].app.pk, one[0].person))
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=("app", "user"),
        update_fields=("person", "code", "decided_at"),
    )


def _send(rows: Sequence[_Row], now: datetime, at: datetime) -> None:
    links: list[SignInLink] = []
    mails = []
    for row in rows:
        if row.user and row.version and row.installation.installed_at:
            mails.append(_mail(row, row.user, row.version, links, at))
    signing_in.save_links(links=links)
    post(mails=mails, now=now)


def _mail(
    row: _Row, user: User, version: PolicyVersion, links: list[SignInLink], at: datetime
) -> Mail:
    app, policy = row.app, version.policy
    marketplace = app.marketplace
    reader = Reader(user.pk, user.email, user.locale)
    stop = Stop(user.pk, marketplace.pk, REQUEST)
    stars: list[str] = []
    if policy.eligibility.surface == "in_product":
        # Nobody is let in by a mail there: the page says where reviews are written.
        url = f"{settings.BASE_URL}/{marketplace.slug}/in/{app.ref}/?asked=review"
    else:
        link, url = signing_in.new_link(app=app, user=user, at=at)
        links.append(link)
        stars = [f"{url}?stars={number}" for number in range(1, 6)]
    style = policy.privacy.display_name
    name = display_name(
        style=style,
        full_name=user.name,
        account_name=row.installation.account.name,
        person_key=str(user.pk),
    )
    installed_at = row.installation.installed_at
    assert installed_at is not None  # noqa: S101  # asked_at rests on it
    with speaking(reader=reader, marketplace=marketplace):
        letter = replace(
            letters.request(
                app=app, installed_at=installed_at, shown_name=name, style=style, star_urls=stars
            ),
            action=Link(_("Write a review"), url),
            links=[Link(_("Unsubscribe"), stop.url)],
        )
        return envelopes.stoppable(letter, reader, marketplace, stop, None)
