"""What the moderators' mails say, in the active language and time zone.

Nothing of a review's words is in them but the statement of reasons, which goes to whom it concerns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.labels import reason_label
from arvio.catalog.words import moment_words
from arvio.moderation.guidelines import RuleWords
from arvio.notify.letters import Letter, Quote


@dataclass(frozen=True)
class About:
    """What a mail is about: enough to know it again, and no words of it."""

    app: str
    partner: str
    number: str
    is_reply: bool
    stars: int
    written_at: datetime

    @property
    def values(self) -> dict[str, str]:
        return {"app": self.app, "partner": self.partner, "number": self.number}

    def quote(self, note: str) -> Quote:
        day = written.day(self.written_at, get_language())
        return Quote(stars=self.stars, app=self.app, note=f"{note}, {day}")


@dataclass(frozen=True)
class Result:
    """A decision as its mails tell it. `until` is when appealing ends, `final` that the reader has
    appealed already; `again` says whether a new review or reply is possible, `gone` that the author
    or the partner had taken it away before anybody decided.
    """

    outcome: str
    rule: RuleWords | None
    statement: str
    until: datetime
    again: bool = True
    appealed: bool = False
    final: bool = False
    gone: bool = False


def confirm(about: About, reason: str) -> Letter:
    return Letter(
        subject=_("Confirm your report about %(app)s") % about.values,
        heading=_("Confirm your report about %(app)s") % about.values,
        fact=_("We got a report with this address: “%(reason)s”.")
        % {"reason": reason_label(reason)},
        rest=_(
            "It counts once you confirm it, within 7 days. If it wasn’t you, do nothing: then it "
            "is forgotten."
        ),
    )


def received(about: About, due_at: datetime) -> Letter:
    values = about.values | {"moment": moment_words(due_at)}
    return Letter(
        subject=_("Your report %(number)s about %(app)s") % values,
        heading=_("We got your report") % values,
        fact=_("Its case number is %(number)s. A moderator decides before %(moment)s.") % values,
        rest=_(
            "Until then everybody still sees what you reported. You get the answer by mail, "
            "whatever it is."
        ),
    )


def outcome(about: About, result: Result) -> Letter:
    """To a reporter, whatever the outcome (R130)."""
    values = about.values
    if result.outcome == "kept":
        fact = kept_fact(gone=result.gone)
        # What is kept after an appeal is told to those alone whose appeal it was.
        rest = (
            _("This decision is final here.")
            if result.appealed
            else _("You can appeal before %(moment)s. Another moderator then looks at it.")
        )
    elif result.outcome in ("removed", "rejected"):
        fact = _removed_fact(about)
        rest = _("Thank you for reporting it.")
    elif result.outcome == "upheld_superseded":
        fact = _("The decision was wrong, and something newer stands now.")
        rest = _("This decision is final here.")
    else:
        fact = _("After an appeal another moderator looked at it again. It is public again.")
        rest = _("This decision is final here.")
    return Letter(
        subject=_("Answer to your report %(number)s about %(app)s") % values,
        heading=_("Answer to your report %(number)s") % values,
        fact=fact,
        rest=" ".join(filter(None, (_rule(result), rest % {"moment": moment_words(result.until)}))),
    )


def kept_fact(*, gone: bool) -> str:
    if gone:
        return _("It was taken away before the moderators decided, so nothing is left to decide.")
    return _("The moderators looked at it and found no breach of the guidelines. It stays.")


def _removed_fact(about: About) -> str:
    if about.is_reply:
        return _("The reply was removed.")
    return _("The review was removed.")


def _rule(result: Result) -> str:
    if result.rule is None:
        return ""
    return _("The rule it breaks: %(rule)s.") % {"rule": result.rule.named}


def _rule_text(result: Result) -> str:
    """With its first words, for whom it takes something from; the rest is in the guidelines."""
    if result.rule is None or not result.rule.text:
        return _rule(result)
    values = {"rule": result.rule.named, "text": result.rule.text.split("\n\n")[0]}
    return _("The rule it breaks: %(rule)s. It says: “%(text)s”") % values


def to_author(about: About, result: Result) -> Letter:
    """Why, by which rule, decided by whom, and what can be done (R129; DSA Art. 17)."""
    heading, fact = _author_words(about, result)
    against = result.outcome in ("removed", "rejected")
    rest = [_rule_text(result)]
    if against:
        rest.append(_("A person decided it, not a machine."))
        rest.append(_again_review(result))
        rest.append(_appeal_until(result))
    return Letter(
        subject=heading,
        heading=heading,
        fact=fact,
        rest=" ".join(filter(None, rest)),
        quotes=[about.quote(_("Your review"))],
        reply=result.statement,
        reply_by=_("Statement of reasons") if result.statement else "",
    )


def _author_words(about: About, result: Result) -> tuple[str, str]:
    values = about.values
    if result.outcome == "rejected":
        return (
            _("Your review of %(app)s was not published") % values,
            _("A moderator decided not to publish it."),
        )
    if result.outcome == "removed":
        fact = _("A moderator removed it. It no longer counts in the rating.")
        if result.appealed:
            fact = _("Another moderator looked at it after an appeal. It stays removed.")
        return _("Your review of %(app)s was removed") % values, fact
    if result.outcome == "upheld_superseded":
        return (
            _("Your appeal about %(app)s was right") % values,
            _("You have written a new review meanwhile, so the new one stays, not the old one."),
        )
    if result.outcome == "kept":
        return (
            _("Your review of %(app)s stays") % values,
            _("A moderator looked at it and found no breach of the guidelines."),
        )
    return (
        _("Your review of %(app)s is back") % values,
        _("After an appeal another moderator looked at it again. It counts in the rating again."),
    )


def _again_review(result: Result) -> str:
    return _("You can write a new review that keeps to the guidelines.") if result.again else ""


def _appeal_until(result: Result) -> str:
    if result.final:
        return _(
            "You have appealed, so this decision is final here. A court or a body for settling "
            "disputes out of court stays open to you."
        )
    return _(
        "If you think the decision is wrong, you can appeal before %(moment)s; another moderator "
        "decides. A court or a body for settling disputes out of court stays open to you."
    ) % {"moment": moment_words(result.until)}


def to_partner(about: About, result: Result) -> Letter:
    if about.is_reply:
        return _about_reply(about, result)
    values = about.values
    if result.outcome == "removed":
        heading = _("A review of %(app)s was removed") % values
        fact = _("It no longer counts in the rating and shows no words any more.")
    elif result.outcome == "rejected":
        heading = _("A review of %(app)s was not published") % values
        fact = _("A moderator decided not to publish it. It never counted.")
    elif result.outcome == "kept":
        heading = _("A review of %(app)s stays") % values
        fact = _("A moderator looked at it and found no breach of the guidelines.")
    elif result.outcome == "upheld_superseded":
        heading = _("An appeal about a review of %(app)s was right") % values
        fact = _("Its author has written a new review meanwhile, so that one stays.")
    else:
        heading = _("A review of %(app)s is back") % values
        fact = _("After an appeal it is public again and counts in the rating.")
    appeal = _appeal_until(result) if result.outcome in ("removed", "rejected") else ""
    return Letter(
        subject=heading,
        heading=heading,
        fact=fact,
        rest=" ".join(filter(None, (_rule(result), appeal))),
        quotes=[about.quote(_("The review"))],
    )


def _about_reply(about: About, result: Result) -> Letter:
    values = about.values
    rest = [_rule_text(result)]
    if result.outcome == "removed":
        heading = _("Your reply about %(app)s was removed") % values
        fact = _("A moderator removed it. The review stays.")
        if result.appealed:
            fact = _("Another moderator looked at it after an appeal. It stays removed.")
        rest.append(_("A person decided it, not a machine."))
        if result.again:
            rest.append(_("You can write a new reply that keeps to the guidelines."))
        rest.append(_appeal_until(result))
    elif result.outcome == "upheld_superseded":
        heading = _("Your appeal about a reply was right") % values
        fact = _("You have written a new reply meanwhile, so that one stays.")
    elif result.outcome == "kept":
        heading = _("Your reply about %(app)s stays") % values
        fact = _("A moderator looked at it and found no breach of the guidelines.")
    else:
        heading = _("Your reply about %(app)s is back") % values
        fact = _("After an appeal it is public again.")
    return Letter(
        subject=heading,
        heading=heading,
        fact=fact,
        rest=" ".join(filter(None, rest)),
        quotes=[about.quote(_("The review that it answers"))],
        reply=result.statement,
        reply_by=_("Statement of reasons") if result.statement else "",
    )


def appeal_received(about: About, due_at: datetime) -> Letter:
    values = about.values | {"moment": moment_words(due_at)}
    return Letter(
        subject=_("Your appeal in case %(number)s") % values,
        heading=_("We got your appeal"),
        fact=_("Another moderator decides before %(moment)s.") % values,
        rest=_("Nothing changes until then. You get the answer by mail."),
    )


def overdue(about: About, due_at: datetime) -> Letter:
    values = about.values | {"moment": moment_words(due_at)}
    return Letter(
        subject=_("Case %(number)s is overdue") % values,
        heading=_("Case %(number)s is overdue") % values,
        fact=_("It was due on %(moment)s and nobody has decided it.") % values,
        rest=_("The reporter was promised an answer by then."),
    )


def thread_message(about: About, *, opened: bool, from_staff: bool) -> Letter:
    values = about.values
    if from_staff:
        heading = _("The moderators answered you about %(app)s") % values
    elif opened:
        heading = _("%(partner)s disputes a review of %(app)s") % values
    else:
        heading = _("%(partner)s wrote about a review of %(app)s") % values
    return Letter(
        subject=heading,
        heading=heading,
        fact=_("The message is on the page of the conversation."),
        quotes=[about.quote(_("The review"))],
    )


def thread_closed(about: About, answer: str) -> Letter:
    values = about.values
    return Letter(
        subject=_("The dispute about %(app)s is closed") % values,
        heading=_("The dispute about %(app)s is closed") % values,
        fact=answer,
        quotes=[about.quote(_("The review"))],
    )


def corrected(about: About, *, to_author: bool, why: str) -> Letter:
    values = about.values
    heading = (
        _("Your review of %(app)s was corrected") % values
        if to_author
        else _("A review of %(app)s was corrected") % values
    )
    return Letter(
        subject=heading,
        heading=heading,
        fact=_("A moderator replaced its text on request. The earlier text is kept."),
        rest=_("The stars are as they were, and the review shows that it was edited."),
        quotes=[about.quote(_("Your review") if to_author else _("The review"))],
        reply=why,
        reply_by=_("The reason"),
    )


def not_corrected(about: About, *, why: str) -> Letter:
    values = about.values
    return Letter(
        subject=_("The text of a review of %(app)s stays") % values,
        heading=_("The text of a review of %(app)s stays") % values,
        fact=_("You asked for a correction. The moderators left the text as it is."),
        quotes=[about.quote(_("The review"))],
        reply=why,
        reply_by=_("The reason"),
    )
