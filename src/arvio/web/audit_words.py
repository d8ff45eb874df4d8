"""The history of a marketplace in words: what happened, to what, by whom, and what was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from arvio.audit.models import AuditRow
from arvio.catalog.models import App, Marketplace
from arvio.people.models import Person
from arvio.web.marketplace_form import LABELS

Words = str | Promise
LONGEST_VALUE = 80

KINDS: dict[str, Words] = {
    "review": gettext_lazy("Review"),
    "case": gettext_lazy("Case"),
    "thread": gettext_lazy("Dispute or appeal"),
    "account": gettext_lazy("Account"),
    "user": gettext_lazy("User"),
    "partner": gettext_lazy("Partner"),
    "app": gettext_lazy("App"),
    "marketplace": gettext_lazy("Marketplace"),
    "webhook": gettext_lazy("Webhook"),
}
# A sentence for each tag, without its values: those stand beside it. In the order of the choice.
TAGS: dict[str, Words] = {
    "review:submitted": gettext_lazy("Review submitted"),
    "review:imported": gettext_lazy("Review imported"),
    "review:published": gettext_lazy("Review published"),
    "review:edited": gettext_lazy("Edited by its author"),
    "review:edit_applied": gettext_lazy("The edit went public"),
    "review:edit_resumed": gettext_lazy("The edit waits again"),
    "review:corrected": gettext_lazy("The words were corrected"),
    "review:archived": gettext_lazy("Review archived"),
    "review:unarchived": gettext_lazy("Back from the archive"),
    "review:rejected": gettext_lazy("Review not published"),
    "review:removed": gettext_lazy("Review removed"),
    "review:restored": gettext_lazy("Review restored"),
    "review:erased": gettext_lazy("The words were erased at the author’s request"),
    "review:forgotten": gettext_lazy(
        "The words were forgotten, as the rules say of what was removed long ago"
    ),
    "reply:sent": gettext_lazy("The partner replied"),
    "reply:changed": gettext_lazy("The partner changed its reply"),
    "reply:removed": gettext_lazy("Reply removed"),
    "reply:restored": gettext_lazy("Reply restored"),
    "case:opened": gettext_lazy("Case opened"),
    "case:report_added": gettext_lazy("Another report"),
    "case:assigned": gettext_lazy("Case given to somebody, or to nobody"),
    "case:proposed": gettext_lazy("Decision proposed"),
    "case:sent_back": gettext_lazy("The proposal was sent back."),
    "case:decided": gettext_lazy("Case decided"),
    "case:appealed": gettext_lazy("Decision appealed"),
    "case:overdue": gettext_lazy("The due time passed. The operators were told."),
    "thread:opened": gettext_lazy("Conversation begun"),
    "thread:closed": gettext_lazy("Conversation closed"),
    "account:banned": gettext_lazy("Account banned"),
    "account:ban_lifted": gettext_lazy("Ban of an account lifted"),
    "account:ban_appealed": gettext_lazy("Ban of an account appealed"),
    "account:ban_appeal_answered": gettext_lazy("Appeal against a ban of an account answered"),
    "user:banned": gettext_lazy("User banned"),
    "user:ban_lifted": gettext_lazy("Ban of a user lifted"),
    "user:ban_appealed": gettext_lazy("Ban of a user appealed"),
    "user:ban_appeal_answered": gettext_lazy("Appeal against a ban of a user answered"),
    "partner:guidelines_accepted": gettext_lazy("Partner read the guidelines"),
    "partner:invited": gettext_lazy("Invited to a partner"),
    "partner:invited_again": gettext_lazy("Invited to a partner again"),
    "partner:invitation_revoked": gettext_lazy("Invitation to a partner taken back"),
    "partner:joined": gettext_lazy("Came to a partner"),
    "partner:member_changed": gettext_lazy("Role at a partner changed"),
    "partner:member_removed": gettext_lazy("Removed from a partner"),
    "partner:left": gettext_lazy("Left a partner"),
    "partner:key_created": gettext_lazy("Key of a partner made"),
    "partner:key_revoked": gettext_lazy("Key of a partner revoked"),
    "webhook:created": gettext_lazy("Webhook made"),
    "webhook:changed": gettext_lazy("Webhook changed"),
    "webhook:rotated": gettext_lazy("Secret of a webhook replaced"),
    "webhook:disabled": gettext_lazy("Webhook turned off"),
    "webhook:deleted": gettext_lazy("Webhook deleted"),
    "marketplace:policy_set": gettext_lazy("Rules changed"),
    "marketplace:guidelines_set": gettext_lazy("Guidelines changed"),
    "marketplace:changed": gettext_lazy("Marketplace changed"),
    "marketplace:clip_set": gettext_lazy("Clip of how to review changed"),
    "marketplace:invited": gettext_lazy("Invited to the staff"),
    "marketplace:invited_again": gettext_lazy("Invited to the staff again"),
    "marketplace:invitation_revoked": gettext_lazy("Invitation to the staff taken back"),
    "marketplace:joined": gettext_lazy("Came to the staff"),
    "marketplace:member_named": gettext_lazy("Named as staff on the server"),
    "marketplace:member_changed": gettext_lazy("Role of staff changed"),
    "marketplace:member_removed": gettext_lazy("Removed from the staff"),
    "marketplace:left": gettext_lazy("Left the staff"),
    "marketplace:place_sold": gettext_lazy("Paid place sold"),
    "marketplace:place_ended": gettext_lazy("Paid place ended"),
    "marketplace:place_called_off": gettext_lazy("Paid place called off"),
    "marketplace:paid_label_set": gettext_lazy("Label of paid places changed"),
}
FACTS: dict[str, Words] = {
    **LABELS,
    "state": gettext_lazy("State"),
    "stars": gettext_lazy("Stars"),
    "version": gettext_lazy("Version"),
    "reason": gettext_lazy("Reason"),
    "outcome": gettext_lazy("Outcome"),
    "rule": pgettext_lazy("of the guidelines", "Rule"),
    "kind": pgettext_lazy("of a member", "Role"),
    "person": gettext_lazy("Person"),
    "to": pgettext_lazy("a case is given", "To"),
    "since": pgettext_lazy("a moment", "From"),
    "until": pgettext_lazy("a moment", "Until"),
    "preset": gettext_lazy("Preset"),
    "effective_at": gettext_lazy("In force from"),
    "key": gettext_lazy("Key"),
}
PEOPLE = ("person", "to")
PAGES = {
    "review": "desk:review",
    "case": "desk:case",
    "thread": "desk:dispute",
    "webhook": "desk:webhook",
}


def rows(found: Sequence[AuditRow], *, marketplace: Marketplace) -> list[dict[str, Any]]:
    """For the page and the file alike; two statements for any number."""
    names = _names(found)
    apps = App.objects.in_bulk([row.app_id for row in found if row.app_id])
    return [_row(row, names, apps.get(row.app_id), marketplace) for row in found]


def _row(
    row: AuditRow, names: Mapping[str, str], app: App | None, marketplace: Marketplace
) -> dict[str, Any]:
    kind, _colon, pk = row.subject.partition(":")
    return {
        "row": row,
        "what": TAGS.get(row.tag, row.tag),
        "kind": KINDS.get(kind, kind),
        "subject": pk,
        "url": _url(row, kind, pk, marketplace),
        "app": app,
        "by": by(row.actor, names),
        "facts": facts(row.before or {}, row.after or {}, names),
    }


def by(actor: str, names: Mapping[str, str]) -> str:
    """Staff and members by name; customers by no name, as on the desk."""
    kind, _colon, _pk = actor.partition(":")
    return {
        "person": names.get(actor) or _("Somebody who isn’t here any more"),
        "user": _("A customer"),
        "visitor": _("A visitor"),
        "command": _("A command on the server"),
        "demo": _("A command on the server"),
        "policy": _("The rules, by the worker"),
        "worker": _("The rules, by the worker"),
    }.get(kind, actor)


def facts(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each fact with what it was and what it is."""
    keys = [*after, *(key for key in before if key not in after)]
    return [
        {
            "label": FACTS.get(key, key),
            "before": value(key, before[key], names) if key in before else None,
            "after": value(key, after[key], names) if key in after else None,
        }
        for key in keys
    ]


def value(key: str, given: Any, names: Mapping[str, str]) -> str:
    if given is None or given == "" or given == []:
        return "–"
    if key in PEOPLE:
        return names.get(f"person:{given}", str(given))
    if isinstance(given, bool):
        return _("yes") if given else _("no")
    if isinstance(given, Mapping):
        text = ", ".join(f"{name}: {one}" for name, one in given.items())
    elif isinstance(given, list):
        text = ", ".join(map(str, given))
    else:
        text = str(given)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _url(row: AuditRow, kind: str, pk: str, marketplace: Marketplace) -> str:
    """Where the thing can be looked at; empty where no page shows it."""
    if kind in PAGES:
        return reverse(PAGES[kind], args=[UUID(pk)])
    if row.tag.startswith("marketplace:place_") or row.tag == "marketplace:paid_label_set":
        return reverse("operator:placements")
    return {
        "marketplace:policy_set": reverse("operator:policy"),
        "marketplace:guidelines_set": reverse("web:guidelines", args=[marketplace.slug]),
        "marketplace:changed": reverse("operator:marketplace"),
    }.get(row.tag, "")


def _names(found: Sequence[AuditRow]) -> dict[str, str]:
    """By actor, of those who acted and those who are named in the facts; one statement."""
    ids: set[str] = {row.actor[7:] for row in found if row.actor.startswith("person:")}
    for row in found:
        for said in (row.before or {}, row.after or {}):
            ids |= {str(said[key]) for key in PEOPLE if said.get(key)}
    people = Person.objects.filter(pk__in=[one for one in map(_uuid, ids) if one])
    return {f"person:{person.pk}": person.name or person.email for person in people}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
