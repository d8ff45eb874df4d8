"""A partner's API keys: a member's own, and for an owner everybody's."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog.errors import MemberRefused
from arvio.catalog.keys import create_key, key_of, keys_of, revoke_key
from arvio.catalog.members import Member
from arvio.web.views.partner.access import partner_page, render
from arvio.web.views.partner.members import sentence


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What is the key for?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page()
def keys(request: HttpRequest, member: Member) -> HttpResponse:
    """The list, and a new key. The key is in the answer to the POST and nowhere else."""
    form, token = KeyForm(), ""
    if request.method == "POST":
        form = KeyForm(request.POST)
        if form.is_valid():
            try:
                token = create_key(member=member, name=form.cleaned_data["name"], now=clock.now())
            except MemberRefused as refusal:
                form.add_error("name", sentence(refusal.code))
            else:
                form = KeyForm()
    context = {
        "settings_section": "keys",
        "form": form,
        "token": token,
        "keys": keys_of(member=member),
        "manages": member.may("manage"),
    }
    status = 422 if form.errors else 200
    return render(
        request, member, "web/partner/keys.html", context, section="settings", status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page()
def revoke(request: HttpRequest, member: Member, key: UUID) -> HttpResponse:
    try:
        found = key_of(member=member, key_id=key)
        if request.method == "POST":
            revoke_key(member=member, key_id=key, now=clock.now())
            messages.success(request, _("The key is revoked."))
            return HttpResponseRedirect(reverse("partner:keys"))
    except MemberRefused as refusal:
        raise Http404(refusal.code) from None
    context = {
        "settings_section": "keys",
        "heading": _("Revoke the key “%(name)s”?") % {"name": found.name},
        "text": _("Programs that use it are refused from this moment on. It can’t be undone."),
        "button": _("Revoke the key"),
        "back_url": reverse("partner:keys"),
    }
    return render(request, member, "web/partner/confirm.html", context, section="settings")
