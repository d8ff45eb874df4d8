"""How people sign in, where it differs from what django-allauth does by itself.

Nobody makes an account: a person is there because a server, an operator or an invitation named
them. So every address of a person is theirs, and no other address leads to a person.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache

from arvio import clock
from arvio.catalog import members, staff
from arvio.people.letters import letter
from arvio.people.models import Person
from arvio.web import language
from arvio.web.templatetags.look import sentence

PREFIX = "/accounts/"


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where a person's work is: staff who belong to no partner find it on the desk."""
        person = request.user
        if (
            isinstance(person, Person)
            and staff.desks(person=person)
            and not members.memberships(person=person)
        ):
            return reverse("desk:cases")
        return super().get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        """The text is the mail; its HTML shows the same paragraphs."""
        subject = sentence(render_to_string(f"{template_prefix}_subject.txt", context))
        text = render_to_string(f"{template_prefix}_message.txt", context)
        return letter(
            to=[email] if isinstance(email, str) else email,
            subject=subject,
            text=text,
            code=context.get("code", ""),
        )


class Providers(DefaultSocialAccountAdapter):
    """Another provider says who somebody is, never that there is somebody new."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def authenticate_by_email(self, sociallogin: SocialLogin) -> Any:
        # Some providers write the claim as text, in which "false" would count as true.
        for address in sociallogin.email_addresses:
            address.verified = address.verified in (True, "true")
        return super().authenticate_by_email(sociallogin)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("mfa_index")))
        person = sociallogin.user
        if isinstance(person, Person) and sociallogin.is_existing and not sociallogin.account.pk:
            # Without this row allauth takes the password for one that somebody else has set.
            EmailAddress.objects.get_or_create(
                user=person, email=person.email, defaults={"verified": True, "primary": True}
            )

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("mfa_index")


def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Allauth's pages speak a signed-in person's language, and no cache keeps them."""

    @never_cache
    @wraps(view)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if isinstance(request.user, Person):
            language.settle(request, offered=list(language.NAMES), locale=request.user.language)
        return view(request, *args, **kwargs)

    return speaking


def around(request: HttpRequest) -> dict[str, Any]:
    """A context processor: what pages carry (see `pages.page`) when allauth renders them."""
    if not request.path.startswith(PREFIX):
        return {}
    # Nobody is known yet where a wrong host is refused.
    user = getattr(request, "user", None)
    person = user if isinstance(user, Person) else None
    return {
        "now": clock.now(),
        "languages": language.switch(request, offered=list(language.NAMES)),
        "LANGUAGE_CODE": language.current(),
        "person": person,
        "memberships": members.memberships(person=person) if person else [],
        "desks": staff.desks(person=person) if person else [],
    }
