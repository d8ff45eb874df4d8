"""What the demo is made of, as data: every row that `seed` loads, and the role bar's people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PASSWORD = "arvio-demo"  # noqa: S105 - everybody in the demo has it, and may know it

# Where examples/marketplace runs: it frames the product's pages and its script calls the API.
PORTALS = ("http://127.0.0.1:9000", "http://localhost:9000")


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who signs in. `role` is a member's or staff's kind; `email` occurs once."""

    role: str
    name: str
    email: str
    partner: str | None = None
    language: str = ""
    password: str = PASSWORD


@dataclass(frozen=True)
class Open:
    """How many reviews a partner leaves without a reply.

    Of those that wait for publication, of the newest, of bad ones a month old, of older ones; and
    how many that wait are answered already.
    """

    held: int = 0
    fresh: int = 0
    month: int = 0
    old: int = 0
    early: int = 0


@dataclass(frozen=True)
class DemoPartner:
    ref: str
    name: str
    domains: tuple[str, ...]
    members: tuple[DemoPerson, ...]
    open: Open

    def who(self, role: str) -> DemoPerson:
        return next(person for person in self.members if person.role == role)


@dataclass(frozen=True)
class Dip:
    """A bad spell in an app's life: the mean falls, and one topic is to blame."""

    begins_at: datetime
    ends_at: datetime
    mean: float
    topic: str


@dataclass(frozen=True)
class DemoApp:
    ref: str
    name: str
    partner: str
    category: str
    tagline: str
    version: str
    listed_at: datetime
    bank: str
    topics: tuple[str, ...]
    reviews: int
    first_mean: float
    last_mean: float
    installs: int
    placed: bool
    dip: Dip | None


@dataclass(frozen=True)
class DemoAccount:
    ref: str
    name: str
    domain: str
    plan: str
    kind: str
    size: str
    industry: str
    language: str


@dataclass(frozen=True)
class DemoUser:
    account: str
    ref: str
    name: str
    email: str
    locale: str
    female: bool

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True)
class DemoInstallation:
    app: str
    account: str
    installed_at: datetime
    installed_by: str
    version: str
    uninstalled_at: datetime | None


@dataclass(frozen=True)
class DemoReply:
    """`fixed_in` is the version that the reply names, empty for none."""

    text: str
    replied_at: datetime
    by: str
    fixed_in: str = ""


@dataclass(frozen=True)
class DemoEdit:
    """What an author made of a review later, while the marketplace let them."""

    stars: int
    text: str
    edited_at: datetime


@dataclass(frozen=True)
class DemoOpening:
    """Overrides of the preset that were in force from the founding to `ends_at`.

    At the partners in `lowered` somebody uses what is left of them, these days.
    """

    overrides: Mapping[str, Any]
    ends_at: datetime
    lowered: tuple[str, ...]


@dataclass(frozen=True)
class DemoReview:
    """A review and what became of it. `qualities` holds None for "no answer", which is not 0.

    `draft` is a reply that somebody has begun, `link` the campaign by which the author came,
    "" for the app's standing link.
    """

    app: str
    account: str
    user: str
    stars: int
    title: str
    text: str
    pros: str
    cons: str
    qualities: Mapping[str, int | None]
    about: Mapping[str, str]
    language: str
    submitted_at: datetime
    reply: DemoReply | None = None
    draft: str = ""
    link: str | None = None
    withdrawn_at: datetime | None = None
    edits: tuple[DemoEdit, ...] = ()


@dataclass(frozen=True)
class DemoBan:
    """An author who wrote for somebody else; their published reviews go to the archive."""

    account: str
    user: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class DemoImport:
    """A review that an app brought from elsewhere."""

    app: str
    store: str
    stars: int
    title: str
    text: str
    language: str
    submitted_at: datetime
    reply: DemoReply | None = None


@dataclass(frozen=True)
class DemoLink:
    """A review link, of a campaign or the app's standing one, and when somebody came by it."""

    app: str
    campaign: str
    created_at: datetime
    arrivals: tuple[datetime, ...]


@dataclass(frozen=True)
class DemoInvitation:
    """Somebody whom a partner's owner has invited, and who hasn't come yet."""

    partner: str
    name: str
    email: str
    kind: str
    language: str


@dataclass(frozen=True)
class DemoCustomer:
    """A customer of the role bar.

    `key`: paid (may review), trial (may not), reviewed (has written), test (a sandbox).
    """

    key: str
    account: str
    user: str
    apps: tuple[str, ...]


@dataclass(frozen=True)
class DemoMarketplace:
    slug: str
    name: str
    preset: str
    languages: tuple[str, ...]
    accent: str
    calendar: str
    time_zone: str
    founded_at: datetime
    opening: DemoOpening | None
    partners: tuple[DemoPartner, ...]
    apps: tuple[DemoApp, ...]
    accounts: tuple[DemoAccount, ...]
    users: tuple[DemoUser, ...]
    installations: tuple[DemoInstallation, ...]
    reviews: tuple[DemoReview, ...]
    bans: tuple[DemoBan, ...]
    staff: tuple[DemoPerson, ...]
    customers: tuple[DemoCustomer, ...]
    imports: tuple[DemoImport, ...] = ()
    links: tuple[DemoLink, ...] = ()
    invitations: tuple[DemoInvitation, ...] = ()
    digests: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[DemoPerson, ...]:
        """Everybody who signs in: members of partners, then staff."""
        return tuple(person for partner in self.partners for person in partner.members) + self.staff
