"""Each of the operator's rooms adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.operator import (
    access,
    catalog,
    catalog_changes,
    home,
    policy,
    policy_changes,
    policy_draft,
)

app_name = "operator"
urlpatterns = [
    path("", home.home, name="home"),
    path("switch/", access.switch, name="switch"),
    path("policy/", policy.policy, name="policy"),
    path("policy/edit/", policy_draft.edit, name="policy_edit"),
    path("policy/toml/", policy_draft.toml, name="policy_toml"),
    path("policy/check/", policy_draft.check, name="policy_check"),
    path("policy/discard/", policy.discard, name="policy_discard"),
    path("policy/changes/", policy_changes.changes, name="policy_changes"),
    path("policy/back/<int:number>/", policy.back, name="policy_back"),
    path("policy/cancel/<int:number>/", policy.cancel, name="policy_cancel"),
    path("catalog/", catalog.search, name="catalog"),
    path("catalog/apps/<uuid:pk>/move/", catalog_changes.move, name="catalog_move"),
    path("catalog/apps/<uuid:pk>/retire/", catalog_changes.retire, name="catalog_retire"),
    path("catalog/accounts/<uuid:pk>/rename/", catalog_changes.rename, name="catalog_rename"),
    path("catalog/accounts/<uuid:pk>/merge/", catalog_changes.merge, name="catalog_merge"),
    path(
        "catalog/partners/<uuid:pk>/members/<uuid:person>/remove/",
        catalog_changes.remove,
        name="catalog_remove",
    ),
    path("catalog/users/<uuid:pk>/email/", catalog_changes.email, name="catalog_email"),
    path("catalog/<str:kind>/<uuid:pk>/", catalog.one, name="catalog_one"),
]
