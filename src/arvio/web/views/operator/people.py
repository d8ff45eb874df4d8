"""A marketplace's staff: who is there, as what, and who is invited."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arvio import clock
from arvio.catalog import doors, inviting, roster
from arvio.catalog.doors import Place
from arvio.catalog.errors import MemberRefused
from arvio.catalog.staff import Moderator
from arvio.people.models import Invitation, Person, Role
from arvio.web.inviting_form import InviteForm
from arvio.web.staff_words import STAFF_KINDS, refused
from arvio.web.views.operator.access import operator_page, render

SECTION = "people"
PAGE, OWNERS = "operator:people", "operator:people_owners"
METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@operator_page(back=PAGE)
def people(request: HttpRequest, operator: Moderator) -> HttpResponse:
    form = _invite_form(request, operator)
    sent = request.method == "POST" and form.is_valid()
    if sent and send(request, operator, operator.marketplace, form):
        return HttpResponseRedirect(reverse(PAGE), status=303)
    return _show(request, operator, form)


def _invite_form(request: HttpRequest, operator: Moderator) -> InviteForm:
    return InviteForm(
        request.POST if request.method == "POST" else None,
        offered=operator.marketplace.languages,
        kinds=list(STAFF_KINDS.items()),
        usual="moderator",
    )


def send(request: HttpRequest, operator: Moderator, place: Place, form: InviteForm) -> bool:
    """Invite whom the form names; what is refused stands beside the address."""
    given = form.cleaned_data
    try:
        inviting.invite(
            place=place,
            by=operator,
            email=given["email"],
            name=given["name"],
            kind=given["kind"],
            language=given["language"],
            now=clock.now(),
            real_now=clock.real(),
        )
    except MemberRefused as refusal:
        form.add_error("email", refused(refusal.code))
        return False
    messages.success(request, _("A link is on its way to %(email)s.") % {"email": given["email"]})
    return True


def _show(request: HttpRequest, operator: Moderator, form: InviteForm) -> HttpResponse:
    real_now, marketplace = clock.real(), operator.marketplace
    context = {
        "sitting": [
            {"one": one, "kind": STAFF_KINDS[one.role.kind], "me": one.person == operator.person}
            for one in roster.sitting(marketplace=marketplace)
        ],
        "kinds": list(STAFF_KINDS.items()),
        "invitations": [
            (made, STAFF_KINDS[made.kind], roster.is_open(made, real_now))
            for made in inviting.waiting(place=marketplace)
        ],
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(
        request, operator, "web/operator/people.html", context, section=SECTION, status=status
    )


@require_POST
@operator_page(back=PAGE)
def change(request: HttpRequest, operator: Moderator, person: UUID) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in STAFF_KINDS:
        raise Http404(kind)
    try:
        inviting.change_kind(by=operator, person_id=person, kind=kind, now=clock.now())
    except MemberRefused as refusal:
        messages.error(request, refused(refusal.code))
    else:
        messages.success(request, _("The role is changed."))
    return HttpResponseRedirect(reverse(PAGE), status=303)


@require_POST
@operator_page(back=PAGE)
def invitation(request: HttpRequest, operator: Moderator, invitation: UUID) -> HttpResponse:
    """Send the link again, or take the invitation back: of staff, or of a partner's owner."""
    marketplace = operator.marketplace
    made = Invitation.objects.filter(pk=invitation, marketplace_id=marketplace.pk).first()
    if made is None:
        raise Http404("no such invitation")
    place = doors.find(place_id=made.place_id, marketplace_id=marketplace.pk)
    if place is None:
        raise Http404("no such place")
    now, real_now = clock.now(), clock.real()
    try:
        if request.POST.get("action") == "revoke":
            inviting.revoke(
                invitation_id=made.pk, by=operator, place=place, now=now, real_now=real_now
            )
            messages.success(request, _("The invitation is taken back; its link opens nothing."))
        else:
            inviting.resend(
                invitation_id=made.pk, by=operator, place=place, now=now, real_now=real_now
            )
            email = {"email": made.email}
            messages.success(request, _("A link is on its way to %(email)s.") % email)
    except MemberRefused as refusal:
        messages.error(request, refused(refusal.code))
    to = PAGE if place == marketplace else OWNERS
    return HttpResponseRedirect(reverse(to), status=303)


@require_http_methods(METHODS)
@operator_page()
def remove(request: HttpRequest, operator: Moderator, person: UUID) -> HttpResponse:
    """Somebody else, or oneself."""
    roles = Role.objects.select_related("person").filter(
        place_id=operator.marketplace.pk, kind__in=Role.STAFF_KINDS
    )
    role = roles.filter(person_id=person).first()
    if role is None:
        raise Http404("not on the staff")
    mine = role.person == operator.person
    if request.method != "POST":
        return _ask(request, operator, role.person, mine=mine)
    try:
        inviting.remove_member(by=operator, person_id=person, now=clock.now())
    except MemberRefused as refusal:
        messages.error(request, refused(refusal.code))
        return HttpResponseRedirect(reverse(PAGE), status=303)
    messages.success(request, _("They aren’t on the staff any more."))
    return HttpResponseRedirect(reverse("web:front" if mine else PAGE), status=303)


def _ask(request: HttpRequest, operator: Moderator, person: Person, *, mine: bool) -> HttpResponse:
    names = {"name": person.name or person.email, "marketplace": operator.marketplace.name}
    context = {
        "heading": (_("Leave the staff of %(marketplace)s?") if mine else _("Remove %(name)s?"))
        % names,
        "text": _(
            "The desk and these pages close at once, also where somebody is signed in, and API "
            "keys for the desk are revoked. Cases that were taken wait for whoever comes. What was "
            "decided stays, with the name."
        ),
        "button": _("Leave") if mine else _("Remove from the staff"),
        "back_url": reverse(PAGE),
    }
    return render(request, operator, "web/operator/confirm.html", context, section=SECTION)
