from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "arvio.audit"
    label = "audit"

    def ready(self) -> None:
        post_migrate.connect(_install_guards, sender=self)


def _install_guards(*, using: str, **_: Any) -> None:
    """Django remakes tables on some SQLite migrations and drops their triggers, so they are put back after every run."""
    from arvio.audit import guards

    guards.install(connections[using])
