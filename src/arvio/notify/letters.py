"""What a mail says, in the active language and time zone: whole sentences, and what it quotes.

`rendering` turns a letter into text and HTML. Nothing here is of the author beyond what is public
(FEATURES R147).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.explain import Names, explain_refusal
from arvio.catalog.words import time_left


def draw(stars: int) -> str:
    return "★" * stars + "☆" * (5 - stars)


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Quote:
    """A review as the public sees it, or will; `url` where a digest leads to it."""

    stars: int
    app: str = ""
    old_stars: int | None = None
    title: str = ""
    text: str = ""
    pros: str = ""
    cons: str = ""
    name: str = ""
    language: str = ""
    note: str = ""
    url: str = ""

    @property
    def drawn(self) -> str:
        return draw(self.stars)

    @property
    def in_words(self) -> str:
        if self.old_stars is None or self.old_stars == self.stars:
            return _("%(stars)s out of 5 stars") % {"stars": self.stars}
        values = {"old": self.old_stars, "new": self.stars}
        return (
            ngettext(
                "%(new)s star now, %(old)s before", "%(new)s stars now, %(old)s before", self.stars
            )
            % values
        )


@dataclass(frozen=True)
class Letter:
    """Heading and sentences, then the quotes, then the one thing to do, then why this came.

    `stars` are links for one to five stars, `notes` what is to be known before one follows them.
    """

    subject: str
    heading: str
    fact: str
    rest: str = ""
    quotes: Sequence[Quote] = ()
    reply: str = ""
    reply_by: str = ""
    stars_label: str = ""
    stars: Sequence[Link] = ()
    action: Link | None = None
    notes: Sequence[str] = ()
    why: str = ""
    links: Sequence[Link] = field(default=())

    @property
    def starred(self) -> list[tuple[str, Link]]:
        return [(draw(number), link) for number, link in enumerate(self.stars, start=1)]


@dataclass(frozen=True)
class Scene:
    """What the sentences need besides the facts of the event."""

    app: str
    partner: str
    reply_in_hold: bool
    now: datetime


Facts = Mapping[str, Any]


def review_new(facts: Facts, scene: Scene) -> Letter:
    at = _moment(facts, scene)
    stars = facts["stars"]
    values = {"app": scene.app, "stars": stars}
    if at is None:
        subject = ngettext(
            "New review of %(app)s: %(stars)s star", "New review of %(app)s: %(stars)s stars", stars
        )
    else:
        values["moment"] = written.moment(at, get_language(), now=scene.now)
        subject = ngettext(
            "New review of %(app)s: %(stars)s star, publishes on %(moment)s",
            "New review of %(app)s: %(stars)s stars, publishes on %(moment)s",
            stars,
        )
    return Letter(
        subject=subject % values,
        heading=_("New review of %(app)s") % values,
        fact=_publishes(at, scene) if at else _("It is public."),
        rest=_while_held(scene) if at else "",
        quotes=[quote(facts)],
    )


def review_edited(facts: Facts, scene: Scene) -> Letter:
    at = _moment(facts, scene)
    old, new = facts["old_stars"], facts["new_stars"]
    values = {"app": scene.app, "old": old, "new": new}
    if old == new:
        subject = ngettext(
            "Edited review of %(app)s: still %(new)s star",
            "Edited review of %(app)s: still %(new)s stars",
            new,
        )
    else:
        subject = ngettext(
            "Edited review of %(app)s: from %(old)s to %(new)s star",
            "Edited review of %(app)s: from %(old)s to %(new)s stars",
            new,
        )
    return Letter(
        subject=subject % values,
        heading=_("Edited review of %(app)s") % values,
        fact=_when_edited(facts, at, scene) if at else _("The edit is public."),
        rest=_until_edited(facts, scene) if at else "",
        quotes=[quote(facts)],
    )


def reply_sent(facts: Facts, scene: Scene) -> Letter:
    at = _moment(facts, scene)
    values = {"app": scene.app, "partner": facts["partner"]}
    if facts["published"] or (facts.get("publishes_at") and at is None):
        fact = _("The reply is public, below your review.")
    elif at:
        fact = _(
            "Your review isn’t public yet. It and the reply appear together on %(moment)s, in "
            "%(time)s."
        ) % _when(at, scene)
    else:
        fact = _("Your review isn’t public now. The reply appears together with it.")
    return Letter(
        subject=_("%(partner)s replied to your review of %(app)s") % values,
        heading=_("%(partner)s replied to your review of %(app)s") % values,
        fact=fact,
        quotes=[Quote(stars=facts["stars"], note=_("Your review"))],
        reply=facts["reply"],
        reply_by=" · ".join(filter(None, (_("Reply from %(partner)s") % values, _fixed(facts)))),
    )


def _fixed(facts: Facts) -> str:
    version = facts.get("fixed_in")
    return _("Fixed in %(version)s") % {"version": version} if version else ""


def review_archived(facts: Facts, scene: Scene) -> Letter:
    values = {"app": scene.app}
    text, unblocks = explain_refusal(facts["reason"], Names(app=scene.app))
    back = _("Your review comes back by itself when the reason for that ends.")
    return Letter(
        subject=_("Your review of %(app)s isn’t shown now") % values,
        heading=_("Your review of %(app)s isn’t shown now") % values,
        fact=text,
        rest=" ".join(filter(None, (unblocks, back))),
    )


def digest(*, partner: str, quotes: Sequence[Quote], now: datetime) -> Letter:
    values = {"partner": partner, "count": len(quotes), "day": written.day(now, get_language())}
    heading = (
        ngettext(
            "%(count)s new or edited review for %(partner)s",
            "%(count)s new or edited reviews for %(partner)s",
            len(quotes),
        )
        % values
    )
    subject = (
        ngettext(
            "%(count)s new or edited review for %(partner)s, %(day)s",
            "%(count)s new or edited reviews for %(partner)s, %(day)s",
            len(quotes),
        )
        % values
    )
    return Letter(
        subject=subject,
        heading=heading,
        fact=_("All that happened since the digest before, the oldest first."),
        quotes=quotes,
    )


def digest_quote(facts: Facts, *, event: str, scene: Scene, url: str) -> Quote:
    """One item of the digest, with what it is and, as long as it waits, when it publishes."""
    at = _moment(facts, scene)
    edited = event == "review_edited"
    note = _("Edited review") if edited else _("New review")
    if at:
        words = _when_edited(facts, at, scene) if edited else _publishes(at, scene)
        note = f"{note}. {words}"
    return quote(facts, app=scene.app, note=note, url=url)


def quote(facts: Facts, *, app: str = "", note: str = "", url: str = "") -> Quote:
    words = {key: facts.get(key) or "" for key in ("title", "text", "pros", "cons", "language")}
    return Quote(
        stars=facts.get("new_stars") or facts["stars"],
        old_stars=facts.get("old_stars"),
        name=facts.get("display_name") or "",
        app=app,
        note=note,
        url=url,
        **words,
    )


LETTERS = {
    "review_new": review_new,
    "review_edited": review_edited,
    "reply_sent": reply_sent,
    "review_archived": review_archived,
}


def _moment(facts: Facts, scene: Scene) -> datetime | None:
    """When it publishes, if it still waits; mail may be late."""
    at = datetime.fromisoformat(facts["publishes_at"]) if facts.get("publishes_at") else None
    return at if at and at > scene.now else None


def _when(at: datetime, scene: Scene) -> dict[str, str]:
    return {
        "moment": written.moment(at, get_language(), now=scene.now),
        "time": time_left(at, scene.now),
    }


def _publishes(at: datetime, scene: Scene) -> str:
    return _("Publishes on %(moment)s, in %(time)s.") % _when(at, scene)


def _when_edited(facts: Facts, at: datetime, scene: Scene) -> str:
    """A held review publishes as edited; of a public one the edit does."""
    if facts.get("held"):
        return _publishes(at, scene)
    return _("The edit publishes on %(moment)s, in %(time)s.") % _when(at, scene)


def _until_edited(facts: Facts, scene: Scene) -> str:
    if facts.get("held"):
        return _while_held(scene, replied=bool(facts.get("replied")))
    return _("Until then the page keeps the earlier review.")


def _while_held(scene: Scene, *, replied: bool = False) -> str:
    if scene.reply_in_hold and not replied:
        return _(
            "It happens by itself; neither you nor we can stop or delay it. If you reply before "
            "that, both appear together."
        )
    return _("It happens by itself; neither you nor we can stop or delay it.")
