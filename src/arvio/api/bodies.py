"""What callers send, by route. Unknown fields are errors everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema

from arvio.api.fields import (
    Cursor,
    Day,
    Domain,
    Email,
    Flag,
    Limit,
    Locale,
    Moment,
    Name,
    Ref,
    WebAddress,
    Words,
)
from arvio.asking.rules import LONGEST_CAMPAIGN
from arvio.policy.form import LONGEST_AFFILIATION, LONGEST_REPLY

Role = Literal["owner", "replier", "reader"]
Kind = Literal["production", "sandbox", "developer"]
Surface = Literal["in_product", "web"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


def example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class MemberIn(Strict):
    email: Email
    name: Name
    role: Role


class PartnerIn(Strict):
    model_config = example(
        name="Pixel",
        domains=["pixel.example"],
        members=[{"email": "petra@pixel.example", "name": "Petra Peltonen", "role": "owner"}],
    )
    name: Name
    domains: Annotated[list[Domain], Field(max_length=50)] = []
    members: Annotated[list[MemberIn], Field(max_length=200)] = Field(
        description="All members; who isn't in the list is a member no more."
    )


class AppIn(Strict):
    model_config = example(
        name="Ringfern Calls",
        partner="pixel",
        category="Calls",
        tagline="Calls land on the right deal.",
        version="3.2",
        listing_url="https://market.example/apps/calls",
    )
    name: Name
    partner: Ref
    category: Annotated[str, Words(1, 100)]
    tagline: Annotated[str, Words(0, 300)]
    version: Annotated[str, Words(0, 60)]
    listing_url: WebAddress | None = None
    retired: StrictBool = False


class AccountIn(Strict):
    model_config = example(name="Acme Oy", plan="commercial", kind="production", size="11-50")
    name: Name
    plan: Annotated[str, Words(0, 100)] = Field(
        description="The platform's own word; the policy maps it to commercial, other or unknown."
    )
    kind: Kind
    industry: Annotated[str, Words(0, 100)] | None = None
    size: Annotated[str, Words(0, 40)] | None = None
    domain: Domain | None = None


class RenameIn(Strict):
    model_config = example(id="acme-group")
    id: Ref = Field(description="The account's new id on the platform.")


class MergeIn(Strict):
    model_config = example(into="globex")
    into: Ref = Field(description="The id of the account that takes everything over.")


class UserIn(Strict):
    model_config = example(name="Anna Korhonen", email="anna@customer.example", locale="fi")
    name: Name
    email: Email | None = None
    locale: Locale | None = None


class InstallIn(Strict):
    model_config = example(installed_at="2026-03-02T09:30:00Z", installed_by="anna", version="3.2")
    installed_at: Moment
    installed_by: Ref | None = None
    version: Annotated[str, Words(0, 60)] | None = None


class UninstallIn(Strict):
    model_config = example(uninstalled_at="2026-05-02T09:30:00Z")
    uninstalled_at: Moment


class TokenIn(Strict):
    model_config = example(
        account="acme", user="anna", surface="in_product", name="Anna Korhonen", locale="fi"
    )
    account: Ref
    user: Ref
    surface: Surface
    name: Name
    email: Email | None = None
    locale: Locale | None = None


def _answer(**schema: Any) -> Any:
    return WithJsonSchema(schema)


class ChangesIn(BaseModel):
    """Answers as the form of the policy names them. The form checks them, all at once, so here they
    pass as they came;
    the schema says what every form shares. Fields of the one marketplace are in `GET …/policy`.
    """

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "additionalProperties": False,
            "examples": [{"stars": 5, "qualities": {"value": None}}],
        },
    )

    stars: Annotated[Any, _answer(type="integer", minimum=1, maximum=5)] = None
    title: Annotated[Any, _answer(type=["string", "null"])] = None
    text: Annotated[Any, _answer(type=["string", "null"])] = None
    pros: Annotated[Any, _answer(type=["string", "null"])] = None
    cons: Annotated[Any, _answer(type=["string", "null"])] = None
    qualities: Annotated[
        Any,
        _answer(
            type=["object", "null"],
            additionalProperties={"type": ["integer", "null"], "minimum": 0, "maximum": 5},
            description="By dimension, 0 to 5. Null or absent is not answered; 0 is an answer.",
        ),
    ] = None
    about: Annotated[
        Any, _answer(type=["object", "null"], additionalProperties={"type": ["string", "null"]})
    ] = None
    consents: Annotated[
        Any,
        _answer(
            type=["array", "null"],
            items={"type": "string"},
            description="Keys of the consents that were given.",
        ),
    ] = None
    language: Annotated[Any, _answer(type=["string", "null"])] = None
    affiliation: Annotated[
        str | None,
        Field(
            strict=True,
            max_length=LONGEST_AFFILIATION,
            description="Another partner that the author works for; shown with the review.",
        ),
    ] = None

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class ReviewIn(ChangesIn):
    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "additionalProperties": False,
            "required": ["stars"],
            "examples": [
                {
                    "stars": 4,
                    "text": "We use it every day and it does what it says.",
                    "consents": ["guidelines", "privacy"],
                    "language": "en",
                }
            ],
        },
    )


class AppsQuery(Strict):
    sort: Literal["rating", "newest", "reviews", "installs"] = "rating"
    category: Annotated[str, Words(1, 100)] | None = None
    q: Annotated[str, Words(0, 200)] | None = Field(
        None, description="Words of name, line, partner."
    )
    cursor: Cursor | None = None
    limit: Limit = 20


class RatingsQuery(Strict):
    apps: Annotated[str, Words(1, 10_100)] = Field(
        description="References of 1 to 100 apps, a comma between; unknown ones are left out."
    )


class SealsQuery(Strict):
    cursor: Cursor | None = None
    limit: Limit = 20


class ReviewsQuery(Strict):
    sort: Literal["newest", "oldest", "highest", "lowest"] = "newest"
    stars: Annotated[str, Field(pattern=r"^[1-5](,[1-5]){0,4}$")] | None = Field(
        None, description="Stars wanted, a comma between."
    )
    language: Locale | None = None
    answered: Flag | None = None
    has_text: Flag | None = None
    version: Annotated[str, Words(1, 60)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class GuidelinesQuery(Strict):
    version: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")] | None = Field(
        None, description="The number that a decision names; the version in force when left out."
    )


# Several lines; the action checks it as it checks the words of a review.
Prose = Annotated[
    str, Field(strict=True), WithJsonSchema({"type": "string", "maxLength": LONGEST_REPLY})
]


class ReplyIn(Strict):
    model_config = example(
        text="Thank you for writing, Anna. Version 3.3 keeps the order of your calls.",
        fixed_in="3.3",
    )
    text: Prose
    fixed_in: Annotated[str, Words(1, 60)] | None = Field(
        None, description="The version of the app that solves what the review says."
    )


class ReplyCheckIn(Strict):
    review: UUID = Field(description="The review that is to be answered.")
    text: Prose


STATES = r"(held|published|archived)"


class PartnerReviewsFilter(Strict):
    answered: Flag | None = Field(None, description="`false`: held or published, without a reply.")
    state: Annotated[str, Field(pattern=rf"^{STATES}(,{STATES}){{0,2}}$")] | None = Field(
        None, description="States wanted, a comma between; without it all three."
    )
    app: Ref | None = None
    stars: Annotated[str, Field(pattern=r"^[1-5](,[1-5]){0,4}$")] | None = Field(
        None, description="Stars wanted, a comma between."
    )
    language: Locale | None = None
    has_text: Flag | None = None
    q: Annotated[str, Words(0, 200)] | None = Field(None, description="Words of the review.")
    since: Day | None = Field(None, description="First day of submission, where the store is.")
    until: Day | None = Field(None, description="Last day of submission.")


class PartnerReviewsQuery(PartnerReviewsFilter):
    sort: Literal["urgent", "newest", "oldest", "highest", "lowest"] = Field(
        "urgent", description="`urgent`: unanswered and held first, by the time left."
    )
    cursor: Cursor | None = None
    limit: Limit = 20


class PartnerExportQuery(PartnerReviewsFilter):
    format: Literal["csv", "jsonl"] = "csv"


class LinkIn(Strict):
    model_config = example(app="calls", campaign="Newsletter, May")
    app: Ref
    campaign: Annotated[str, Words(1, LONGEST_CAMPAIGN)] = Field(
        description="What only you see: one link in use for each app and campaign."
    )


class LinksQuery(Strict):
    ended: Flag | None = Field(None, description="`true`: those that have ended.")
    cursor: Cursor | None = None
    limit: Limit = 20


class PageQuery(Strict):
    cursor: Cursor | None = None
    limit: Limit = 20
