"""A letter with all around it: where it leads, why it came, how to stop it, and for whom it is."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from arvio.catalog.models import App, Marketplace, Partner
from arvio.notify.ground import Reader
from arvio.notify.letters import Letter, Link
from arvio.notify.models import OutboxNotice
from arvio.notify.posting import Mail
from arvio.notify.preferences import Stop
from arvio.notify.rendering import render


def to_author(*, letter: Letter, notice: OutboxNotice, app: App, reader: Reader) -> Mail:
    marketplace = app.marketplace
    stop = Stop(reader.id, marketplace.pk, notice.event)
    values = {"app": app.name, "marketplace": marketplace.name}
    why = _("You get this because you reviewed %(app)s on %(marketplace)s.") % values
    page = f"{settings.BASE_URL}/{marketplace.slug}"
    if notice.facts.get("published"):
        action = Link(_("Open your review"), f"{page}/reviews/{notice.key}/")
    else:
        action = Link(_("Open the app’s page"), f"{page}/apps/{app.ref}/")
    links = [Link(_("Unsubscribe"), stop.url)]
    whole = replace(letter, action=action, why=why, links=links)
    return stoppable(whole, reader, marketplace, stop, UUID(notice.key))


def to_member(*, letter: Letter, notice: OutboxNotice, app: App, reader: Reader) -> Mail:
    stop = Stop(reader.id, app.partner_id, notice.event)
    asked = reader.may_reply and not notice.facts.get("replied")
    label = _("Read it and reply") if asked else _("Open the review")
    action = Link(label, review_url(notice.key))
    why, links = _member_foot(app.partner, app.marketplace, stop)
    whole = replace(letter, action=action, why=why, links=links)
    return stoppable(whole, reader, app.marketplace, stop, UUID(notice.key))


def digest(*, letter: Letter, partner: Partner, marketplace: Marketplace, reader: Reader) -> Mail:
    stop = Stop(reader.id, partner.pk, "digest")
    action = Link(_("Open the inbox"), f"{settings.BASE_URL}/partner/")
    why, links = _member_foot(partner, marketplace, stop)
    whole = replace(letter, action=action, why=why, links=links)
    return stoppable(whole, reader, marketplace, stop, None)


def review_url(review_id: UUID | str) -> str:
    return f"{settings.BASE_URL}/partner/reviews/{review_id}/"


def _member_foot(partner: Partner, marketplace: Marketplace, stop: Stop) -> tuple[str, list[Link]]:
    values = {"partner": partner.name, "marketplace": marketplace.name}
    why = _("You get this because you are a member of %(partner)s on %(marketplace)s.") % values
    preferences = f"{settings.BASE_URL}/partner/settings/notifications/"
    links = [Link(_("Edit notifications"), preferences), Link(_("Unsubscribe"), stop.url)]
    return why, links


def stoppable(
    letter: Letter, reader: Reader, marketplace: Marketplace, stop: Stop, review_id: UUID | None
) -> Mail:
    """A mail that its reader may have stopped, by its link or by the mail program's own button."""
    return Mail(
        to=reader.email,
        rendered=render(letter=letter, marketplace=marketplace.name, accent=marketplace.accent),
        from_name=marketplace.name,
        # RFC 8058: the mail program itself offers to unsubscribe, and one click is enough.
        headers={
            "List-Unsubscribe": f"<{stop.url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        marketplace_id=marketplace.pk,
        review_id=review_id,
        reader_id=reader.id,
    )
