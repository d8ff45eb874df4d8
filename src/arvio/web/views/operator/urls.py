"""Each of the operator's rooms adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.operator import (
    access,
    bans,
    guidelines,
    home,
    keys,
    prompts,
    token_secret,
    webhooks,
)

app_name = "operator"
urlpatterns = [
    path("", home.home, name="home"),
    path("switch/", access.switch, name="switch"),
    path("keys/", keys.listing, name="keys"),
    path("keys/secret/rotate/", token_secret.rotate, name="secret_rotate"),
    path("keys/secret/end/", token_secret.end, name="secret_end"),
    path("keys/<uuid:key>/rotate/", keys.rotate, name="key_rotate"),
    path("keys/<uuid:key>/revoke/", keys.revoke, name="key_revoke"),
    path("webhooks/", webhooks.listing, name="webhooks"),
    path("webhooks/new/", webhooks.new, name="webhooks_new"),
    path("webhooks/<uuid:webhook>/", webhooks.one, name="webhook"),
    path("webhooks/<uuid:webhook>/edit/", webhooks.edit, name="webhook_edit"),
    path("webhooks/<uuid:webhook>/switch/", webhooks.switch, name="webhook_switch"),
    path("webhooks/<uuid:webhook>/test/", webhooks.test, name="webhook_test"),
    path("webhooks/<uuid:webhook>/rotate/", webhooks.rotate, name="webhook_rotate"),
    path("webhooks/<uuid:webhook>/delete/", webhooks.delete, name="webhook_delete"),
    path("webhooks/<uuid:webhook>/redeliver/", webhooks.again, name="webhook_again"),
    path(
        "webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/",
        webhooks.delivery,
        name="webhook_delivery",
    ),
    path(
        "webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/redeliver/",
        webhooks.delivery_again,
        name="webhook_delivery_again",
    ),
    path("guidelines/", guidelines.edit, name="guidelines"),
    path("prompts/", prompts.prompts, name="prompts"),
    path("bans/", bans.listing, name="bans"),
    path("bans/new/", bans.new, name="bans_new"),
    path("bans/<uuid:ban>/lift/", bans.lift, name="bans_lift"),
    path("bans/appeals/<uuid:appeal>/", bans.answer, name="bans_appeal"),
]
