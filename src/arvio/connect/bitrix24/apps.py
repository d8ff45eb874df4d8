from __future__ import annotations

from django.apps import AppConfig


class Bitrix24Config(AppConfig):
    name = "arvio.connect.bitrix24"
    label = "connect_bitrix24"
