from __future__ import annotations

from django.apps import AppConfig


class DueConfig(AppConfig):
    name = "arvio.due"
    label = "due"
