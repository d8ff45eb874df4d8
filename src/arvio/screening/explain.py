"""A flag's evidence as a sentence in the reader's language; the words are its excerpt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.screening.models import Flag


def explain_flag(flag: Flag) -> str:
    """What was found and what it rests on; after erasure only what was looked for."""
    values = flag.values
    if flag.erased_at or (flag.kind in EVIDENCE and not values):
        return _("The evidence was erased with the review’s words.")
    sentence = EVIDENCE.get(flag.kind)
    return sentence(values | {"field": flag.field}) if sentence else IN_WORDS[flag.kind]()


IN_WORDS: dict[str, Callable[[], str]] = {
    "denied_words": lambda: _("A word of the list of denied words."),
    "links": lambda: _("A link."),
    "emails": lambda: _("An e-mail address."),
    "phones": lambda: _("A phone number."),
    "cards": lambda: _("What looks like the number of a bank card."),
}


def _duplicates(v: Mapping[str, Any]) -> str:
    if v["same_account"]:
        text = _("%(share)s %% alike with a review of %(name)s by the same account.")
    else:
        text = _("%(share)s %% alike with a review of %(name)s by another account.")
    return text % v


def _bursts(v: Mapping[str, Any]) -> str:
    recent = _("Number %(recent)s of the app’s reviews in 24 hours.") % v
    before = ngettext(
        "In the %(days)s day before that it had %(before)s.",
        "In the %(days)s days before that it had %(before)s.",
        v["days"],
    ) % v  # fmt: skip
    return f"{recent} {before}"


def _partner_domains(v: Mapping[str, Any]) -> str:
    if v["field"] == "author":
        text = _("The author’s e-mail address is at %(domain)s, which belongs to %(name)s.")
    elif v["field"] == "account":
        text = _("The account is at %(domain)s, which belongs to %(name)s.")
    else:
        text = _("%(domain)s belongs to %(name)s.")
    return text % v


EVIDENCE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "duplicates": _duplicates,
    "bursts": _bursts,
    "partner_domains": _partner_domains,
    "new_account": lambda v: _("The account was heard of shortly before the review."),
}
