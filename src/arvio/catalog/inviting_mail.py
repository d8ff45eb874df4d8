"""What an invitation says, in the language that was chosen for it."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.doors import Place, door
from arvio.people.letters import letter
from arvio.people.models import Invitation, Role


def invitation_url(token: str) -> str:
    return f"{settings.BASE_URL}/accounts/invitation/{token}/"


def invitation_letter(
    *, invitation: Invitation, place: Place, inviter: str, token: str
) -> EmailMultiAlternatives:
    """`inviter` is the name of a member, or empty when the marketplace itself invites."""
    marketplace = door(place).marketplace
    names = {"place": place.name, "marketplace": marketplace.name, "inviter": inviter}
    zone = zoneinfo.ZoneInfo(marketplace.time_zone)
    with translation.override(invitation.language), timezone.override(zone):
        until = written.limit(invitation.expires_at, invitation.language)
        subject, invited = _staff(names) if place == marketplace else _partner(names)
        paragraphs = [
            invited,
            _role(invitation.kind),
            _("Open this link before %(until)s:") % {"until": until},
            invitation_url(token),
            _("If you don’t know what this is about, do nothing: then nothing happens."),
        ]
        return letter(to=[invitation.email], subject=subject, text="\n\n".join(paragraphs))


def _partner(names: dict[str, str]) -> tuple[str, str]:
    names = {**names, "partner": names["place"]}
    subject = _("Invitation to the reviews of %(partner)s") % names
    if names["inviter"]:
        invited = _("%(inviter)s invites you to the reviews of %(partner)s in %(marketplace)s.")
    else:
        invited = _("You are invited to the reviews of %(partner)s in %(marketplace)s.")
    return subject, invited % names


def _staff(names: dict[str, str]) -> tuple[str, str]:
    subject = _("Invitation to the staff of %(marketplace)s") % names
    if names["inviter"]:
        return subject, _("%(inviter)s invites you to the staff of %(marketplace)s.") % names
    return subject, _("You are invited to the staff of %(marketplace)s.") % names


def _role(kind: str) -> str:
    return {
        Role.Kind.OWNER: _("As an owner you read and answer reviews, and say who else may."),
        Role.Kind.REPLIER: _("As a replier you read and answer reviews."),
        Role.Kind.READER: _("As a reader you read reviews and their figures."),
        Role.Kind.MODERATOR: _("As a moderator you decide about reports, appeals and disputes."),
        Role.Kind.OPERATOR: _(
            "As an operator you decide as moderators do, set the rules of the marketplace, and say "
            "who else is staff."
        ),
    }[Role.Kind(kind)]
