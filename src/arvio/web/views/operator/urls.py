"""Each of the operator's rooms adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.operator import (
    access,
    audit,
    bans,
    guidelines,
    home,
    keys,
    marketplace,
    placements,
    policy,
    policy_changes,
    policy_draft,
    preview,
    prompts,
    token_secret,
    webhooks,
)

app_name = "operator"
urlpatterns = [
    path("", home.home, name="home"),
    path("switch/", access.switch, name="switch"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export.csv", audit.export, name="audit_export"),
    path("marketplace/", marketplace.marketplace, name="marketplace"),
    path("placements/", placements.placements, name="placements"),
    path("placements/<uuid:item>/end/", placements.end, name="placement_end"),
    path("policy/", policy.policy, name="policy"),
    path("policy/edit/", policy_draft.edit, name="policy_edit"),
    path("policy/toml/", policy_draft.toml, name="policy_toml"),
    path("policy/check/", policy_draft.check, name="policy_check"),
    path("policy/discard/", policy.discard, name="policy_discard"),
    path("policy/changes/", policy_changes.changes, name="policy_changes"),
    path("policy/back/<int:number>/", policy.back, name="policy_back"),
    path("policy/cancel/<int:number>/", policy.cancel, name="policy_cancel"),
    path("policy/preview/<slug:code>/", preview.listing, name="preview"),
    path("policy/preview/<slug:code>.csv", preview.download, name="preview_csv"),
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
