"""The shapes of what moderation answers (CONTRACT 3)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from arvio.api.shapes import IdOut, Item, MomentOut, example


class Reported(BaseModel):
    """The same whether this address has reported before or not."""

    model_config = example(
        case="C-7K2M9Q", status_url="https://reviews.example.com/store/reported/AZ…/"
    )

    case: str = Field(description="The number to name; reports on one item share one.")
    status_url: str = Field(
        description="Where it can be followed. To confirm a report by e-mail takes the link that "
        "was sent there."
    )


class ReportOut(BaseModel):
    """Of reporters nothing but what they are."""

    id: IdOut
    party: Literal["visitor", "customer", "partner", "moderator"]
    reason: str
    comment: str
    filed_at: MomentOut


class Redress(BaseModel):
    appeal_until: MomentOut
    ways: list[Literal["appeal", "out_of_court", "court"]] = Field(
        description="`appeal` is `POST /cases/{id}/appeal`, decided by another moderator."
    )


class DecisionOut(BaseModel):
    """A statement of reasons in the fields of the Digital Services Act, Article 17."""

    id: IdOut
    action: Literal["keep", "remove", "reject", "restore"]
    outcome: Literal["kept", "removed", "rejected", "restored", "upheld_superseded"]
    rule: str | None
    rule_code: str | None
    rule_title: str | None
    guidelines_version: int
    ground: Literal["illegal", "contractual"] | None = Field(
        description="Null where nothing is taken from anybody."
    )
    statement: str
    automated_detection: bool
    automated_decision: Literal[False]
    territory: Literal["worldwide"] | None
    duration: Literal["until_restored"] | None
    redress: Redress
    decided_at: MomentOut


class Proposal(BaseModel):
    """Waits for a second moderator, who approves it or sends it back."""

    action: Literal["keep", "remove", "reject", "restore"]
    rule: str | None
    statement: str
    by: str
    proposed_at: MomentOut
    print: str = Field(description="Of these words: send it with the approval.")


class AppealOut(BaseModel):
    id: IdOut
    party: Literal["author", "partner", "reporter"]
    text: str
    state: Literal["open", "closed"]
    outcome: str | None
    opened_at: MomentOut
    due_at: MomentOut | None


class CaseOut(BaseModel):
    """A case with one clock; `working_days_left` is negative from the due time on."""

    id: IdOut
    number: str
    state: Literal["open", "decided", "appealed"]
    item: Item
    review: IdOut
    app: str
    reason: str
    stars: int = Field(description="The review's when the case was opened.")
    reports: list[ReportOut]
    opened_at: MomentOut
    due_at: MomentOut
    working_days_left: int | None
    assigned_to: str | None
    decision: DecisionOut | None = Field(description="The one in force.")
    proposal: Proposal | None
    appeals: list[AppealOut]


class Cases(BaseModel):
    items: list[CaseOut]
    next: str | None


class CorrectionRequestOut(BaseModel):
    id: IdOut
    review: IdOut
    state: Literal["open", "done", "declined"]
    text: str
    reason: str
    asked_at: MomentOut


class Appealed(BaseModel):
    id: IdOut
    case: IdOut
    number: str
    state: Literal["open", "closed"]
    opened_at: MomentOut
    due_at: MomentOut | None


class Dispute(BaseModel):
    """A partner's conversation with the moderators about a review. It changes nothing by itself."""

    id: IdOut
    review: IdOut
    app: str
    partner: str
    state: Literal["open", "closed"]
    outcome: Literal["stays", "corrected", "case"] | None
    opened_at: MomentOut
    last_at: MomentOut
    last_party: str
    messages: int
    closed_at: MomentOut | None


class Disputes(BaseModel):
    items: list[Dispute]
    next: str | None


class Message(BaseModel):
    id: IdOut
    number: int
    party: Literal["partner", "author", "reporter", "moderator"]
    text: str
    sent_at: MomentOut


class Messages(BaseModel):
    items: list[Message]
    next: str | None


class Transparency(BaseModel):
    """What moderation came to in these days, counted by marketplace. docs/reports.md says how each
    figure is counted.
    """

    marketplace: str
    since: str | None
    until: str | None
    at: MomentOut
    cases: dict[str, int]
    outcomes: dict[str, Any]
    reports: dict[str, int]
    time_to_decision: dict[str, Any]
    within_deadline: dict[str, Any]
    removals: dict[str, int]
    rejections: int
    restorations: int
    appeals: dict[str, int]
    bans: dict[str, int]
    accuracy: dict[str, Any]
    symmetry: dict[str, Any]
    tables: list[dict[str, Any]] = Field(
        description="What stands beside it: `key` and `rows`, such as `flags` by star class."
    )
