"""Of allauth's pages those that we need, by the names that it looks for; the rest aren't there."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as providers
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from arvio.web.signing_in import page
from arvio.web.views.accounts import invitation

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="mfa_index")),
    path("login/", page(account.login), name="account_login"),
    path("login/code/", page(account.request_login_code), name="account_request_login_code"),
    path(
        "login/code/confirm/", page(account.confirm_login_code), name="account_confirm_login_code"
    ),
    path("logout/", page(account.logout), name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", page(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", page(account.password_change), name="account_change_password"),
    path("password/set/", page(account.password_set), name="account_set_password"),
    path("password/reset/", page(account.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        page(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        page(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        page(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("invitation/<str:token>/", invitation.open_invitation, name="invitation"),
    path("security/", page(mfa.index), name="mfa_index"),
    path("security/authenticate/", page(mfa.authenticate), name="mfa_authenticate"),
    path("security/reauthenticate/", page(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("security/totp/activate/", page(totp.activate_totp), name="mfa_activate_totp"),
    path("security/totp/deactivate/", page(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("security/codes/", page(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "security/codes/generate/",
        page(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "security/codes/download/",
        page(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("oidc/cancelled/", providers.login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/error/", providers.login_error, name="socialaccount_login_error"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
