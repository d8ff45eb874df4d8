"""The shapes of answers (CONTRACT 3). `rendering` makes them from what the rooms above answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

MomentOut = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
IdOut = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]


def example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


CHECK: dict[str, Any] = {
    "code": "not_installed",
    "ok": False,
    "text": "Ringfern Calls isn’t installed on your account.",
    "unblocks": "Ask an administrator of Acme Oy to install it.",
    "values": {"account_known": True, "installed_at": None, "uninstalled_at": None},
}
RATING: dict[str, Any] = {
    "app": "calls",
    "count": 12,
    "mean": 4.67,
    "histogram": {"1": 0, "2": 0, "3": 1, "4": 2, "5": 9},
    "qualities": {"ease_of_use": {"mean": 4.5, "count": 10}},
    "reason": None,
}


class Error(BaseModel):
    field: str = Field(description="Dotted, as it was sent: `text`, `qualities.value`.")
    code: str
    detail: str


class Check(BaseModel):
    code: str
    ok: bool
    text: str
    unblocks: str | None
    values: dict[str, Any]


class VerdictOut(BaseModel):
    """May this person do this now: every check, passed or not."""

    model_config = example(
        allowed=False, checks=[CHECK], policy_version=1, at="2026-03-02T09:30:00Z"
    )

    allowed: bool
    checks: list[Check]
    policy_version: int | None
    at: MomentOut


class Problem(BaseModel):
    """RFC 9457. `errors` comes with 422, `checks` with a refusal, `date` and `rule` with 410."""

    model_config = example(
        type="about:blank",
        title="Unprocessable Entity",
        status=422,
        code="invalid_answers",
        detail="stars: Choose a whole number from 1 to 5.",
        errors=[
            {
                "field": "stars",
                "code": "out_of_range",
                "detail": "Choose a whole number from 1 to 5.",
            }
        ],
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    errors: list[Error] = []
    allowed: bool = False
    checks: list[Check] = []
    policy_version: int | None = None
    at: MomentOut = ""
    date: Annotated[str, WithJsonSchema({"type": "string", "format": "date"})] = ""
    rule: str = ""


class QualityMean(BaseModel):
    mean: float
    count: int


class Rating(BaseModel):
    """Below the policy's threshold all figures but `count` are null."""

    model_config = example(**RATING)

    app: str
    count: int
    mean: float | None = Field(description="Rounded to two decimals.")
    histogram: dict[str, int] | None
    qualities: dict[str, QualityMean] | None
    reason: Literal["below_threshold"] | None


class Ratings(BaseModel):
    items: list[Rating]
    next: None = None


class Explained(BaseModel):
    """Formula, constants and inputs of a score, so that anyone recomputes the same digits."""

    app: str
    formula: str
    constants: dict[str, Any]
    policy_version: int
    count: int
    mean: float | None
    inputs: dict[str, Any] | None
    score: str
    reason: Literal["below_threshold"] | None


class AppItem(BaseModel):
    app: str
    name: str
    partner: str
    partner_name: str
    category: str
    tagline: str
    version: str
    listing_url: str | None
    rating: Rating


class Apps(BaseModel):
    items: list[AppItem]
    next: str | None
    placed: AppItem | None = Field(description="A paid, labelled place; no part of the order.")


class Author(BaseModel):
    display_name: str


class Usage(BaseModel):
    months: int
    installed: bool


class Reply(BaseModel):
    id: IdOut
    text: str
    replied_at: MomentOut
    about_earlier_version: bool
    fixed_in: str | None = Field(description="The version that the partner says solves it.")


class Review(BaseModel):
    """A dimension that wasn't answered is absent; one answered 0 is 0."""

    model_config = example(
        id="01952a7e-91d0-7c3e-8b52-6f1d2a9c4e10",
        app="calls",
        stars=4,
        title="Does what it says",
        text="We use it every day and it does what it says.",
        pros="",
        cons="",
        qualities={"ease_of_use": 5, "value": 0},
        about={"company_size": "11-50"},
        author={"display_name": "Anna K."},
        affiliation=None,
        language="en",
        app_version="3.2",
        source="author",
        verified_install=True,
        usage={"months": 8, "installed": True},
        submitted_at="2026-03-02T09:30:00Z",
        published_at="2026-03-05T09:30:00Z",
        edited_at=None,
        reply=None,
    )

    id: IdOut
    app: str
    stars: int
    title: str
    text: str
    pros: str
    cons: str
    qualities: dict[str, int]
    about: dict[str, str] = Field(description="What authors say about themselves in public.")
    author: Author
    affiliation: str | None
    language: str
    app_version: str
    source: Literal["author", "imported"]
    verified_install: bool
    usage: Usage | None
    submitted_at: MomentOut
    published_at: MomentOut | None
    edited_at: MomentOut | None
    reply: Reply | None


class Reviews(BaseModel):
    items: list[Review]
    next: str | None
    rating: Rating | None = Field(None, description="With the first page only.")


class PendingEdit(BaseModel):
    stars: int
    due_at: MomentOut


class Item(BaseModel):
    kind: Literal["review", "reply"]
    id: IdOut


class OwnDecision(BaseModel):
    """What was decided about a review, for its author."""

    case: IdOut
    number: str
    outcome: Literal["removed", "rejected", "restored", "upheld_superseded"]
    rule: str | None
    rule_code: str | None
    rule_title: str | None
    statement: str
    decided_at: MomentOut
    appeal_until: MomentOut
    can_appeal: bool


class PartnerDecision(OwnDecision):
    """What was decided about a review of the partner's apps or about its reply."""

    item: Item
    outcome: Literal["kept", "removed", "rejected", "restored", "upheld_superseded"]  # type: ignore[assignment]  # kept too
    statement: str | None = Field(description="About the partner's own reply.")  # type: ignore[assignment]  # or not told


class OwnReview(Review):
    """As its author sees it: with its state, what waits, and what may be done."""

    model_config = ConfigDict(json_schema_extra=None)
    state: Literal["held", "published", "archived", "rejected", "removed"]
    publishes_at: MomentOut | None = Field(description="While the review is held.")
    can_edit: VerdictOut
    pending: PendingEdit | None = Field(description="An edit that isn't public yet.")
    decision: OwnDecision | None = Field(description="What the moderators decided last.")


class OwnReviews(BaseModel):
    items: list[OwnReview]
    next: str | None


class WaitingEdit(BaseModel):
    """What the author changed the review to; public from `due_at` on."""

    stars: int
    title: str
    text: str
    pros: str
    cons: str
    due_at: MomentOut


class PartnerReview(Review):
    """As the app's partner sees it: of the author, nothing that isn't public."""

    model_config = ConfigDict(json_schema_extra=None)
    state: Literal["held", "published", "archived"]
    publishes_at: MomentOut | None = Field(description="While the review is held.")
    previous_stars: int | None = Field(description="Before the last edit; null without one.")
    pending: WaitingEdit | None = Field(description="An edit that isn't public yet.")
    can_reply: VerdictOut
    decision: PartnerDecision | None = Field(description="What the moderators decided last.")


class PartnerReviews(BaseModel):
    items: list[PartnerReview]
    next: str | None


class Unanswered(BaseModel):
    """Held and published reviews without a reply."""

    unanswered: int


class Link(BaseModel):
    """A review link. It leads to the page where one sees whether one may review."""

    id: IdOut
    app: str
    campaign: str = Field(description="Empty for an app's standing link.")
    url: str
    arrivals: int = Field(description="Browsers that followed it, each once a day.")
    reviews: int | None = Field(description="Null while so few that they'd tell who wrote.")
    created_at: MomentOut
    ended_at: MomentOut | None


class Links(BaseModel):
    items: list[Link]
    next: str | None


class Tip(BaseModel):
    key: Literal[
        "thank",
        "personalise",
        "acknowledge",
        "empathise",
        "solution",
        "professional",
        "positive_end",
    ]
    done: bool
    hint: str = Field(
        description="What to add, or why it isn't asked for; empty when it is followed."
    )


class Tips(BaseModel):
    tips: list[Tip]


class Token(BaseModel):
    token: str
    expires_at: MomentOut


class Member(BaseModel):
    email: str
    name: str
    role: Literal["owner", "replier", "reader"]


class PartnerOut(BaseModel):
    partner: str
    name: str
    domains: list[str]
    members: list[Member]


class AppOut(BaseModel):
    app: str
    name: str
    partner: str
    category: str
    tagline: str
    version: str
    listing_url: str | None
    retired: bool


class AccountOut(BaseModel):
    account: str
    name: str
    plan: str
    kind: Literal["production", "sandbox", "developer"]
    industry: str | None
    size: str | None
    domain: str | None


class UserOut(BaseModel):
    account: str
    user: str
    name: str
    email: str | None
    locale: str | None


class InstallationOut(BaseModel):
    """The latest install and the latest uninstall heard of, and what they come to."""

    app: str
    account: str
    installed: bool
    installed_at: MomentOut | None
    installed_by: str | None
    version: str | None
    uninstalled_at: MomentOut | None
