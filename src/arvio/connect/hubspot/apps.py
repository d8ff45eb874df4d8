from __future__ import annotations

from django.apps import AppConfig


class HubSpotConfig(AppConfig):
    name = "arvio.connect.hubspot"
    label = "connect_hubspot"
