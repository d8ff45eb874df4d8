from __future__ import annotations

from django.urls import path

from arvio.watching import probes, views

app_name = "watching"
urlpatterns = [
    path("-/live", probes.live, name="live"),
    path("-/ready", probes.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]
