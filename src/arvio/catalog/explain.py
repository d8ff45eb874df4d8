"""Sentences for codes: why somebody may or may not, what would change it, what an answer lacks.

Rules give codes and values; here they become words in the active language (DESIGN section 3).
Whole policies are worded in `policy_text`, faulty answers in `field_text`; both are offered here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog.field_text import explain_field_error
from arvio.catalog.policy_text import (
    Explained,
    Figure,
    explain_policy,
    headline_figures,
    policy_sentences,
)
from arvio.catalog.words import moment_words
from arvio.policy.verdict import Check, Values, Verdict, moment_text

__all__ = [
    "Explained",
    "Figure",
    "Names",
    "explain_check",
    "explain_field_error",
    "explain_policy",
    "explain_refusal",
    "headline_figures",
    "policy_sentences",
    "verdict_json",
]


@dataclass(frozen=True, slots=True)
class Names:
    """How the sentences call the app, which those about edits don't need, and the account."""

    app: str = ""
    account: str = ""


Sentences: TypeAlias = tuple[str, str | None]


def explain_check(check: Check, names: Names) -> Sentences:
    """(text, unblocks) in the active language; nothing to unblock where the check passed."""
    values = {**check.values, "app": names.app, "account": names.account}
    if check.ok:
        return PASSED[check.code](values), None
    return FAILED[check.code](values)


def explain_refusal(code: str, names: Names, values: Values | None = None) -> Sentences:
    """The sentences of one refusal code that didn't come as a check."""
    return explain_check(Check(code, False, values or {}), names)


def verdict_json(verdict: Verdict, language: str, names: Names) -> dict[str, Any]:
    """The Verdict of CONTRACT section 3, worded in `language`."""
    with translation.override(language):
        checks = [_check_json(check, names) for check in verdict.checks]
    return {
        "allowed": verdict.allowed,
        "checks": checks,
        "policy_version": verdict.policy_version,
        "at": moment_text(verdict.at),
    }


def _check_json(check: Check, names: Names) -> dict[str, Any]:
    text, unblocks = explain_check(check, names)
    return {
        "code": check.code,
        "ok": check.ok,
        "text": text,
        "unblocks": unblocks,
        "values": dict(check.values),
    }


def _installed(v: Mapping[str, Any]) -> str:
    if v.get("uninstalled_at"):
        return _("%(app)s was on your account recently enough") % v
    return _("%(app)s is installed on your account") % v


def _reviews_left(v: Mapping[str, Any]) -> str:
    if not v.get("used"):
        return _("You haven’t reviewed this app before")
    return ngettext(
        "You have used %(used)s of your %(limit)s review of this app",
        "You have used %(used)s of your %(limit)s reviews of this app",
        v["limit"],
    ) % v  # fmt: skip


def _account_reviews_left(v: Mapping[str, Any]) -> str:
    return ngettext(
        "Your account has used %(used)s of its %(limit)s review for this app",
        "Your account has used %(used)s of its %(limit)s reviews for this app",
        v["limit"],
    ) % v  # fmt: skip


def _no_ties(v: Mapping[str, Any]) -> str:
    if v.get("how") == "other_partner":
        return _("You say in the review which partner you work for")
    return _("You have no ties to the partner")


def _edits_left(v: Mapping[str, Any]) -> str:
    return ngettext(
        "You can edit this review %(left)s more time",
        "You can edit this review %(left)s more times",
        v["left"],
    ) % v  # fmt: skip


PASSED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "not_signed_in": lambda v: _("You’re signed in"),
    "not_in_product": lambda v: _("You’re on the app’s page inside the product"),
    "not_installed": _installed,
    "plan_not_commercial": lambda v: _("Your account is on a paid plan"),
    "plan_unknown": lambda v: _("Your account’s plan isn’t known to us, and needn’t be"),
    "already_reviewed": _reviews_left,
    "account_cap_reached": _account_reviews_left,
    "affiliated": _no_ties,
    "operator_staff": lambda v: _("You don’t work for the marketplace"),
    "test_account": lambda v: _("Your account isn’t a test account"),
    "banned": lambda v: _("Nothing keeps you from writing reviews here"),
    "app_retired": lambda v: _("The app is on the marketplace"),
    "editing_not_allowed": lambda v: _("Authors can edit their reviews here"),
    "edit_limit_reached": _edits_left,
    "window_closed": lambda v: _("You can edit before %(end)s") % {"end": moment_words(v["until"])},
    "review_not_visible": lambda v: _("The review is published or waits to be"),
    "already_replied": lambda v: (
        _("A reply can be changed after it is sent")
        if v.get("editable")
        else _("The review has no reply yet")
    ),
    "reply_locked": lambda v: _("No removed reply stands in the way"),
    "not_your_app": lambda v: _("The app is one of yours"),
}


def _not_installed(v: Mapping[str, Any]) -> Sentences:
    if not v.get("account_known", True):
        return (
            _("The marketplace doesn’t know your account yet, so %(app)s can’t be installed on it.")
            % v,
            _("Ask an administrator of your account to install %(app)s.") % v,
        )
    if v.get("uninstalled_at"):
        v = {**v, "date": moment_words(v["uninstalled_at"])}
        text = _("%(app)s was uninstalled from your account on %(date)s.") % v
        return text, _ask_to_install_again(v)
    if v.get("installed_at"):
        v = {**v, "date": moment_words(v["installed_at"])}
        text = _("%(app)s will be installed on your account only on %(date)s.") % v
        return text, _("You can write a review from that moment on.")
    return _("%(app)s isn’t installed on your account.") % v, _ask_to_install(v)


def _ask_to_install(v: Mapping[str, Any]) -> str:
    if not v["account"]:
        return _(
            "Ask an administrator of your account to install it. "
            "You can write a review as soon as it is installed."
        )
    return (
        _(
            "Ask an administrator of %(account)s to install it. "
            "You can write a review as soon as it is installed."
        )
        % v
    )


def _ask_to_install_again(v: Mapping[str, Any]) -> str:
    if not v["account"]:
        return _(
            "Ask an administrator of your account to install it again. "
            "You can write a review as soon as it is installed."
        )
    return (
        _(
            "Ask an administrator of %(account)s to install it again. "
            "You can write a review as soon as it is installed."
        )
        % v
    )


def _plan_not_commercial(v: Mapping[str, Any]) -> Sentences:
    return (
        _("Your account’s plan, “%(plan)s”, isn’t a paid one.") % v,
        _("Reviews open on the day the account moves to a paid plan."),
    )


def _plan_unknown(v: Mapping[str, Any]) -> Sentences:
    unblocks = _(
        "Ask the marketplace to check the plan. "
        "Reviews open as soon as it is known to be a paid one."
    )
    if not v.get("plan"):
        return _("We don’t know which plan your account is on."), unblocks
    return _("We don’t know whether your account’s plan, “%(plan)s”, is a paid one.") % v, unblocks


def _already_reviewed(v: Mapping[str, Any]) -> Sentences:
    unblocks = _(
        "Your review is under “My reviews” of the account you wrote it in."
        " If it is removed, you can write a new one."
    )
    if v.get("limit", 1) == 1:
        return _("You have already reviewed %(app)s.") % v, unblocks
    return (
        ngettext(
            "You have already written %(limit)s review of %(app)s, as many as one person may.",
            "You have already written %(limit)s reviews of %(app)s, as many as one person may.",
            v["limit"],
        )
        % v,
        unblocks,
    )


def _account_cap_reached(v: Mapping[str, Any]) -> Sentences:
    return (
        ngettext(
            "Your account already has %(limit)s review of %(app)s, as many as one account may.",
            "Your account already has %(limit)s reviews of %(app)s, as many as one account may.",
            v["limit"],
        )
        % v,
        _("A place becomes free when one of them is withdrawn or removed."),
    )


def _affiliated(v: Mapping[str, Any]) -> Sentences:
    if v.get("how") == "other_partner":
        return (
            _("You work for another partner of this marketplace."),
            _("Say in the review which partner you work for. It is shown with the review."),
        )
    unblocks = _(
        "A partner’s own people can’t review its apps. "
        "If you don’t belong to it, tell the marketplace."
    )
    if v.get("how") == "domain":
        return _("Your e-mail address belongs to the partner that makes %(app)s.") % v, unblocks
    return _("You belong to the partner that makes %(app)s.") % v, unblocks


def _operator_staff(v: Mapping[str, Any]) -> Sentences:
    return (
        _("You work for the marketplace."),
        _(
            "The marketplace’s staff can’t review apps. "
            "If you don’t work for it, tell the marketplace."
        ),
    )


def _test_account(v: Mapping[str, Any]) -> Sentences:
    unblocks = _("Write the review from the account where you use the app in your work.")
    if v.get("kind") == "developer":
        return _("Your account is a developer account."), unblocks
    return _("Your account is a sandbox."), unblocks


def _banned(v: Mapping[str, Any]) -> Sentences:
    text = _("You can’t write reviews in this marketplace.")
    if v.get("reason"):
        text = _("You can’t write reviews in this marketplace. The reason: %(reason)s") % v
    if v.get("until"):
        end = {"end": moment_words(v["until"])}
        return text, _(
            "You can write again from %(end)s on. If you think that the ban is a mistake, appeal."
        ) % end
    return text, _("If you think that the ban is a mistake, appeal.")


def _editing_not_allowed(v: Mapping[str, Any]) -> Sentences:
    text = _("A review can’t be edited here once it is sent.")
    if v.get("operator_replacement"):
        return text, _(
            "Ask for a correction: the marketplace replaces the words and keeps the old version."
        )
    return text, _("You can withdraw the review and write a new one.")


def _edit_limit_reached(v: Mapping[str, Any]) -> Sentences:
    return (
        ngettext(
            "You have already edited this review %(limit)s time, as often as one may.",
            "You have already edited this review %(limit)s times, as often as one may.",
            v["limit"],
        )
        % v,
        _("You can withdraw the review and write a new one."),
    )


def _window_closed(v: Mapping[str, Any]) -> Sentences:
    return (
        _("The time for editing ended on %(end)s.") % {"end": moment_words(v["until"])},
        _("You can withdraw the review and write a new one."),
    )


def _nothing_to_answer(v: Mapping[str, Any]) -> Sentences:
    """To a partner, about a review that takes no reply now."""
    if v.get("state") == "held":
        return _("The review isn’t public yet."), _("You can answer it once it is published.")
    if v.get("state") == "archived":
        return _("The review is archived."), _("It can be answered when it is public again.")
    return _("The review was removed."), _("No reply is needed any more.")


def _review_not_visible(v: Mapping[str, Any]) -> Sentences:
    if "during_hold" in v:
        return _nothing_to_answer(v)
    if v.get("state") == "archived":
        return (
            _("The review is archived."),
            _("It returns when the reason for that ends, and can be edited then."),
        )
    if v.get("state") == "rejected":
        return _("The review was not published."), _("You can write a new review.")
    return _("The review was removed."), _("You can write a new review.")


FAILED: dict[str, Callable[[Mapping[str, Any]], Sentences]] = {
    "not_signed_in": lambda v: (
        _("You aren’t signed in."),
        _("Sign in to an account that has %(app)s installed.") % v,
    ),
    "not_in_product": lambda v: (
        _("Reviews aren’t written on this page."),
        _("Open the page of %(app)s inside the product and write the review there.") % v,
    ),
    "not_installed": _not_installed,
    "plan_not_commercial": _plan_not_commercial,
    "plan_unknown": _plan_unknown,
    "already_reviewed": _already_reviewed,
    "account_cap_reached": _account_cap_reached,
    "affiliated": _affiliated,
    "operator_staff": _operator_staff,
    "test_account": _test_account,
    "banned": _banned,
    "app_retired": lambda v: (
        _("%(app)s is no longer on the marketplace, so it takes no new reviews.") % v,
        _("If it comes back, you can review it then. Reviews that are there stay.") % v,
    ),
    "editing_not_allowed": _editing_not_allowed,
    "edit_limit_reached": _edit_limit_reached,
    "window_closed": _window_closed,
    "review_not_visible": _review_not_visible,
    "already_replied": lambda v: (
        _("This review already has a reply."),
        _("A new reply is possible if the present one is removed."),
    ),
    "reply_locked": lambda v: (
        _("A moderator removed the earlier reply, and the rules here allow no second one."),
        _("Ask the moderators if it was removed by mistake."),
    ),
    "not_your_app": lambda v: (
        _("%(app)s belongs to another partner.") % v,
        _("Sign in as a member of the partner that makes it."),
    ),
}
