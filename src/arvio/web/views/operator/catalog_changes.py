"""What an operator changes in the catalog. Each shows what it will do before it is done, and does
what the API's route of the same name does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog import changing, finding, inviting, queries, renaming
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import Account, App, Partner
from arvio.catalog.rules import search_text
from arvio.catalog.staff import Moderator
from arvio.connect import hanging, merging
from arvio.people.models import Role
from arvio.web.forms import draft_answers
from arvio.web.templatetags.look import number
from arvio.web.views.operator.access import operator_page, render
from arvio.web.views.operator.catalog import SECTION, url

METHODS = ["GET", "HEAD", "POST"]


def _done(thing: Any, what: str) -> HttpResponse:
    return HttpResponseRedirect(f"{url(thing)}?done={what}", status=303)


def _typed(request: HttpRequest, name: str, longest: int = 200) -> str:
    asked = request.POST if request.method == "POST" else request.GET
    return str(draft_answers({name: asked.get(name, "")})[name])[:longest].strip()


def _confirm(
    request: HttpRequest, operator: Moderator, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    template = "web/operator/catalog_confirm.html"
    return render(request, operator, template, context, section=SECTION, status=status)


def _choose(request: HttpRequest, operator: Moderator, kind: str, **words: Any) -> HttpResponse:
    """Find the partner or the account that the change is about; it comes back as `to`."""
    q = _typed(request, "q")
    found = finding.page(marketplace=operator.marketplace, kind=kind, q=q) if q else None
    rows = [row for row in (found.rows if found else ()) if row.pk != words["but"]]
    context = {**words, "q": q, "rows": rows, "more": bool(found and found.next)}
    template = "web/operator/catalog_choose.html"
    return render(request, operator, template, context, section=SECTION)


@require_http_methods(METHODS)
@operator_page()
def move(request: HttpRequest, operator: Moderator, pk: UUID) -> HttpResponse:
    app: App = finding.one(marketplace=operator.marketplace, kind="apps", pk=pk)
    title = _("Move %(app)s to another partner") % {"app": app.name}
    back = url(app)
    if not (ref := _typed(request, "to")):
        lead = _("Its partner is %(name)s. Find the one that it goes to.") % {
            "name": app.partner.name
        }
        return _choose(
            request, operator, "partners", title=title, lead=lead, back=back, but=app.partner_id
        )
    partner = queries.partner(marketplace=operator.marketplace, ref=ref)
    if request.method == "POST":
        changing.move_app(app=app, partner=partner, actor=operator.actor, now=clock.now())
        return _done(app, "moved")
    context = {
        "title": title,
        "to": ref,
        "back": back,
        "lead": _("From %(old)s to %(new)s.") % {"old": app.partner.name, "new": partner.name},
        "will": _will_move(app, partner),
        "button": _("Move it to %(name)s") % {"name": partner.name},
    }
    return _confirm(request, operator, context)


def _will_move(app: App, partner: Partner) -> list[str]:
    found = hanging.of_app(app=app)
    names = {"old": app.partner.name, "new": partner.name}
    return [
        ngettext("%(n)s review goes along.", "%(n)s reviews go along.", found.reviews)
        % {"n": number(found.reviews)},
        _("Unanswered among them: %(n)s.") % {"n": number(found.unanswered)},
        _("Open disputes, drafts and links go along: %(new)s carries them on.") % names,
        _("Replies of %(old)s stay as they are.") % names,
        _("Reviews by people of %(new)s go to the archive; those by people of %(old)s return.")
        % names,
    ]


@require_http_methods(METHODS)
@operator_page()
def retire(request: HttpRequest, operator: Moderator, pk: UUID) -> HttpResponse:
    """Retire an app, or bring it back; the form says which of the two it was drawn for."""
    app: App = finding.one(marketplace=operator.marketplace, kind="apps", pk=pk)
    now = clock.now()
    if request.method == "POST":
        retired = request.POST.get("to") == "retired"
        changing.set_retired(app=app, retired=retired, actor=operator.actor, now=now)
        return _done(app, "retired" if retired else "back")
    if app.retired:
        context = {
            "title": _("Bring %(app)s back") % {"app": app.name},
            "will": [_("It is listed again, and takes new reviews at once.")],
            "button": _("Bring it back"),
            "to": "back",
        }
    else:
        context = {
            "title": _("Retire %(app)s") % {"app": app.name},
            "will": [
                _("It leaves the list of apps; its page can still be read."),
                _("Its reviews and replies stay, and the partner can still answer."),
                _("It takes no new reviews, and nobody is asked for one."),
            ],
            "button": _("Retire it"),
            "to": "retired",
        }
    return _confirm(request, operator, {**context, "back": url(app)})


@require_http_methods(METHODS)
@operator_page()
def rename(request: HttpRequest, operator: Moderator, pk: UUID) -> HttpResponse:
    account: Account = finding.one(marketplace=operator.marketplace, kind="accounts", pk=pk)
    typed = _typed(request, "id", 101)
    error = ""
    if request.method == "POST":
        error = _ref_problem(typed)
        if not error:
            try:
                made = renaming.rename_account(
                    marketplace=operator.marketplace,
                    ref=account.ref,
                    to=typed,
                    actor=operator.actor,
                    now=clock.now(),
                )
                return _done(made, "renamed")
            except InvalidFact:
                error = _("Another account has this id. Merge the two instead.")
    context = {
        "title": _("Change the id of %(name)s") % {"name": account.name},
        "lead": _("It is %(ref)s now.") % {"ref": account.ref},
        "will": [
            _("It stays the same account, with everything that it has."),
            _("What still names the old id reaches it."),
        ],
        "button": _("Change the id"),
        "field": {"name": "id", "label": _("New id"), "value": typed, "most": 100},
        "error": error,
        "back": url(account),
    }
    return _confirm(request, operator, context, 422 if error else 200)


def _ref_problem(ref: str) -> str:
    if not ref:
        return _("Give the id that the platform uses.")
    if "/" in ref or len(ref) > 100 or not ref.isprintable() or not queries.storable(ref):
        return _("An id has no slash, and at most 100 characters.")
    return ""


@require_http_methods(METHODS)
@operator_page()
def merge(request: HttpRequest, operator: Moderator, pk: UUID) -> HttpResponse:
    account: Account = finding.one(marketplace=operator.marketplace, kind="accounts", pk=pk)
    title = _("Merge %(name)s into another account") % {"name": account.name}
    back = url(account)
    target = _target(request, operator, account)
    if target is None:
        lead = _("Find the account that takes everything over.")
        return _choose(
            request, operator, "accounts", title=title, lead=lead, back=back, but=account.pk
        )
    typed, error = _typed(request, "name"), ""
    if request.method == "POST":
        if search_text(typed) == search_text(account.name):
            made = merging.merge_accounts(
                marketplace=operator.marketplace,
                ref=account.ref,
                into=target.ref,
                actor=operator.actor,
                now=clock.now(),
            )
            return _done(made, "merged")
        error = _("Type the name of the account that goes: %(name)s") % {"name": account.name}
    context = {
        "title": title,
        "lead": _("Into %(name)s, %(ref)s. This can’t be undone.")
        % {"name": target.name, "ref": target.ref},
        "will": _will_merge(account, target),
        "button": _("Merge into %(name)s") % {"name": target.name},
        "grave": True,
        "to": target.ref,
        "field": {
            "name": "name",
            "label": _("To confirm, type %(name)s") % {"name": account.name},
            "value": typed,
            "most": 200,
        },
        "error": error,
        "back": back,
    }
    return _confirm(request, operator, context, 422 if error else 200)


def _target(request: HttpRequest, operator: Moderator, account: Account) -> Account | None:
    ref = _typed(request, "to")
    if not ref:
        return None
    found = queries.account(marketplace=operator.marketplace, ref=ref)
    return None if found.pk == account.pk else found


def _will_merge(old: Account, new: Account) -> list[str]:
    found = hanging.to_merge(old=old, new=new)
    counts = found.old
    goes = [
        ngettext("%(n)s user", "%(n)s users", counts.users) % {"n": number(counts.users)},
        ngettext("%(n)s installation", "%(n)s installations", counts.installations)
        % {"n": number(counts.installations)},
        ngettext("%(n)s review", "%(n)s reviews", counts.reviews) % {"n": number(counts.reviews)},
    ]
    will = [_("These go to %(name)s: %(things)s.") % {"name": new.name, "things": ", ".join(goes)}]
    if found.same:
        will.append(
            ngettext(
                "%(n)s user is in both accounts and becomes one person.",
                "%(n)s users are in both accounts and become one person each.",
                found.same,
            )
            % {"n": number(found.same)}
        )
    will += _doubles(found.doubles, found.double_count)
    if counts.bans:
        will.append(
            ngettext("%(n)s ban goes along.", "%(n)s bans go along.", counts.bans)
            % {"n": number(counts.bans)}
        )
    return [
        *will,
        _("What still names the id %(ref)s reaches %(name)s.") % {"ref": old.ref, "name": new.name},
    ]


def _doubles(shown: Sequence[hanging.Double], count: int) -> list[str]:
    said = [
        _("%(user)s has reviewed %(app)s from both and keeps both reviews.")
        % {"user": one.user, "app": one.app}
        for one in shown
    ]
    if count > len(shown):
        left = count - len(shown)
        said.append(
            ngettext("So does %(n)s person more.", "So do %(n)s people more.", left)
            % {"n": number(left)}
        )
    return said


@require_http_methods(METHODS)
@operator_page()
def remove(request: HttpRequest, operator: Moderator, pk: UUID, person: UUID) -> HttpResponse:
    partner: Partner = finding.one(marketplace=operator.marketplace, kind="partners", pk=pk)
    roles = Role.objects.select_related("person").filter(
        place_id=partner.pk, kind__in=Role.MEMBER_KINDS
    )
    role = roles.filter(person=person).first()
    if role is None:
        if request.method == "POST":
            return _done(partner, "removed")
        raise NotFound("member", "There is no such member of this partner.")
    if request.method == "POST":
        inviting.end_membership(
            partner=partner, email=role.person.email, actor=operator.actor, now=clock.now()
        )
        return _done(partner, "removed")
    name = role.person.name or role.person.email
    will = [
        _("They can’t open the partner’s pages any more, and their keys stop at once."),
        _("Replies that they wrote stay: they are the partner’s."),
        _("Their own reviews are looked at again."),
    ]
    if role.kind == Role.Kind.OWNER and roles.filter(kind=Role.Kind.OWNER).count() == 1:
        will.append(_("They are the last owner: nobody is left who can invite others."))
    context = {
        "title": _("Remove %(name)s from %(partner)s") % {"name": name, "partner": partner.name},
        "lead": role.person.email,
        "will": will,
        "button": _("Remove the member"),
        "grave": True,
        "back": url(partner),
    }
    return _confirm(request, operator, context)


@require_http_methods(METHODS)
@operator_page()
def email(request: HttpRequest, operator: Moderator, pk: UUID) -> HttpResponse:
    user = finding.one(marketplace=operator.marketplace, kind="users", pk=pk)
    if user.erased_at:
        raise NotFound("user", "This user was erased.")
    typed, error = user.email, ""
    if request.method == "POST":
        typed = _typed(request, "email", 255)
        error = _email_problem(typed)
        if not error:
            changing.change_email(user=user, email=typed, actor=operator.actor, now=clock.now())
            return _done(user, "email")
    context = {
        "title": _("Change the e-mail address of %(name)s") % {"name": user.name or user.ref},
        "will": [
            _("Mail that waits goes to the new address."),
            _("Reviews are looked at again: an address of a partner or of staff may not review."),
            _("Who has ended mails gets none at the new address either."),
        ],
        "button": _("Change the address"),
        "field": {"name": "email", "label": _("E-mail"), "value": typed, "most": 254},
        "error": error,
        "back": url(user),
    }
    return _confirm(request, operator, context, 422 if error else 200)


def _email_problem(typed: str) -> str:
    if not typed:
        return ""
    try:
        validate_email(typed)
    except ValidationError:
        return _("Give an e-mail address such as name@example.com.")
    return "" if len(typed) <= 254 else _("Give an e-mail address such as name@example.com.")
