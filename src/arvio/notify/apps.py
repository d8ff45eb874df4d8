from __future__ import annotations

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "arvio.notify"
    label = "notify"
