"""From what the rooms above answer to the shapes of CONTRACT 3."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.urls import reverse

from arvio.api import rendering_moderation
from arvio.api.language import LANGUAGES
from arvio.api.rendering_moderation import moment
from arvio.asking.queries import CountedLink
from arvio.catalog import explain
from arvio.catalog.explain import Names
from arvio.catalog.models import (
    Account,
    App,
    GuidelinesVersion,
    Installation,
    Partner,
    PolicyVersion,
    User,
)
from arvio.moderation.statements import Statement
from arvio.policy.load import to_dict
from arvio.policy.verdict import Verdict, moment_text
from arvio.ratings.queries import RatedApp, Rating
from arvio.reviews.inbox import PartnerReview
from arvio.reviews.queries import OwnReview, PublicReply, PublicReview
from arvio.reviews.states import State
from arvio.reviews.tips.rules import Tip
from arvio.reviews.tips.wording import TipText


def rating(facts: Rating) -> dict[str, Any]:
    return {
        "app": facts.app,
        "count": facts.count,
        "mean": None if facts.mean is None else float(facts.mean),
        "histogram": (
            None
            if facts.histogram is None
            else {str(star): n for star, n in facts.histogram.items()}
        ),
        "qualities": (
            None
            if facts.qualities is None
            else {
                key: {"mean": float(one.mean), "count": one.count}
                for key, one in facts.qualities.items()
            }
        ),
        "reason": facts.reason,
    }


def app_item(rated: RatedApp) -> dict[str, Any]:
    app = rated.app
    return {
        "app": app.ref,
        "name": app.name,
        "partner": app.partner.ref,
        "partner_name": app.partner.name,
        "category": app.category,
        "tagline": app.tagline,
        "version": app.version,
        "listing_url": app.listing_url or None,
        "rating": rating(rated.rating),
    }


def reply(facts: PublicReply) -> dict[str, Any]:
    return {
        "id": str(facts.id),
        "text": facts.text,
        "replied_at": moment(facts.replied_at),
        "about_earlier_version": facts.about_earlier_version,
        "fixed_in": facts.fixed_in or None,
    }


def review(facts: PublicReview) -> dict[str, Any]:
    return {
        "id": str(facts.id),
        "app": facts.app,
        "stars": facts.stars,
        "title": facts.title,
        "text": facts.text,
        "pros": facts.pros,
        "cons": facts.cons,
        "qualities": facts.qualities,
        "about": facts.about,
        "author": {"display_name": facts.display_name},
        "affiliation": facts.affiliation or None,
        "language": facts.language,
        "app_version": facts.app_version,
        "source": "imported" if facts.imported else "author",
        "verified_install": facts.verified_install,
        "usage": (
            {"months": facts.usage.months, "installed": facts.usage.installed}
            if facts.usage
            else None
        ),
        "submitted_at": moment(facts.submitted_at),
        "published_at": moment_text(facts.published_at),
        "edited_at": moment_text(facts.edited_at),
        "reply": reply(facts.reply) if facts.reply else None,
    }


def partner_review(
    facts: PartnerReview, *, language: str, decided: Statement | None = None
) -> dict[str, Any]:
    waiting = facts.pending
    return {
        **review(facts.public),
        "state": str(facts.state),
        "publishes_at": moment_text(facts.publishes_at),
        "previous_stars": facts.previous_stars,
        "pending": (
            {
                "stars": waiting.stars,
                "title": waiting.title,
                "text": waiting.text,
                "pros": waiting.pros,
                "cons": waiting.cons,
                "due_at": moment_text(facts.pending_at),
            }
            if waiting
            else None
        ),
        "can_reply": verdict(facts.can_reply, language=language, names=Names(facts.app.name)),
        "decision": rendering_moderation.partner_decision(decided) if decided else None,
    }


def own_review(
    facts: OwnReview, *, language: str, decided: Statement | None = None
) -> dict[str, Any]:
    held = facts.review.state == State.HELD
    waiting = facts.review.pending_version
    names = Names(app=facts.review.app.name, account=facts.review.account.name)
    return {
        **review(facts.public),
        "state": str(facts.review.state),
        "publishes_at": moment_text(facts.review.publishes_at) if held else None,
        "can_edit": verdict(facts.can_edit, language=language, names=names),
        "pending": (
            {"stars": waiting.stars, "due_at": moment(waiting.due_at)} if waiting else None
        ),
        "decision": rendering_moderation.own_decision(decided) if decided else None,
    }


def tip(facts: Tip, words: TipText) -> dict[str, Any]:
    followed = facts.applies and facts.done
    return {"key": facts.key, "done": facts.done, "hint": "" if followed else words.advice}


def link(facts: CountedLink) -> dict[str, Any]:
    made = facts.link
    path = reverse("web:go", args=[made.app.marketplace.slug, made.code])
    return {
        "id": str(made.pk),
        "app": made.app.ref,
        "campaign": made.campaign,
        "url": settings.BASE_URL + path,
        "arrivals": facts.arrivals,
        "reviews": facts.reviews,
        "created_at": moment(made.created_at),
        "ended_at": moment_text(made.ended_at),
    }


def verdict(facts: Verdict, *, language: str, names: Names) -> dict[str, Any]:
    return explain.verdict_json(facts, language, names)


def policy(version: PolicyVersion) -> dict[str, Any]:
    return {
        "preset": version.preset,
        "version": version.number,
        "effective_at": moment(version.effective_at),
        **to_dict(version.policy),
        "sentences": {
            language: explain.policy_sentences(version.policy, language) for language in LANGUAGES
        },
    }


def guidelines(version: GuidelinesVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "effective_at": moment(version.effective_at),
        "intro": version.document["intro"],
        "rules": [asdict(rule) for rule in version.rules],
        "partners": version.document["partners"],
    }


def partner(facts: Partner, members: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "partner": facts.ref,
        "name": facts.name,
        "domains": list(facts.domains),
        "members": members,
    }


def app(facts: App) -> dict[str, Any]:
    return {
        "app": facts.ref,
        "name": facts.name,
        "partner": facts.partner.ref,
        "category": facts.category,
        "tagline": facts.tagline,
        "version": facts.version,
        "listing_url": facts.listing_url or None,
        "retired": facts.retired,
    }


def account(facts: Account) -> dict[str, Any]:
    return {
        "account": facts.ref,
        "name": facts.name,
        "plan": facts.plan,
        "kind": str(facts.kind),
        "industry": facts.industry or None,
        "size": facts.size or None,
        "domain": facts.domain or None,
    }


def user(facts: User, account: Account) -> dict[str, Any]:
    return {
        "account": account.ref,
        "user": facts.ref,
        "name": facts.name,
        "email": facts.email or None,
        "locale": facts.locale or None,
    }


def installation(facts: Installation, app: App, account: Account) -> dict[str, Any]:
    return {
        "app": app.ref,
        "account": account.ref,
        "installed": facts.is_live,
        "installed_at": moment_text(facts.installed_at),
        "installed_by": facts.installed_by or None,
        "version": facts.version or None,
        "uninstalled_at": moment_text(facts.uninstalled_at),
    }
