"""Screening new versions in the transaction that writes them, and settling what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import Value
from django.db.models.functions import Replace

from arvio.catalog import queries as catalog
from arvio.catalog.models import Account, App, Marketplace
from arvio.policy.model import Screening
from arvio.screening import alike
from arvio.screening.addresses import parents
from arvio.screening.alike import Match
from arvio.screening.bursts import is_burst
from arvio.screening.found import Found
from arvio.screening.models import Flag, Outcome, Seen
from arvio.screening.pace import Pace, paces
from arvio.screening.rules import Address, Owner, addresses_of, is_new, owned

# What is written down later than this is history: it came at no pace of its own.
LATE = timedelta(hours=1)
BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Screened:
    """A new version, and what `rules.check_words` found in its words.

    `known_since` is when we first heard of the account; None where we don't know.
    """

    app: App
    account: Account
    review_id: UUID
    number: int
    person_key: str
    author_email: str
    stars: int
    fields: Mapping[str, str]
    found: Sequence[Found]
    screening: Screening
    known_since: datetime | None
    at: datetime


def screen(*, marketplace: Marketplace, versions: Sequence[Screened], now: datetime) -> None:
    """Look at new versions and write a flag for whatever is found.

    In the caller's transaction, after the words were found not to be refused. The number of
    statements doesn't grow with the number of versions.
    """
    signatures = alike.signatures(
        texts=[one.fields.values() if one.screening.duplicates != "off" else () for one in versions]
    )
    addresses = [
        addresses_of(
            fields=one.fields, author_email=one.author_email, account_domain=one.account.domain
        )
        if one.screening.partner_domains != "off"
        else []
        for one in versions
    ]
    seen = [_seen(marketplace, one, signatures[n]) for n, one in enumerate(versions)]
    owners = _owners(marketplace, addresses)
    matches = alike.match(rows=seen)
    # An edit is no further review.
    first = [row for row in seen if row.version_number == 1]
    pace = paces(rows=first, late=LATE, now=now)
    flags = []
    for n, one in enumerate(versions):
        found = [*one.found, *_around(one, matches[n], pace.get(seen[n].pk))]
        found += owned(addresses=addresses[n], owners=owners, own_partner=str(one.app.partner_id))
        flags += [_flag(marketplace, one, what) for what in found]
    Seen.objects.bulk_create(seen, batch_size=BATCH)
    Flag.objects.bulk_create(flags, batch_size=BATCH)


def _owners(marketplace: Marketplace, addresses: Sequence[Sequence[Address]]) -> dict[str, Owner]:
    domains = {name for some in addresses for one in some for name in parents(one.domain)}
    partners = catalog.owners_of_domains(marketplace=marketplace, domains=domains)
    return {
        domain: Owner(id=str(partner.pk), ref=partner.ref, name=partner.name)
        for domain, partner in partners.items()
    }


def _seen(marketplace: Marketplace, one: Screened, signature: bytes) -> Seen:
    return Seen(
        marketplace=marketplace,
        app=one.app,
        account=one.account,
        review_id=one.review_id,
        version_number=one.number,
        person_key=one.person_key,
        stars=one.stars,
        seen_at=one.at,
        signature=signature,
    )


def _around(one: Screened, match: Match | None, pace: Pace | None) -> list[Found]:
    """What the words alone don't tell."""
    found = []
    if match:
        detail = {
            "share": round(100 * match.share),
            "review": str(match.review_id),
            "version": match.version_number,
            "app": match.app_ref,
            "name": match.app_name,
            "same_app": match.app_id == one.app.pk,
            "same_account": match.account_id == one.account.pk,
            "others": match.others,
        }
        found.append(Found("duplicates", "flag", detail=detail))
    if pace and one.screening.bursts != "off" and is_burst(**vars(pace)):
        found.append(Found("bursts", "flag", detail=vars(pace)))
    if is_new(known_since=one.known_since, at=one.at, screening=one.screening):
        since = one.known_since.isoformat() if one.known_since else None
        found.append(Found("new_account", "flag", detail={"known_since": since}))
    return found


def _flag(marketplace: Marketplace, one: Screened, found: Found) -> Flag:
    return Flag(
        marketplace=marketplace,
        app_id=one.app.pk,
        review_id=one.review_id,
        version_number=one.number,
        stars=one.stars,
        kind=found.kind,
        field=found.field,
        start=found.start,
        end=found.end,
        excerpt=found.excerpt,
        detail=json.dumps(found.detail, ensure_ascii=False) if found.detail else "",
        found_at=one.at,
    )


def settle(
    *, review_id: UUID, outcome: Literal["dismissed", "upheld", "case"], by: str, now: datetime
) -> int:
    """Say how the flags of a review ended; answers how many were waiting for that.

    `case` takes them off the list until the case says `upheld` (the review was removed) or
    `dismissed`. What was settled once stays as it was.
    """
    rows = Flag.objects.filter(review_id=review_id, settled_at=None)
    if outcome == "case":
        return rows.filter(taken_at=None).update(taken_at=now)
    return rows.update(settled_at=now, settled_by=by, outcome=Outcome(outcome))


def follow_account(*, old: Account, new: Account) -> None:
    """An account was merged: what it has sent counts for the other's pace."""
    key = Replace("person_key", Value(f"{old.pk}/"), Value(f"{new.pk}/"))
    Seen.objects.filter(account=old).update(account=new, person_key=key)


def forget(*, review_ids: Sequence[UUID], now: datetime) -> None:
    """Erasure: the words that were found go, and what finds texts like these.

    The flags stay, with their kind, stars and outcome.
    """
    Flag.objects.filter(review_id__in=review_ids, erased_at=None).update(
        excerpt="", detail="", erased_at=now
    )
    alike.forget(review_ids=review_ids)
