"""What an endpoint may be: its address, its words, its events."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from arvio import outbound
from arvio.notify.webhooks.errors import InvalidWebhook
from arvio.notify.webhooks.rules import EVENTS, PARTNER_EVENTS
from arvio.outbound import Network

LONGEST_URL, LONGEST_DESCRIPTION = 500, 200
# Names of the machine itself, whatever it looks them up as.
OWN_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")


def allowed(*, partner: bool) -> Sequence[Network]:
    """Private networks that may be called: those that the operator names for the marketplace's own
    programs, and none for partners.
    """
    found: Sequence[Network] = (
        settings.OUTBOUND_ALLOWED_TO_PARTNERS if partner else settings.OUTBOUND_ALLOWED
    )
    return found


def url(*, text: str, partner: bool) -> str:
    """https, or http to an address that `allowed` names. A name is looked up at each delivery,
    since it may lead elsewhere by then; a private address is refused here already.
    """
    networks = allowed(partner=partner)
    text = text.strip()
    if len(text) > LONGEST_URL:
        raise InvalidWebhook("url", "too_long", max=LONGEST_URL)
    if any(not "!" <= letter <= "~" for letter in text) or "#" in text:
        raise InvalidWebhook("url", "not_an_address")
    try:
        outbound.check_url(url=text, allowed=networks)
    except outbound.OutboundError as error:
        private = error.code == "private_address"
        raise InvalidWebhook("url", "private_address" if private else "not_an_address") from None
    host = (urlsplit(text).hostname or "").rstrip(".")
    if host in OWN_NAMES or host.endswith(".localhost"):
        raise InvalidWebhook("url", "private_address")
    if not text.lower().startswith("https:") and not outbound.is_inside(
        host=host, networks=networks
    ):
        raise InvalidWebhook("url", "https_only")
    return text


def description(*, text: str) -> str:
    text = text.strip()
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise InvalidWebhook("description", "unreadable")
    if len(text) > LONGEST_DESCRIPTION:
        raise InvalidWebhook("description", "too_long", max=LONGEST_DESCRIPTION)
    return text


def events(*, names: Sequence[str], partner: bool) -> list[str]:
    """In the order of the list that all are taken from, each once."""
    offered = PARTNER_EVENTS if partner else EVENTS
    for name in names:
        if name not in offered:
            known = name in EVENTS
            raise InvalidWebhook(
                "events", "not_for_partners" if known else "not_an_event", event=name[:60]
            )
    if not names:
        raise InvalidWebhook("events", "none_chosen")
    return [name for name in offered if name in names]
