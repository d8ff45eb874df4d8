"""What is looked for in the words of a review, the same for all stars: facts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arvio.policy.form import FieldError
from arvio.policy.model import Screening
from arvio.screening.addresses import find_emails, find_links, parents
from arvio.screening.denied import find_denied
from arvio.screening.found import IN_WORDS, LONGEST_EXCERPT, Found, Span
from arvio.screening.numbers import find_cards, find_phones

# A text full of links needs no flag for each.
MOST_OF_A_KIND = 5
REFUSAL_CODES = {
    "denied_words": "denied_word",
    "links": "link",
    "emails": "email",
    "phones": "phone",
    "cards": "card",
}


def check_words(*, fields: Mapping[str, str], screening: Screening) -> list[Found]:
    """Denied words, links, e-mail addresses, phone and card numbers, field by field."""
    finders: dict[str, Callable[[str], list[Span]]] = {
        "denied_words": lambda text: find_denied(text, screening.own_words),
        "links": find_links,
        "emails": find_emails,
        "phones": find_phones,
        "cards": find_cards,
    }
    found = []
    for kind in IN_WORDS:
        mode = getattr(screening, kind)
        if mode == "off":
            continue
        spans = [(field, span) for field, text in fields.items() for span in finders[kind](text)]
        found += [
            Found(
                kind=kind,
                mode=mode,
                field=field,
                start=span.start,
                end=span.end,
                excerpt=_excerpt(kind, fields[field], span),
                detail=_detail(kind, span),
            )
            for field, span in spans[:MOST_OF_A_KIND]
        ]
    return found


def _excerpt(kind: str, text: str, span: Span) -> str:
    """The words as they stand; of a card number only the ends, enough to see what it is."""
    return span.value if kind == "cards" else text[span.start : span.end][:LONGEST_EXCERPT]


def _detail(kind: str, span: Span) -> dict[str, Any]:
    return {"host": span.value} if kind in ("links", "emails") else {}


def refusals(found: Iterable[Found]) -> list[FieldError]:
    """What the policy refuses, for the author: one error a field and kind, with what was found."""
    errors: dict[tuple[str, str], FieldError] = {}
    for one in found:
        if one.mode == "refuse":
            code = REFUSAL_CODES[one.kind]
            error = FieldError(one.field, code, {"found": one.excerpt})
            errors.setdefault((one.field, code), error)
    return list(errors.values())


@dataclass(frozen=True, slots=True)
class Address:
    """A domain that a review brings along: written in a field, or of who wrote it."""

    domain: str
    field: str
    start: int = 0
    end: int = 0
    excerpt: str = ""


def addresses_of(
    *, fields: Mapping[str, str], author_email: str, account_domain: str
) -> list[Address]:
    """Where a partner's domain could hide (`author` and `account` are no fields of the form)."""
    found = [
        Address(span.value, field, span.start, span.end, text[span.start : span.end])
        for field, text in fields.items()
        for span in (*find_links(text), *find_emails(text))
    ]
    by = (("author", author_email.rpartition("@")[2]), ("account", account_domain))
    found += [Address(domain.strip().casefold(), place) for place, domain in by if domain.strip()]
    return found


@dataclass(frozen=True, slots=True)
class Owner:
    id: str
    ref: str
    name: str


def owned(
    *, addresses: Sequence[Address], owners: Mapping[str, Owner], own_partner: str
) -> list[Found]:
    """The addresses that belong to a partner, or lie under a domain of one."""
    found = []
    for address in addresses:
        owner = next((owners[name] for name in parents(address.domain) if name in owners), None)
        if owner:
            detail = {
                "domain": address.domain,
                "partner": owner.ref,
                "name": owner.name,
                "own": owner.id == own_partner,
            }
            found.append(
                Found(
                    kind="partner_domains",
                    mode="flag",
                    field=address.field,
                    start=address.start,
                    end=address.end,
                    excerpt=address.excerpt[:LONGEST_EXCERPT],
                    detail=detail,
                )
            )
    return found[:MOST_OF_A_KIND]


def is_new(*, known_since: datetime | None, at: datetime, screening: Screening) -> bool:
    """Was the account heard of less than the policy's time before the review?

    Where we don't know when, or heard of it only later (history), nothing is said.
    """
    if screening.new_account is None or known_since is None or at < known_since:
        return False
    return at < screening.new_account.add(known_since)
