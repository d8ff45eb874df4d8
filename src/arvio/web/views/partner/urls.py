"""Each room of the partner's pages adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.partner import access, links

app_name = "partner"
urlpatterns = [
    path("switch/", access.switch, name="switch"),
    path("links/", links.links, name="links"),
    path("links/new/", links.create, name="links_new"),
    path("links/<uuid:link>/end/", links.end, name="links_end"),
]
