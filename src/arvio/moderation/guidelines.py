"""The rules that decisions name, as the marketplace's guidelines have them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from arvio.catalog import queries as catalog
from arvio.catalog.labels import REASONS, reason_label
from arvio.catalog.models import GuidelinesVersion, Marketplace


@dataclass(frozen=True)
class RuleWords:
    """A rule as people read it: "G-6", its title, its text."""

    key: str
    code: str
    title: str
    text: str

    @property
    def named(self) -> str:
        return f"{self.code} {self.title}".strip()


@dataclass(frozen=True)
class InForce:
    number: int
    keys: tuple[str, ...]


def in_force(*, marketplace: Marketplace, now: datetime) -> InForce:
    version = catalog.guidelines(marketplace=marketplace, now=now)
    return InForce(version.number, tuple(rule.key for rule in version.rules))


def rules_in_force(*, marketplace: Marketplace, now: datetime, language: str) -> list[RuleWords]:
    """All of them in their order, in one language."""
    version = catalog.guidelines(marketplace=marketplace, now=now)
    return [_words(version, rule.key, language) for rule in version.rules]


def rule_words(*, marketplace: Marketplace, number: int, key: str, language: str) -> RuleWords:
    """The rule that a decision names, as its version of the guidelines said it."""
    found = words_of(marketplace=marketplace, named=[(number, key)], language=language)
    return found[number, key]


def words_of(
    *, marketplace: Marketplace, named: Collection[tuple[int, str]], language: str
) -> dict[tuple[int, str], RuleWords]:
    """As `rule_words`, for many decisions: by the version's number and the rule's key, and at most
    one statement.
    """
    numbers = sorted({number for number, _ in named})
    versions = catalog.guidelines_versions(marketplace=marketplace, numbers=numbers)
    return {
        (number, key): _known_words(versions.get(number), key, language) for number, key in named
    }


def _known_words(version: GuidelinesVersion | None, key: str, language: str) -> RuleWords:
    if version is not None and any(rule.key == key for rule in version.rules):
        return _words(version, key, language)
    return RuleWords(key, "", reason_label(key) if key in REASONS else key, "")


def _words(version: GuidelinesVersion, key: str, language: str) -> RuleWords:
    rule = catalog.rule(version=version, key=key)
    first = version.marketplace.languages[0]
    title = rule.title.get(language) or rule.title.get(first) or next(iter(rule.title.values()))
    text = rule.text.get(language) or rule.text.get(first) or next(iter(rule.text.values()))
    return RuleWords(key, rule.code, title, text)


def version_id() -> Subquery:
    """The version of the guidelines that a decision names, as a column of decisions."""
    versions = GuidelinesVersion.objects.filter(
        marketplace=OuterRef("marketplace_id"), number=OuterRef("guidelines_number")
    )
    return Subquery(versions.values("pk")[:1])


def words_in(*, version: UUID | None, key: str, language: str) -> RuleWords:
    """As `rule_words`, of a version that `version_id` gave: no statement once it has been read."""
    if version is not None:
        found = catalog.guidelines_by_id(version)
        if any(rule.key == key for rule in found.rules):
            return _words(found, key, language)
    return RuleWords(key, "", reason_label(key) if key in REASONS else key.replace("_", " "), "")
