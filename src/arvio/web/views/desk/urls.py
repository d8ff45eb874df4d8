"""Each room of the desk adds its own lines."""

from __future__ import annotations

from django.urls import path

from arvio.web.views.desk import access

app_name = "desk"
urlpatterns = [
    path("switch/", access.switch, name="switch"),
]
