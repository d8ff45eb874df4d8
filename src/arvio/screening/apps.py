from __future__ import annotations

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "arvio.screening"
    label = "screening"
