"""What is written when an endpoint is disabled, in the active language. Nobody can unsubscribe from
it: what they wait for doesn't come any more.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.notify.letters import Letter, Link
from arvio.notify.webhooks.models import WebhookEndpoint
from arvio.notify.webhooks.rules import GIVEN_UP_AFTER

KEPT_DAYS = 30


def host(endpoint: WebhookEndpoint) -> str:
    """All of an address that a mail needs to say: the rest may be somebody's secret."""
    return urlsplit(endpoint.url).hostname or endpoint.url


def disabled(*, endpoint: WebhookEndpoint, place: str, url: str) -> Letter:
    """`place` is the marketplace or the partner whose webhook it is; `url` is its page."""
    values = {"host": host(endpoint), "place": place}
    if endpoint.disabled_reason == WebhookEndpoint.Reason.GONE:
        fact = _("The address at %(host)s answered that it is gone for good (410).") % values
    else:
        days = GIVEN_UP_AFTER.days
        fact = ngettext(
            "Nothing that was sent to %(host)s was taken for %(days)s day.",
            "Nothing that was sent to %(host)s was taken for %(days)s days.",
            days,
        ) % {**values, "days": days}
    rest = ngettext(
        "Nothing is sent there now. What happens is kept for %(days)s day: mend the receiver, "
        "then turn it on again, and it all comes, in order.",
        "Nothing is sent there now. What happens is kept for %(days)s days: mend the receiver, "
        "then turn it on again, and it all comes, in order.",
        KEPT_DAYS,
    ) % {"days": KEPT_DAYS}
    return Letter(
        subject=_("A webhook of %(place)s was turned off") % values,
        heading=_("The webhook to %(host)s was turned off") % values,
        fact=fact,
        rest=rest,
        action=Link(_("Open the webhook"), url),
        why=_("You get this because you look after %(place)s.") % values,
    )
