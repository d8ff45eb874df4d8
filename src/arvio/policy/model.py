"""The rules of one marketplace as frozen data; one class per section of CONTRACT section 4.

`None` is what a policy file writes as "none": no limit, no window, nothing sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from arvio.policy.durations import Duration

Surface: TypeAlias = Literal["in_product", "any"]
Plans: TypeAlias = Literal["commercial", "any"]
PlanClass: TypeAlias = Literal["commercial", "other", "unknown"]
UnknownPlan: TypeAlias = Literal["refuse", "allow"]
UserScope: TypeAlias = Literal["account", "marketplace"]
ByAuthor: TypeAlias = Literal["never", "allowed"]
NameStyle: TypeAlias = Literal["first_l", "last_f", "company", "pseudonym"]
Reporters: TypeAlias = Literal["anyone", "signed_in"]
FourEyes: TypeAlias = Literal["never", "removals", "always"]
Screened: TypeAlias = Literal["off", "flag", "refuse"]
Erasure: TypeAlias = Literal["keep_stars", "remove"]
FieldType: TypeAlias = Literal["stars", "line", "text", "quality", "choice", "consent"]
Visibility: TypeAlias = Literal["public", "private"]

CONTENT_TYPES: dict[str, FieldType] = {
    "stars": "stars",
    "title": "line",
    "text": "text",
    "pros": "text",
    "cons": "text",
}
QUALITY_KEYS = ("ease_of_use", "features", "value", "support_documentation")
CONSENT_KEYS = ("uses_app", "guidelines", "privacy")
# Why somebody reports, and what a decision rests on (FEATURES R135; CONTRACT section 3).
REASONS = (
    "spam", "offensive", "off_topic", "fake", "conflict_of_interest", "personal_data", "wrong_app",
    "illegal", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanNames:
    """Which free-text plan names are commercial and which are not; all others are unknown."""

    commercial: tuple[str, ...] = (
        "commercial", "paid", "basic", "standard", "plus", "premium", "pro", "professional",
        "business", "team", "growth", "scale", "starter", "advanced", "enterprise", "company",
    )  # fmt: skip
    other: tuple[str, ...] = (
        "demo", "trial", "free", "project", "nfr", "sandbox", "test", "evaluation", "developer",
    )  # fmt: skip

    def classify(self, plan: str | None) -> PlanClass:
        name = (plan or "").strip().casefold()
        if name in {known.casefold() for known in self.other}:
            return "other"
        if name in {known.casefold() for known in self.commercial}:
            return "commercial"
        return "unknown"


@dataclass(frozen=True, slots=True)
class Eligibility:
    surface: Surface
    plans: Plans
    unknown_plan: UnknownPlan
    refuse: tuple[str, ...]
    grace_after_uninstall: Duration
    plan_names: PlanNames


@dataclass(frozen=True, slots=True)
class Limits:
    user_scope: UserScope
    per_user: int
    per_account: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form. `min` and `max` are stars, points or characters by type.

    `required_up_to_stars = n` asks for an answer only from who gives n stars or fewer (R22).
    """

    key: str
    type: FieldType
    required: bool = False
    required_up_to_stars: int | None = None
    min: int | None = None
    max: int | None = None
    choices: tuple[str, ...] = ()
    visibility: Visibility = "public"
    version: str | None = None

    def is_required(self, *, stars: int | None) -> bool:
        if self.required_up_to_stars is None:
            return self.required
        return self.required or (stars is not None and stars <= self.required_up_to_stars)


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Ordered sections of typed fields (R20)."""

    sections: tuple[Section, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for section in self.sections for field in section.fields)

    @property
    def content(self) -> dict[str, Field]:
        """Stars and words: what the review says in public."""
        return {f.key: f for f in self.fields if f.key in CONTENT_TYPES}

    @property
    def qualities(self) -> dict[str, Field]:
        return {f.key: f for f in self.fields if f.type == "quality"}

    @property
    def about(self) -> dict[str, Field]:
        """About the author, kept apart from the content, each with its own visibility (R27)."""
        types = ("line", "text", "choice")
        return {f.key: f for f in self.fields if f.type in types and f.key not in CONTENT_TYPES}

    @property
    def consents(self) -> dict[str, Field]:
        return {f.key: f for f in self.fields if f.type == "consent"}


@dataclass(frozen=True, slots=True)
class Publication:
    hold: Duration
    recheck: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Editing:
    by_author: ByAuthor
    max: int | None
    window: Duration | None
    raise_delay: Duration | None
    lower_delay: Duration | None
    good_from: int | None
    operator_replacement: bool


@dataclass(frozen=True, slots=True)
class Replies:
    during_hold: bool
    editable: bool
    again_after_removal: bool


@dataclass(frozen=True, slots=True)
class Aggregates:
    min_reviews: int
    zero_counts: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    prior_mean: float
    prior_weight: float
    half_life: Duration | None


@dataclass(frozen=True, slots=True)
class Privacy:
    display_name: NameStyle


@dataclass(frozen=True, slots=True)
class Reports:
    who: Reporters
    business_days: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moderation:
    """`four_eyes`: which decisions take two moderators. `appeal_window` opens with a decision."""

    four_eyes: FourEyes
    appeal_window: Duration


@dataclass(frozen=True, slots=True)
class Screening:
    """What is looked for in every review, whatever its stars, and whether it flags or refuses.

    `own_words` are the marketplace's denied words, beside those that come with Arvio. An account
    heard of less than `new_account` before its review is flagged.
    """

    denied_words: Screened
    own_words: tuple[str, ...]
    links: Screened
    emails: Screened
    phones: Screened
    cards: Screened
    duplicates: Screened
    bursts: Screened
    partner_domains: Screened
    new_account: Duration | None


@dataclass(frozen=True, slots=True)
class Requests:
    email_after: Duration | None
    to: Literal["installer"] | None


@dataclass(frozen=True, slots=True)
class Prompts:
    every: Duration
    per_year: int
    per_user_day: int
    min_age: Duration
    min_successes: int


@dataclass(frozen=True, slots=True)
class Retention:
    """`erasure`: whether the stars of an erased author stay, without words and name."""

    removed: Duration
    erasure: Erasure


@dataclass(frozen=True, slots=True)
class Policy:
    eligibility: Eligibility
    limits: Limits
    form: Form
    publication: Publication
    editing: Editing
    replies: Replies
    aggregates: Aggregates
    ranking: Ranking
    privacy: Privacy
    reports: Reports
    moderation: Moderation
    screening: Screening
    requests: Requests
    prompts: Prompts
    retention: Retention


FROZEN_AT_SUBMISSION = ("form", "publication", "editing", "replies")
ALWAYS_IN_FORCE = (
    "eligibility", "limits", "aggregates", "ranking", "privacy", "reports",
    "moderation", "screening", "requests", "prompts", "retention",
)  # fmt: skip
