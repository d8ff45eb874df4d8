"""`arvio migrate`: one machine at a time, and nothing is left unguarded or half built."""

from __future__ import annotations

import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from arvio.audit import guards
from arvio.indexes import AddIndexLive
from arvio.keeping import migrating
from arvio.keeping.errors import NotKept
from arvio.reviews.models import Review
from tests import cast

pytestmark = pytest.mark.usefixtures("kept")

# On SQLite there is one writer, and each migration is one transaction.
if connection.vendor == "postgresql":

    def test_a_second_machine_waits_until_the_first_has_migrated() -> None:
        begun, done = threading.Event(), threading.Event()

        def first() -> None:
            with migrating.alone(connection, say=print):
                begun.set()
                done.wait(30)
            connection.close()

        thread = threading.Thread(target=first)
        thread.start()
        assert begun.wait(30)
        threading.Timer(1.2, done.set).start()
        told = StringIO()
        call_command("migrate", verbosity=0, interactive=False, stderr=told)
        assert done.is_set()
        assert "Another machine runs migrations" in told.getvalue()
        thread.join()

    def test_a_migration_gives_up_on_a_table_that_somebody_holds(
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(migrating, "PATIENCE", "200ms")
        holding, done = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                list(Review.objects.all())
                holding.set()
                done.wait(30)
            connection.close()

        thread = threading.Thread(target=hold)
        thread.start()
        assert holding.wait(30)
        try:
            with pytest.raises(NotKept, match=r"Run it again; it goes on where it stopped"):
                change_reviews()
        finally:
            done.set()
            thread.join()
        change_reviews()

    def change_reviews() -> None:
        with (
            migrating.alone(connection, say=print),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("ALTER TABLE review ADD COLUMN mood text")


def test_the_guards_stand_when_a_migration_has_failed() -> None:
    def fails() -> None:
        with migrating.alone(connection, say=print):
            guards.lift(connection)
            with connection.cursor() as cursor:
                cursor.execute("SELECT nothing FROM nowhere")

    with pytest.raises(DatabaseError):
        fails()
    assert guards.missing(connection) == []


def test_an_index_is_built_while_others_write_and_once_more_where_it_was_stopped() -> None:
    stage = cast.stage()
    stage.review()
    index = models.Index(fields=["stars"], name="by_stars")
    state = MigrationLoader(None).project_state()
    operation = AddIndexLive("review", index)
    after = state.clone()
    operation.state_forwards("reviews", after)

    def build() -> None:
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("reviews", editor, state, after)

    build()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # So it stands there when the one who built it was stopped.
            cursor.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_stars'::regclass"
            )
        build()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_stars'::regclass"
            )
            assert cursor.fetchone() == (True,)
    build()
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("reviews", editor, after, state)
