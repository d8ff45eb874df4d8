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
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from arvio import clock
from arvio.catalog import members
from arvio.people.models import Person
from arvio.web import language

PREFIX = "/accounts/"


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whoever signs in comes back to this service, over no worse a connection."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

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
        subject = render_to_string(f"{template_prefix}_subject.txt", context)
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


def letter(*, to: list[str], subject: str, text: str, code: str = "") -> EmailMultiAlternatives:
    """A mail in text and, paragraph by paragraph, in HTML."""
    paragraphs = [part.strip() for part in text.strip().split("\n\n") if part.strip()]
    message = EmailMultiAlternatives(" ".join(subject.split()), "\n\n".join(paragraphs), to=to)
    body = {"subject": message.subject, "paragraphs": paragraphs, "code": code}
    message.attach_alternative(render_to_string("account/email/frame.html", body), "text/html")
    return message


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Allauth's pages speak a signed-in person's language."""

    @wraps(view)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, Person):
            language.settle(request, offered=list(language.NAMES), locale=request.user.language)
        return view(request, *args, **kwargs)

    return speaking


def around(request: HttpRequest) -> dict[str, Any]:
    """A context processor: what pages carry (see `pages.page`) when allauth renders them."""
    if not request.path.startswith(PREFIX):
        return {}
    person = request.user if isinstance(request.user, Person) else None
    return {
        "now": clock.now(),
        "languages": language.switch(request, offered=list(language.NAMES)),
        "LANGUAGE_CODE": language.current(),
        "person": person,
        "memberships": members.memberships(person=person) if person else [],
    }
