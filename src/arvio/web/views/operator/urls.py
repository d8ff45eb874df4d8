"""Each of the operator's rooms adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.operator import (
    access,
    audit,
    home,
    marketplace,
    placements,
    policy,
    policy_changes,
    policy_draft,
    preview,
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
]
