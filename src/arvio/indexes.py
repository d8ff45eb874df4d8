"""Indexes for tables that are large and in use: built beside the running service.

On PostgreSQL a plain CREATE INDEX stops every write of its table until it is built. This one stops
none, can't be part of a transaction, and may be stopped halfway; so it stands alone in a migration
that says `atomic = False`, and a second run goes on where the first was stopped.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.models import AddIndex
from django.db.migrations.state import ProjectState


class AddIndexLive(AddIndex):
    """`AddIndex` that nobody waits for. On SQLite it is a plain one: that has one writer anyway."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        editor: Any = schema_editor
        if editor.connection.vendor == "postgresql":
            self._beside(editor, to_state.apps.get_model(app_label, self.model_name))
        elif not _stands(editor, self.index.name):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"{super().describe()}, beside the running service"

    def _beside(self, editor: Any, model: Any) -> None:
        if not self.allow_migrate_model(editor.connection.alias, model):
            return
        valid = _stands(editor, self.index.name)
        if valid:
            return
        with editor.connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            (usual,) = cursor.fetchone()
            # It waits for the transactions that are under way, and nobody waits for it.
            cursor.execute("SET lock_timeout = 0")
        try:
            if valid is False:
                editor.remove_index(model, self.index, concurrently=True)
            editor.add_index(model, self.index, concurrently=True)
        finally:
            with editor.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [usual])


def _stands(editor: Any, name: str) -> bool | None:
    """None: it isn't there. False: it was begun and never finished, so nothing uses it."""
    with editor.connection.cursor() as cursor:
        if editor.connection.vendor == "postgresql":
            cursor.execute(
                "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
                "WHERE relname = %s AND pg_table_is_visible(pg_class.oid)",
                [name],
            )
        else:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])
