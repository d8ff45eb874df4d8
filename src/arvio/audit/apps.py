from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    name = "arvio.audit"
    label = "audit"

    def ready(self) -> None:
        pre_migrate.connect(_lift_guards, sender=self)
        post_migrate.connect(_install_guards, sender=self)


def _lift_guards(*, using: str, plan: Sequence[Any] = (), **_: Any) -> None:
    """On neither database can a column be dropped or changed while a trigger names it."""
    from arvio.audit import guards

    guarded = {model._meta.label_lower for model, _ in guards.guarded_models()}
    if any(
        f"{migration.app_label}.{getattr(operation, 'model_name', '')}".lower() in guarded
        for migration, _backwards in plan
        for operation in migration.operations
    ):
        guards.lift(connections[using])


def _install_guards(*, using: str, **_: Any) -> None:
    """After every run: Django remakes tables on some SQLite migrations and drops their triggers."""
    from arvio.audit import guards

    guards.install(connections[using])
