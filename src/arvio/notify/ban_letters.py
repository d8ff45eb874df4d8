"""What the banned are told, in the active language: the reason as written, the rule, the end, and
how to appeal (DSA Art. 17). Nobody can unsubscribe from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.guidelines.rules import Rule
from arvio.catalog.models import Ban, BanAppeal
from arvio.notify.letters import Letter, Link


@dataclass(frozen=True)
class BanFacts:
    """A ban with what its letters need. `appeal_until` is None where there is nothing to appeal to;
    `still` says that another ban stands beside it.
    """

    ban: Ban
    marketplace: str
    guidelines_url: str
    appeal_url: str
    rule: Rule | None = None
    appeal_until: datetime | None = None
    appeal: BanAppeal | None = None
    still: bool = False


def banned(facts: BanFacts) -> Letter:
    ban = facts.ban
    values = {"marketplace": facts.marketplace, "account": ban.account.name}
    if ban.user_id:
        fact = _("You can’t write reviews on %(marketplace)s.") % values
    else:
        fact = _("Nobody in the account %(account)s can write reviews on %(marketplace)s.") % values
    end = _until(ban.until_at) or _("The ban has no end date.")
    sentences = [
        end,
        _("Published reviews are in the archive until then and don’t count."),
        *_rule(facts.rule),
        _("A person decided this, not a program."),
        *_how_to_appeal(facts),
    ]
    return Letter(
        subject=_("You can’t write reviews on %(marketplace)s now") % values,
        heading=_("You can’t write reviews now"),
        fact=fact,
        rest=" ".join(sentences),
        reply=ban.reason,
        reply_by=_("The reason, as it was written:"),
        action=Link(_("Appeal"), facts.appeal_url) if facts.appeal_until else None,
    )


def over(facts: BanFacts) -> Letter:
    """Lifted before its end, perhaps after an appeal, or come to its end."""
    values = {"marketplace": facts.marketplace}
    lifted = facts.ban.lifted_at is not None
    rest = (
        _("Another ban is still in force, so you can’t write yet.")
        if facts.still
        else _("You can write reviews again, and your reviews come back from the archive.")
    )
    return Letter(
        subject=_("A ban on %(marketplace)s has ended") % values,
        heading=_("The ban was lifted") if lifted else _("The ban has ended"),
        fact=_("A moderator lifted the ban that kept you from writing reviews.")
        if lifted
        else _("The ban that kept you from writing reviews has come to its end."),
        rest=rest,
        reply=facts.ban.lift_reason,
        reply_by=_("What the moderator wrote:"),
    )


def kept(facts: BanFacts) -> Letter:
    ban = facts.ban
    values = {"marketplace": facts.marketplace}
    sentences = [
        _("Another person than the one who imposed the ban looked at your appeal."),
        _until(ban.until_at) or _("The ban has no end date."),
    ]
    return Letter(
        subject=_("Your appeal on %(marketplace)s is answered") % values,
        heading=_("The ban stays"),
        fact=_("Your appeal was answered, and the ban stays."),
        rest=" ".join(sentences),
        reply=facts.appeal.answer if facts.appeal else "",
        reply_by=_("What the moderator wrote:"),
    )


def why(marketplace: str) -> str:
    return _(
        "You get this because you write reviews on %(marketplace)s. A decision about you is always "
        "told, so there is no way to unsubscribe from it."
    ) % {"marketplace": marketplace}


def _until(at: datetime | None) -> str:
    return _("The ban ends on %(end)s.") % {"end": written.limit(at, get_language())} if at else ""


def _rule(rule: Rule | None) -> list[str]:
    if rule is None:
        return []
    title = rule.title.get(get_language() or "") or next(iter(rule.title.values()))
    return [
        _("It rests on rule %(code)s of the review guidelines: %(title)s.")
        % {"code": rule.code, "title": title}
    ]


def _how_to_appeal(facts: BanFacts) -> list[str]:
    if facts.appeal_until is None:
        return []
    return [
        _(
            "You can appeal before %(end)s: open the page of any app inside the product, or this "
            "one from there. Somebody else will look at it."
        )
        % {"end": written.limit(facts.appeal_until, get_language())}
    ]


LETTERS: dict[str, Callable[[BanFacts], Letter]] = {
    "banned": banned,
    "lifted": over,
    "ended": over,
    "kept": kept,
}
