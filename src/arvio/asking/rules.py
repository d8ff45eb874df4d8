"""Pure rules: what a link's code and campaign look like, which visits count, which numbers show."""

from __future__ import annotations

import re
import unicodedata

# Lower case without letters and figures that look alike: 31^10 codes, fit to be read out.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 10
CODE = re.compile(rf"[{ALPHABET}]{{{CODE_LENGTH}}}")
LONGEST_CAMPAIGN = 60
# A link given to one person would tell whether that person wrote. So reviews show only from here
# on, and totals add up only what shows.
FEWEST_SHOWN = 3

# Programs that follow a link to show what is behind it, or to look for harm, by their own names.
PREVIEWS = re.compile(
    r"bot\b|crawl|spider|preview|facebookexternalhit|facebookcatalog|whatsapp|skypeuri|embedly"
    r"|slack-imgproxy|vkshare|mattermost|barracuda|proofpoint|mimecast|google-safety",
    re.IGNORECASE,
)


def clean_campaign(text: str) -> str:
    """As it is kept: composed, on one line, without spaces around."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def campaign_problem(campaign: str) -> str | None:
    """Why a cleaned campaign can't be one, as a code, or None."""
    if not campaign:
        return "required"
    if len(campaign) > LONGEST_CAMPAIGN:
        return "too_long"
    return None if all(character.isprintable() for character in campaign) else "unreadable"


def is_a_person(*, user_agent: str, purpose: str = "") -> bool:
    """Whether a visit looks like a person's. Programs that don't say what they are can't be told
    apart.
    """
    return bool(user_agent) and "prefetch" not in purpose and not PREVIEWS.search(user_agent)


def shown(number: int) -> int | None:
    """How many reviews, as a partner may see it, or None (R70)."""
    return number if number >= FEWEST_SHOWN else None
