"""The door that an invitation opens: a new person sets a password, a known one presses a button."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from arvio import clock
from arvio.catalog import inviting
from arvio.catalog.doors import Place, door
from arvio.catalog.errors import MemberRefused
from arvio.catalog.members import Member
from arvio.people.models import Invitation, Person
from arvio.web import pages
from arvio.web.staff_words import STAFF_KINDS
from arvio.web.views.desk.access import act_for as act_at
from arvio.web.views.partner.access import act_for
from arvio.web.views.partner.members import KINDS


class ArrivalForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "password" in given:
            person = Person(email=self.email, name=given.get("name", ""))
            try:
                validate_password(given["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return given


@never_cache
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Nothing tells a link that was used, withdrawn or too old from one that never was."""
    found = inviting.opened(token=token, real_now=clock.real())
    if found is None:
        return _page(request, "closed", {}, status=404)
    made, place = found
    pages.settle(request, door(place).marketplace, locale=made.language)
    if not isinstance(request.user, Person):
        if inviting.is_known(made.email):
            return _first_sign_in(request, made, place)
        return _arrive(request, token, made, place)
    if request.user.email != made.email:
        return _page(request, "other", _shown(made, place))
    if request.method == "POST":
        return _join(request, token, request.user)
    return _page(request, "join", _shown(made, place))


def _first_sign_in(request: HttpRequest, made: Invitation, place: Place) -> HttpResponse:
    if request.method == "POST":
        return redirect_to_login(request.path)
    return _page(request, "sign_in", _shown(made, place))


def _arrive(request: HttpRequest, token: str, made: Invitation, place: Place) -> HttpResponse:
    if request.method == "POST":
        form = ArrivalForm(request.POST, email=made.email)
        if form.is_valid():
            given = form.cleaned_data
            return _join(request, token, None, name=given["name"], password=given["password"])
    else:
        form = ArrivalForm(initial={"name": made.name}, email=made.email)
    context = {**_shown(made, place), "form": form}
    return _page(request, "arrive", context, status=422 if form.errors else 200)


def _join(
    request: HttpRequest, token: str, person: Person | None, *, name: str = "", password: str = ""
) -> HttpResponse:
    try:
        member = inviting.accept(
            token=token,
            person=person,
            name=name,
            password=password,
            now=clock.now(),
            real_now=clock.real(),
        )
    except MemberRefused:
        # Somebody was quicker by an instant: what stands now is on the page.
        return HttpResponseRedirect(request.path)
    target = reverse("partner:members" if isinstance(member, Member) else "desk:cases")
    response: HttpResponse = HttpResponseRedirect(target)
    if person is None:
        response = perform_login(request, member.person, redirect_url=target)
    if isinstance(member, Member):
        act_for(request, member.partner.pk)
    else:
        act_at(request, member.marketplace.pk)
    return response


def _shown(made: Invitation, place: Place) -> dict[str, Any]:
    kinds = {**dict(KINDS), **STAFF_KINDS}
    return {
        "invitation": made,
        "place": place,
        "host": door(place).marketplace,
        "kind": kinds[made.kind],
    }


def _page(
    request: HttpRequest, state: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return pages.page(
        request,
        "account/invitation.html",
        {**context, "state": state},
        marketplace=context.get("host"),
        now=clock.now(),
        status=status,
    )
