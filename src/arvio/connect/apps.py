from __future__ import annotations

from django.apps import AppConfig


class ConnectConfig(AppConfig):
    name = "arvio.connect"
    label = "connect"
