"""What the mails say that ask: who asks, why this person, and how the answer is used (ISO 20488).

In the active language and time zone. Nothing is offered in return, and the stars don't matter.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.models import App
from arvio.notify.letters import Letter, Link, Quote
from arvio.policy.model import NameStyle


def request(
    *, app: App, installed_at: datetime, shown_name: str, style: NameStyle, star_urls: list[str]
) -> Letter:
    """`star_urls` lead to the form with one to five stars chosen; without them the form opens
    elsewhere, and the mail has the plain link alone.
    """
    values = {
        "app": app.name,
        "partner": app.partner.name,
        "marketplace": app.marketplace.name,
        "day": written.day(installed_at, get_language()),
    }
    return Letter(
        subject=_("Review %(app)s on %(marketplace)s") % values,
        heading=_("Review %(app)s") % values,
        fact=_("You installed %(app)s on %(day)s. Say what others should know about it.") % values,
        rest=_(
            "%(marketplace)s asks this, once for an app, of the people who installed it. "
            "%(partner)s, the developer of %(app)s, neither chooses who is asked nor learns who "
            "was."
        )
        % values,
        stars_label=_("How many stars does it earn?") if star_urls else "",
        stars=_star_links(star_urls),
        notes=[
            *(
                [_("A star opens the form with that star chosen. You send the review there.")]
                if star_urls
                else []
            ),
            _(
                "What you send is published on %(marketplace)s and counts in the rating of the "
                "app, by the same rules whether it is praise or criticism."
            )
            % values,
            _named(shown_name, style),
            *([_single_use()] if star_urls else []),
        ],
        why=_(
            "You get this because you installed %(app)s from %(marketplace)s on %(day)s. There is "
            "no second mail about it."
        )
        % values,
    )


def fixed_in(
    *, app: App, version: str, stars: int, reply: str, correction: bool, signs_in: bool
) -> Letter:
    values = {
        "app": app.name,
        "partner": app.partner.name,
        "marketplace": app.marketplace.name,
        "version": version,
    }
    rest = (
        _(
            "If that changes what you think, ask for a correction of your review. If not, it stays "
            "as it is."
        )
        if correction
        else _("If that changes what you think, update your review. If not, it stays as it is.")
    )
    return Letter(
        subject=_("Fixed in %(version)s: update your review of %(app)s?") % values,
        heading=_("Fixed in %(version)s: update your review?") % values,
        fact=_(
            "%(partner)s answered your review of %(app)s and named version %(version)s. Your "
            "account has it now."
        )
        % values,
        rest=rest,
        quotes=[Quote(stars=stars, note=_("Your review"))],
        reply=reply,
        reply_by=_("Reply from %(partner)s") % values,
        notes=[
            _(
                "%(marketplace)s sends this to everybody whose review was answered with a version, "
                "whatever its stars. What you change is published by the same rules as your "
                "review."
            )
            % values,
            *([_single_use()] if signs_in else []),
        ],
        why=_(
            "You get this because you reviewed %(app)s on %(marketplace)s. There is no second mail "
            "about this review."
        )
        % values,
    )


def new_link(app: App) -> Letter:
    values = {"app": app.name, "marketplace": app.marketplace.name}
    return Letter(
        subject=_("Your new link to %(app)s on %(marketplace)s") % values,
        heading=_("Your new link to %(app)s") % values,
        fact=_("A new link was asked for, because the one in an earlier mail no longer works."),
        rest=_("If it wasn’t you, do nothing: nothing happens until the link is used."),
        notes=[_single_use()],
        why=_(
            "You get this because somebody opened a link that %(marketplace)s had sent to you and "
            "asked for another."
        )
        % values,
    )


def _star_links(urls: list[str]) -> list[Link]:
    labels = (
        _("1 · Very poor"),
        _("2 · Poor"),
        _("3 · Fair"),
        _("4 · Good"),
        _("5 · Excellent"),
    )
    return [Link(label, url) for label, url in zip(labels, urls, strict=False)]


def _named(name: str, style: NameStyle) -> str:
    """Under which name it is published, by the marketplace's style of names."""
    if style == "pseudonym":
        return _("It is shown under a code instead of your name.")
    return _(
        "It is shown under the name “%(name)s”. Your e-mail address is neither shown nor given to "
        "the developer."
    ) % {"name": name}


def _single_use() -> str:
    return _("Links in this mail sign you in, once and within 30 days. It is for you alone.")
