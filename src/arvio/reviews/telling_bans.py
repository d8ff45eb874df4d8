"""Who is told of a ban: the banned user; of an account, those of its users who wrote reviews.

The worker comes here with `ban_notice` rows, whose keys are event:ban.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from arvio.catalog import bans, queries
from arvio.catalog.errors import NotFound
from arvio.catalog.guidelines.rules import Rule
from arvio.catalog.labels import field_label
from arvio.catalog.models import Ban, BanAppeal, User
from arvio.notify.ban_letters import LETTERS, BanFacts, why
from arvio.notify.ground import Reader, speaking
from arvio.notify.letters import Link
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import render
from arvio.reviews.models import Review


def tell_bans(*, keys: Sequence[str], now: datetime) -> None:
    mails: list[Mail] = []
    for key in keys:
        event, _, ban_id = key.partition(":")
        rows = Ban.objects.select_related("account__marketplace", "user")
        ban = rows.filter(pk=UUID(ban_id)).first()
        if ban is not None and not (event == "ended" and ban.lifted_at):
            mails += _mails(event, ban, now)
    post(mails=mails, now=now)


def _mails(event: str, ban: Ban, now: datetime) -> Iterable[Mail]:
    facts = _facts(ban, now)
    for user in _readers(event, ban):
        yield _mail(event, replace(facts, still=_still(user, ban, now)), user)


def _readers(event: str, ban: Ban) -> list[User]:
    """Whoever appealed hears of the answer, with reviews or without."""
    appealed = Q(pk__in=BanAppeal.objects.filter(ban=ban).values("user"))
    wrote = Q(pk__in=Review.objects.filter(account=ban.account_id).values("user"))
    whom = Q(pk=ban.user_id) if ban.user_id else Q(account=ban.account_id) & (wrote | appealed)
    rows = User.objects.filter(appealed if event == "kept" else whom, erased_at=None)
    return list(rows.exclude(email="").order_by("ref", "pk"))


def _still(user: User, ban: Ban, now: datetime) -> bool:
    others = Ban.objects.filter(Q(user=None) | Q(user=user), account=ban.account_id)
    return bans.in_force(others.exclude(pk=ban.pk), now).exists()


def _facts(ban: Ban, now: datetime) -> BanFacts:
    marketplace = ban.account.marketplace
    policy = queries.policy_in_force(marketplace=marketplace, now=now).policy
    until = policy.moderation.appeal_window.add(ban.since_at)
    page = f"{settings.BASE_URL}/{marketplace.slug}"
    guidelines = f"{page}/guidelines/"
    return BanFacts(
        ban=ban,
        marketplace=marketplace.name,
        guidelines_url=guidelines
        if ban.guidelines_number is None
        else f"{guidelines}{ban.guidelines_number}/#{ban.rule}",
        appeal_url=f"{page}/in/appeal/",
        rule=_rule(ban),
        appeal_until=until if now < until else None,
        appeal=BanAppeal.objects.filter(ban=ban).order_by("-filed_at", "-id").first(),
    )


def _rule(ban: Ban) -> Rule | None:
    if ban.guidelines_number is None:
        return None
    try:
        version = queries.guidelines_version(
            marketplace=ban.account.marketplace, number=ban.guidelines_number
        )
        return queries.rule(version=version, key=ban.rule)
    except NotFound:
        return None


def _mail(event: str, facts: BanFacts, user: User) -> Mail:
    marketplace = facts.ban.account.marketplace
    with speaking(reader=Reader(user.pk, user.email, user.locale), marketplace=marketplace):
        letter = LETTERS[event](facts)
        whole = replace(
            letter,
            why=why(marketplace.name),
            links=[Link(field_label("guidelines"), facts.guidelines_url)],
        )
        return Mail(
            to=user.email,
            rendered=render(letter=whole, marketplace=marketplace.name, accent=marketplace.accent),
            from_name=marketplace.name,
            marketplace_id=marketplace.pk,
            reader_id=user.pk,
        )
