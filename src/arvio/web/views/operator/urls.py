"""Each of the operator's rooms adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.operator import access, home, preview

app_name = "operator"
urlpatterns = [
    path("", home.home, name="home"),
    path("switch/", access.switch, name="switch"),
    path("policy/preview/<slug:code>/", preview.listing, name="preview"),
    path("policy/preview/<slug:code>.csv", preview.download, name="preview_csv"),
]
