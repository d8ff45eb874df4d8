"""What goes to the API and what it answers, as it is in the JSON and in its own document at
/api/v1/openapi.json. Moments in answers are text in UTC, such as 2026-03-02T09:30:00Z.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Role = Literal["owner", "replier", "reader"]
Kind = Literal["production", "sandbox", "developer"]
Surface = Literal["in_product", "web"]

# What goes in


class Member(TypedDict):
    email: str
    name: str
    role: Role


class PartnerFacts(TypedDict):
    """`members` are all there are: who isn't among them is a member no more."""

    name: str
    domains: NotRequired[list[str]]
    members: list[Member]


class AppFacts(TypedDict):
    name: str
    partner: str
    category: str
    tagline: str
    version: str
    listing_url: NotRequired[str | None]
    retired: NotRequired[bool]


class AccountFacts(TypedDict):
    """`plan` in your own words; the marketplace's policy says what it means."""

    name: str
    plan: str
    kind: Kind
    industry: NotRequired[str | None]
    size: NotRequired[str | None]
    domain: NotRequired[str | None]


class UserFacts(TypedDict):
    name: str
    email: NotRequired[str | None]
    locale: NotRequired[str | None]


class Viewer(TypedDict):
    """Who is looking. `surface`: inside your product, or on your public pages."""

    account: str
    user: str
    surface: Surface
    name: str
    email: NotRequired[str | None]
    locale: NotRequired[str | None]


class AppsQuery(TypedDict, total=False):
    sort: Literal["rating", "newest", "reviews", "installs"]
    category: str
    q: str


class ReviewsQuery(TypedDict, total=False):
    """`stars`: those wanted, a comma between, such as "1,2"."""

    sort: Literal["newest", "oldest", "highest", "lowest"]
    stars: str
    language: str
    answered: bool
    has_text: bool
    version: str


# What comes out


class Partner(TypedDict):
    partner: str
    name: str
    domains: list[str]
    members: list[Member]


class App(TypedDict):
    app: str
    name: str
    partner: str
    category: str
    tagline: str
    version: str
    listing_url: str | None
    retired: bool


class Account(TypedDict):
    account: str
    name: str
    plan: str
    kind: Kind
    industry: str | None
    size: str | None
    domain: str | None


class User(TypedDict):
    account: str
    user: str
    name: str
    email: str | None
    locale: str | None


class Installation(TypedDict):
    """The latest install and the latest uninstall heard of, and what they come to."""

    app: str
    account: str
    installed: bool
    installed_at: str | None
    installed_by: str | None
    version: str | None
    uninstalled_at: str | None


class Token(TypedDict):
    token: str
    expires_at: str


class QualityMean(TypedDict):
    mean: float
    count: int


class Rating(TypedDict):
    """Below the policy's threshold all figures but `count` are None, and `reason` says so."""

    app: str
    count: int
    mean: float | None
    histogram: dict[str, int] | None
    qualities: dict[str, QualityMean] | None
    reason: Literal["below_threshold"] | None


class ListedApp(TypedDict):
    app: str
    name: str
    partner: str
    partner_name: str
    category: str
    tagline: str
    version: str
    listing_url: str | None
    rating: Rating


class Author(TypedDict):
    display_name: str


class Usage(TypedDict):
    months: int
    installed: bool


class Reply(TypedDict):
    id: str
    text: str
    replied_at: str
    about_earlier_version: bool
    fixed_in: str | None


class Review(TypedDict):
    """A dimension that wasn't answered is absent from `qualities`; one answered 0 is 0."""

    id: str
    app: str
    stars: int
    title: str
    text: str
    pros: str
    cons: str
    qualities: dict[str, int]
    about: dict[str, str]
    author: Author
    affiliation: str | None
    language: str
    app_version: str
    source: Literal["author", "imported"]
    verified_install: bool
    usage: Usage | None
    submitted_at: str
    published_at: str | None
    edited_at: str | None
    reply: Reply | None


class Check(TypedDict):
    code: str
    ok: bool
    text: str
    unblocks: str | None
    values: dict[str, Any]


class Verdict(TypedDict):
    """May this person review this app: every check, passed or not."""

    allowed: bool
    checks: list[Check]
    policy_version: int | None
    at: str


class ListedApps(TypedDict):
    items: list[ListedApp]
    next: str | None
    placed: ListedApp | None


class Ratings(TypedDict):
    items: list[Rating]
    next: NotRequired[None]


class Reviews(TypedDict):
    items: list[Review]
    next: str | None
    rating: NotRequired[Rating | None]
