"""What an invitation says, in the language that was chosen for it."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.models import Partner
from arvio.people.letters import letter
from arvio.people.models import Invitation, Role


def invitation_url(token: str) -> str:
    return f"{settings.BASE_URL}/accounts/invitation/{token}/"


def invitation_letter(
    *, invitation: Invitation, partner: Partner, inviter: str, token: str
) -> EmailMultiAlternatives:
    """`inviter` is the name of a member, or empty when the marketplace itself invites."""
    names = {"partner": partner.name, "marketplace": partner.marketplace.name, "inviter": inviter}
    zone = zoneinfo.ZoneInfo(partner.marketplace.time_zone)
    with translation.override(invitation.language), timezone.override(zone):
        until = written.limit(invitation.expires_at, invitation.language)
        paragraphs = [
            _("%(inviter)s invites you to the reviews of %(partner)s in %(marketplace)s.") % names
            if inviter
            else _("You are invited to the reviews of %(partner)s in %(marketplace)s.") % names,
            _role(invitation.kind),
            _("Open this link before %(until)s:") % {"until": until},
            invitation_url(token),
            _("If you don’t know what this is about, do nothing: then nothing happens."),
        ]
        return letter(
            to=[invitation.email],
            subject=_("Invitation to the reviews of %(partner)s") % names,
            text="\n\n".join(paragraphs),
        )


def _role(kind: str) -> str:
    if kind == Role.Kind.OWNER:
        return _("As an owner you read and answer reviews, and say who else may.")
    if kind == Role.Kind.REPLIER:
        return _("As a replier you read and answer reviews.")
    return _("As a reader you read reviews and their figures.")
