"""`arvio export`: everything public of a marketplace and its evidence, as a stream (R155, R70).

Nothing is told of a customer but what pages show, the account's ref and plan, and when it installed
the app. Read inside `one_moment`; memory doesn't grow with the number of reviews.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from arvio.catalog import queries as catalog
from arvio.catalog.models import Account, App, Marketplace, Partner, PolicyVersion
from arvio.connect.jsonl import FORMAT, VERSION
from arvio.paging import Key, after
from arvio.policy.model import NameStyle
from arvio.reviews.models import AboutAnswer, Consent, Reply, Review, ReviewVersion
from arvio.reviews.naming import author_name
from arvio.reviews.states import State

PART = 500
ORDER = (Key("published_at", str), Key("id", str))
# What evidence names by our own ids means nothing elsewhere.
OWN_IDS = frozenset({"installation"})


@dataclass(frozen=True)
class Exported:
    """A published review with what belongs to it; the live version is the last."""

    review: Review
    author: str
    versions: Sequence[ReviewVersion]
    about: dict[UUID, dict[str, str]]
    consents: dict[UUID, dict[str, str]]
    reply: Reply | None

    @property
    def live(self) -> ReviewVersion:
        return self.versions[-1]


def lines(*, marketplace: Marketplace, app: App | None, now: datetime) -> Iterator[dict[str, Any]]:
    """The lines of the file, in the order in which an import needs them (docs/files.md)."""
    version = catalog.policy_in_force(marketplace=marketplace, now=now)
    yield _header(marketplace, version, app, now)
    apps = App.objects.filter(marketplace=marketplace)
    apps = apps.filter(pk=app.pk) if app else apps
    for partner in Partner.objects.filter(Exists(apps.filter(partner=OuterRef("pk")))).order_by(
        "pk"
    ):
        yield {"type": "partner", "ref": partner.ref, "name": partner.name}
    for row in apps.select_related("partner").order_by("pk").iterator(chunk_size=PART):
        yield _app(row)
    reviewed = Review.objects.filter(
        account=OuterRef("pk"), marketplace=marketplace, state=State.PUBLISHED
    )
    reviewed = reviewed.filter(app=app) if app else reviewed
    accounts = Account.objects.filter(Exists(reviewed), marketplace=marketplace)
    for account in accounts.order_by("pk").iterator(chunk_size=PART):
        yield {
            "type": "account",
            "ref": account.ref,
            "plan": account.plan,
            "kind": account.kind,
        }
    for exported in reviews(marketplace=marketplace, app=app, now=now):
        yield review_line(exported)


def reviews(*, marketplace: Marketplace, app: App | None, now: datetime) -> Iterator[Exported]:
    """Published reviews app by app, oldest first, a constant number of statements for a part."""
    version = catalog.policy_in_force(marketplace=marketplace, now=now)
    style = version.policy.privacy.display_name
    apps = App.objects.filter(marketplace=marketplace).select_related("partner").order_by("pk")
    apps = apps.filter(pk=app.pk) if app else apps
    for row in apps.iterator(chunk_size=PART):
        published = Review.objects.filter(app=row, state=State.PUBLISHED).select_related(
            "account", "user", "installation", "policy_version", "live_version"
        )
        for part in _parts(published):
            for review in part:
                review.app = row
            yield from _exported(part, style)


def _parts(rows: QuerySet[Review]) -> Iterator[list[Review]]:
    ordered = rows.order_by(*(key.order for key in ORDER))
    part = list(ordered[:PART])
    while part:
        yield part
        last = [getattr(part[-1], key.name) for key in ORDER]
        part = list(ordered.filter(after(ORDER, last))[:PART])


def _exported(part: Sequence[Review], style: NameStyle) -> Iterator[Exported]:
    ids = [review.pk for review in part]
    public = ReviewVersion.objects.filter(review__in=ids, effective_at__isnull=False)
    versions: dict[UUID, list[ReviewVersion]] = defaultdict(list)
    for version in public.order_by("number"):
        versions[version.review_id].append(version)
    shown = AboutAnswer.objects.filter(
        version__review__in=ids, version__effective_at__isnull=False, public=True, erased_at=None
    )
    agreed = Consent.objects.filter(version__review__in=ids, version__effective_at__isnull=False)
    about = _by_version(shown.values_list("version_id", "key", "value").order_by("key"))
    consents = _by_version(agreed.values_list("version_id", "key", "text_version").order_by("key"))
    replies = Reply.objects.filter(review__in=ids, state=Reply.ReplyState.LIVE, erased_at=None)
    live_reply = {reply.review_id: reply for reply in replies}
    for review in part:
        yield Exported(
            review=review,
            author=author_name(review, style),
            versions=versions[review.pk],
            about=about,
            consents=consents,
            reply=live_reply.get(review.pk),
        )


def _by_version(rows: Iterable[tuple[UUID, str, str]]) -> dict[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    for version, key, value in rows:
        found[version][key] = value
    return found


def _header(
    marketplace: Marketplace, version: PolicyVersion, app: App | None, now: datetime
) -> dict[str, Any]:
    return {
        "type": "header",
        "format": FORMAT,
        "version": VERSION,
        "exported_at": moment(now),
        "marketplace": {
            "slug": marketplace.slug,
            "name": marketplace.name,
            "languages": marketplace.languages,
        },
        "policy": {
            "preset": version.preset,
            "overrides": version.overrides,
            "version": version.number,
            "effective_at": moment(version.effective_at),
        },
        "app": app.ref if app else None,
    }


def _app(row: App) -> dict[str, Any]:
    return {
        "type": "app",
        "ref": row.ref,
        "name": row.name,
        "partner": row.partner.ref,
        "category": row.category,
        "tagline": row.tagline,
        "version": row.version,
        "listing_url": row.listing_url,
        "retired": row.retired,
        "listed_at": moment(row.listed_at),
    }


def review_line(exported: Exported) -> dict[str, Any]:
    review = exported.review
    return {
        "type": "review",
        "id": str(review.pk),
        "app": review.app.ref,
        "account": review.account.ref,
        "author": {"display_name": exported.author},
        "source": review.source,
        "verified_install": review.verified_install,
        "app_version": review.app_version,
        "submitted_at": moment(review.submitted_at),
        "published_at": moment(review.published_at),
        "edited_at": moment(review.edited_at),
        "policy_version": review.policy_version.number,
        "installation": _installation(review),
        "versions": [_version(exported, version) for version in exported.versions],
        "reply": _reply(exported.reply),
    }


def _version(exported: Exported, version: ReviewVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "origin": version.origin,
        "stars": version.stars,
        "title": version.title,
        "text": version.text,
        "pros": version.pros,
        "cons": version.cons,
        "affiliation": version.affiliation,
        "qualities": dict(sorted(version.qualities.items())),
        "about": exported.about.get(version.pk, {}),
        "consents": exported.consents.get(version.pk, {}),
        "language": version.language,
        "evidence": {k: v for k, v in version.evidence.items() if k not in OWN_IDS},
        "submitted_at": moment(version.submitted_at),
        "effective_at": moment(version.effective_at),
        "erased_at": moment(version.erased_at),
    }


def _installation(review: Review) -> dict[str, Any] | None:
    """When it was installed, never by whom."""
    found = review.installation
    if found is None or found.installed_at is None:
        return None
    return {
        "installed_at": moment(found.installed_at),
        "uninstalled_at": moment(found.ended_at),
        "version": found.version,
    }


def _reply(reply: Reply | None) -> dict[str, Any] | None:
    if reply is None:
        return None
    return {
        "id": str(reply.pk),
        "version": reply.version_number,
        "text": reply.text,
        "replied_at": moment(reply.replied_at),
        "fixed_in": reply.fixed_in or None,
    }


def moment(at: datetime | None) -> str | None:
    """2026-11-18T07:42:00.123456Z; every digit is kept, so that a day never changes."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
