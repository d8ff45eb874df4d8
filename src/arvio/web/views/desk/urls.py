"""Each room of the desk adds its own lines."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from arvio.web.views.desk import access, bans, guidelines

app_name = "desk"
urlpatterns = [
    # Until the queue of cases is there: error pages and the switch lead to it by name.
    path("", RedirectView.as_view(pattern_name="desk:bans"), name="cases"),
    path("switch/", access.switch, name="switch"),
    path("guidelines/", guidelines.guidelines, name="guidelines"),
    path("guidelines/edit/", guidelines.edit, name="guidelines_edit"),
    path("bans/", bans.listing, name="bans"),
    path("bans/new/", bans.new, name="bans_new"),
    path("bans/<uuid:ban>/lift/", bans.lift, name="bans_lift"),
    path("bans/appeals/<uuid:appeal>/", bans.answer, name="bans_appeal"),
]
