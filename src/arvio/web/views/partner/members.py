"""Members of a partner: who they are, who is invited; an owner manages them (FEATURES R64)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from arvio import clock
from arvio.catalog import inviting
from arvio.catalog.errors import MemberRefused
from arvio.catalog.members import Member
from arvio.people.models import Role
from arvio.web.inviting_form import InviteForm
from arvio.web.views.partner.access import partner_page, render

KINDS = (
    ("owner", gettext_lazy("Owner")),
    ("replier", gettext_lazy("Replier")),
    ("reader", gettext_lazy("Reader")),
)


def sentence(code: str) -> str:
    """What a refusal means, and what one can do."""
    return {
        "not_allowed": _("Only an owner can do that, and you aren’t one any more."),
        "no_such_member": _("That person isn’t a member any more."),
        "no_such_key": _("That key was revoked already."),
        "already_member": _("Somebody with this address is a member already."),
        "already_invited": _("This address is invited already. You can send the link again below."),
        "too_many": _("No more will fit. Take back what isn’t needed first."),
        "last_owner": _("A partner keeps one owner. Make somebody else an owner first."),
        "closed": _("That invitation isn’t open any more."),
    }[code]


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page()
def members(request: HttpRequest, member: Member) -> HttpResponse:
    form = InviteForm(offered=member.marketplace.languages, kinds=KINDS)
    if request.method == "POST":
        form = InviteForm(request.POST, offered=member.marketplace.languages, kinds=KINDS)
        if not member.may("manage"):
            raise PermissionDenied("manage")
        if form.is_valid() and _invite(request, member, form):
            return _back()
    return _show(request, member, form)


def _invite(request: HttpRequest, member: Member, form: InviteForm) -> bool:
    given = form.cleaned_data
    try:
        inviting.invite(
            place=member.partner,
            by=member,
            email=given["email"],
            name=given["name"],
            kind=given["kind"],
            language=given["language"],
            now=clock.now(),
            real_now=clock.real(),
        )
    except MemberRefused as refusal:
        form.add_error("email", sentence(refusal.code))
        return False
    messages.success(request, _("A link is on its way to %(email)s.") % {"email": given["email"]})
    return True


def _show(request: HttpRequest, member: Member, form: InviteForm) -> HttpResponse:
    roles = Role.objects.filter(place_id=member.partner.pk, kind__in=Role.MEMBER_KINDS)
    listed = roles.select_related("person").order_by("person__name", "person__email")
    context = {
        "settings_section": "members",
        "roles": [(role, dict(KINDS)[role.kind]) for role in listed],
        "kinds": KINDS,
        "invitations": [
            (made, dict(KINDS)[made.kind], made.expires_at > clock.real())
            for made in inviting.waiting(place=member.partner)
        ],
        "manages": member.may("manage"),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(
        request, member, "web/partner/members.html", context, section="settings", status=status
    )


@require_POST
@partner_page("manage", back="partner:members")
def change(request: HttpRequest, member: Member, person: UUID) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in dict(KINDS):
        raise Http404(kind)
    try:
        inviting.change_kind(by=member, person_id=person, kind=kind, now=clock.now())
    except MemberRefused as refusal:
        messages.error(request, sentence(refusal.code))
    else:
        messages.success(request, _("The role is changed."))
    return _back()


@require_POST
@partner_page("manage", back="partner:members")
def invitation(request: HttpRequest, member: Member, invitation: UUID) -> HttpResponse:
    """Send the link again, or take the invitation back."""
    try:
        if request.POST.get("action") == "revoke":
            inviting.revoke(
                invitation_id=invitation, by=member, now=clock.now(), real_now=clock.real()
            )
            messages.success(request, _("The invitation is taken back; its link opens nothing."))
        else:
            sent = inviting.resend(
                invitation_id=invitation, by=member, now=clock.now(), real_now=clock.real()
            )
            email = sent.invitation.email
            messages.success(request, _("A link is on its way to %(email)s.") % {"email": email})
    except MemberRefused as refusal:
        messages.error(request, sentence(refusal.code))
    return _back()


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page("manage")
def remove(request: HttpRequest, member: Member, person: UUID) -> HttpResponse:
    role = (
        Role.objects.select_related("person")
        .filter(place_id=member.partner.pk, kind__in=Role.MEMBER_KINDS, person_id=person)
        .first()
    )
    if role is None or person == member.person.pk:
        raise Http404("no such member")
    if request.method == "POST":
        try:
            inviting.remove_member(by=member, person_id=person, now=clock.now())
        except MemberRefused as refusal:
            messages.error(request, sentence(refusal.code))
        else:
            messages.success(request, _("The member is removed."))
        return _back()
    names = {"name": role.person.name or role.person.email, "partner": member.partner.name}
    text = _(
        "They won’t see the reviews of %(partner)s any more, and their API keys stop working at "
        "once. What they have replied stays."
    )
    context = {
        "settings_section": "members",
        "heading": _("Remove %(name)s?") % names,
        "text": text % names,
        "button": _("Remove the member"),
        "back_url": reverse("partner:members"),
    }
    return render(request, member, "web/partner/confirm.html", context, section="settings")


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page()
def leave(request: HttpRequest, member: Member) -> HttpResponse:
    if request.method == "POST":
        try:
            inviting.leave(member=member, now=clock.now())
        except MemberRefused as refusal:
            messages.error(request, sentence(refusal.code))
            return _back()
        return HttpResponseRedirect(reverse("partner:inbox"))
    names = {"partner": member.partner.name}
    text = _(
        "You won’t see these reviews any more, and your API keys stop working at once. Only an "
        "owner can invite you again."
    )
    context = {
        "settings_section": "members",
        "heading": _("Leave %(partner)s?") % names,
        "text": text,
        "button": _("Leave"),
        "back_url": reverse("partner:members"),
    }
    return render(request, member, "web/partner/confirm.html", context, section="settings")


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("partner:members"))
