from __future__ import annotations

from django.urls import path

from arvio.watching import probes

urlpatterns = [
    path("-/live", probes.live, name="live"),
    path("-/ready", probes.ready, name="ready"),
]
