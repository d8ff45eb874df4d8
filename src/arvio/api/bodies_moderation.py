"""What callers send to the moderators and what moderators send, by route."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from arvio.api.bodies import Strict, example
from arvio.api.fields import Cursor, Day, Email, Flag, Limit, Ref, Words
from arvio.moderation.rules import LONGEST_COMMENT, LONGEST_STATEMENT


def _prose(longest: int, shortest: int = 0) -> WithJsonSchema:
    known = {"type": "string", "maxLength": longest}
    return WithJsonSchema(known | ({"minLength": shortest} if shortest else {}))


# Several lines each; the actions check them as they check the words of a review.
Comment = Annotated[str, Field(strict=True), _prose(LONGEST_COMMENT)]
Note = Annotated[str, Field(strict=True), _prose(LONGEST_STATEMENT, 1)]
StatementText = Annotated[str, Field(strict=True), _prose(LONGEST_STATEMENT)]
Rule = Annotated[str, Words(0, 30)]


class ReportIn(Strict):
    model_config = example(
        reason="personal_data",
        comment="It gives the phone number of a colleague.",
        email="zelda@mail.example",
    )
    reason: Rule = Field(description="One of the policy's `reports.reasons`.")
    comment: Comment = Field("", description="Required when the reason is `other`.")
    email: Email | None = Field(
        None, description="Required of who sends no token and no key; of others it isn't read."
    )


class OwnCaseIn(Strict):
    model_config = example(reason="spam", comment="The same text stands under four apps.")
    reason: Rule
    comment: Comment = ""


class CorrectionRequestIn(Strict):
    model_config = example(
        text="We use it every day, and since 3.3 the order of calls is right.",
        reason="The app was mended, and the old words aren't true any more.",
    )
    text: Note = Field(description="What the review is to say instead.")
    reason: Note


class TextIn(Strict):
    model_config = example(text="The number in it is our own public support line.")
    text: Note


class CloseIn(Strict):
    model_config = example(outcome="stays", text="It says what the author saw. It stays as it is.")
    outcome: Literal["stays", "corrected", "case"] = Field(
        description="The review stays; its text was corrected; it became a case of its own."
    )
    text: Note = Field(description="The last word in the dispute.")


class DecisionIn(Strict):
    model_config = example(
        action="remove",
        rule="personal_data",
        statement="It names a person and gives her number. Criticism without that is welcome.",
    )
    action: Literal["keep", "remove", "reject", "restore"]
    rule: Rule | None = Field(None, description="A key of the guidelines; to remove or reject.")
    statement: StatementText = Field(
        "", description="Why, for those whom it concerns; to remove or reject."
    )


class NoteIn(Strict):
    model_config = example(note="The number is that of a public support line.")
    note: Note


class AssignIn(Strict):
    model_config = example(to="me")
    to: Literal["me"] | None = Field(description="`me`, or null for whoever comes.")


class CorrectionIn(Strict):
    model_config = example(
        text="We use it every day, and since 3.3 the order of calls is right.",
        reason="The author asked for it after version 3.3.",
    )
    title: StatementText | None = None
    text: StatementText | None = None
    pros: StatementText | None = None
    cons: StatementText | None = None
    reason: Note = Field(description="Told to author and partner.")

    def words(self) -> dict[str, str]:
        given = self.model_dump(include={"title", "text", "pros", "cons"}, exclude_none=True)
        return {str(name): str(text) for name, text in given.items()}


class CasesQuery(Strict):
    state: Literal["open", "decided", "appealed"] | None = Field(
        None, description="Without it all that wait for a decision."
    )
    overdue: Flag | None = None
    app: Ref | None = None
    item: Literal["review", "reply"] | None = None
    reason: Annotated[str, Words(1, 30)] | None = None
    mine: Flag | None = Field(None, description="`true`: those that I have taken.")
    cursor: Cursor | None = None
    limit: Limit = 20


class ApproveQuery(Strict):
    seen: Annotated[str, Words(1, 64)] | None = Field(
        None, description="The proposal's `print`: another one that came meanwhile is refused."
    )


class DisputesQuery(Strict):
    state: Literal["open", "closed"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class MessagesQuery(Strict):
    cursor: Cursor | None = None
    limit: Limit = 20


class TransparencyQuery(Strict):
    since: Day | None = Field(None, description="First day, where the marketplace is.")
    until: Day | None = Field(None, description="Last day.")
