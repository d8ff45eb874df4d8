"""What was written stays written, whoever asks the database and however."""

# ruff: noqa: S608 - raw SQL with the names of our own tables is what is tested here

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import cast as cast_to
from uuid import uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from arvio.audit import guards, sealing
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.catalog.models import PolicyVersion
from arvio.reviews import actions as reviews
from arvio.reviews.models import AboutAnswer, Consent, Reply, Review, ReviewVersion
from tests import cast

KEPT: list[type[models.Model]] = [
    AuditRow,
    Seal,
    SealLeaf,
    PolicyVersion,
    ReviewVersion,
    AboutAnswer,
    Consent,
    Reply,
]
OF_EACH = pytest.mark.parametrize("model", KEPT, ids=lambda model: model._meta.db_table)
ON_SQLITE = connection.vendor == "sqlite"

CHANGED: dict[str, str] = {
    "TextField": "'changed'",
    "CharField": "'changed'",
    "JSONField": """'{"changed": 1}'""",
    "BooleanField": "NOT {column}",
    "DateTimeField": "'2001-01-01 00:00:00'",
    "PositiveIntegerField": "COALESCE({column}, 0) + 1",
    "PositiveSmallIntegerField": "{column} + 1",
    "UUIDField": f"'{uuid4().hex}'",
    "ForeignKey": f"'{uuid4().hex}'",
}


# What makes a row another one by every unique key that it has; its rowid is then all it shares.
OTHER = {
    "number": "number + 1000",
    "seq": "seq + 1000",
    "key": "'another'",
    "state": "'removed'",
}


@pytest.fixture
def stage(db: None) -> cast.Stage:
    return fill()


def fill() -> cast.Stage:
    """A marketplace with a row in every guarded table: a review that is public, and its answer."""
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    reviews.add_replies(replies=[(review, "Thank you, Anna.", "person:petra", stage.now)])
    sealing.seal(marketplace_id=stage.marketplace.pk, now=stage.now)
    settle()
    return stage


def settle() -> None:
    """Deferred constraints wait for the commit, and PostgreSQL won't TRUNCATE while they do."""
    if not ON_SQLITE:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def ask(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(IntegrityError, match="is append-only"):
        yield


def overwrites(model: type[models.Model]) -> list[str]:
    """All the ways to say: take this row for the one that stands there."""
    table = model._meta.db_table
    again = f"SELECT * FROM {table} WHERE true ON CONFLICT (id) DO UPDATE SET id = '{uuid4().hex}'"
    ways = [f"INSERT INTO {table} {again}"]
    if ON_SQLITE:
        some = f"(SELECT min(rowid) FROM {table})"
        other = {"id": f"'{uuid4().hex}'", **OTHER}
        names = ", ".join(
            other.get(str(field.column), str(field.column))
            for field in model._meta.local_concrete_fields
        )
        listed = ", ".join(str(field.column) for field in model._meta.local_concrete_fields)
        ways += [
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} SELECT * FROM {table}",
            f"INSERT OR REPLACE INTO {table} (rowid, {listed}) "
            f"SELECT rowid, {names} FROM {table} WHERE rowid = {some}",
            f"UPDATE OR REPLACE {table} SET rowid = rowid + 1 WHERE rowid = {some}",
        ]
    else:
        ways.append(f"TRUNCATE {table} CASCADE")
    return ways


def test_every_table_that_says_so_is_guarded() -> None:
    assert {model for model, _ in guards.guarded_models()} >= set(KEPT)


@OF_EACH
def test_no_column_can_be_changed(stage: cast.Stage, model: type[Any]) -> None:
    assert model._default_manager.exists()
    for field in model._meta.local_concrete_fields:
        if field.column not in model.guard.free:
            new = CHANGED[field.get_internal_type()].replace("{column}", field.column)
            with refused():
                ask(f"UPDATE {model._meta.db_table} SET {field.column} = {new}")


@OF_EACH
def test_no_row_can_be_deleted(stage: cast.Stage, model: type[models.Model]) -> None:
    assert model._default_manager.exists()
    with refused():
        ask(f"DELETE FROM {model._meta.db_table}")


@OF_EACH
def test_no_row_can_be_written_over(stage: cast.Stage, model: type[models.Model]) -> None:
    before = sorted(map(str, model._default_manager.values_list()))
    for sql in overwrites(model):
        with refused():
            ask(sql)
    assert sorted(map(str, model._default_manager.values_list())) == before


# Only SQLite knows UPDATE OR REPLACE.
if ON_SQLITE:

    @pytest.mark.django_db(transaction=True)
    def test_the_free_state_of_a_reply_is_no_way_to_overwrite_the_live_one() -> None:
        stage = fill()
        live = Reply.objects.get()
        Reply.objects.filter(pk=live.pk).update(state=Reply.ReplyState.REPLACED)
        reviews.add_replies(replies=[(Review.objects.get(), "Thanks.", "person:petra", stage.now)])
        sql = f"UPDATE OR REPLACE review_reply SET state = 'live' WHERE id = '{live.pk.hex}'"
        with pytest.raises(sqlite3.IntegrityError, match="is append-only"), raw() as cursor:
            cursor.execute(sql)
        assert Reply.objects.count() == 2


@pytest.mark.django_db
def test_effective_at_is_set_once() -> None:
    stage = cast.stage()
    review = stage.review(by=stage.anna)
    version = ReviewVersion.objects.filter(review=review)
    assert version.update(effective_at=stage.now) == 1
    with refused(), transaction.atomic():
        version.update(effective_at=stage.now.replace(year=2030))
    with refused(), transaction.atomic():
        version.update(effective_at=None)


# --- Erasure -----------------------------------------------------------------------------------

BLANK: dict[str, Any] = {
    **{"title": "", "text": "", "pros": "", "cons": "", "affiliation": "", "salt": ""},
    "evidence": {},
}


def test_the_words_can_be_erased_once(stage: cast.Stage) -> None:
    assert ReviewVersion.objects.update(**BLANK, erased_at=stage.now) == 1
    with refused(), transaction.atomic():
        ReviewVersion.objects.update(**BLANK, erased_at=stage.now.replace(year=2030))
    with refused(), transaction.atomic():
        ReviewVersion.objects.update(erased_at=None)


@pytest.mark.parametrize(
    "half",
    [
        pytest.param(BLANK, id="blank words without a mark"),
        pytest.param({"erased_at": cast.NOW}, id="a mark without blank words"),
        pytest.param({"text": "", "erased_at": cast.NOW}, id="only the text"),
        pytest.param(
            {**BLANK, "evidence": {"plan": "demo"}, "erased_at": cast.NOW}, id="evidence that stays"
        ),
        pytest.param(
            BLANK | {"text": "Nice!", "erased_at": cast.NOW}, id="words put in their place"
        ),
        pytest.param(
            {**BLANK, "salt": "guess", "erased_at": cast.NOW}, id="a salt that stays guessable"
        ),
        pytest.param(BLANK | {"stars": 5, "erased_at": cast.NOW}, id="the stars with them"),
        pytest.param(
            BLANK | {"qualities": {}, "erased_at": cast.NOW}, id="the qualities with them"
        ),
    ],
)
def test_no_other_erasure_passes(stage: cast.Stage, half: dict[str, Any]) -> None:
    with refused(), transaction.atomic():
        ReviewVersion.objects.update(**half)


@pytest.mark.parametrize("model", [AuditRow, Seal, SealLeaf, PolicyVersion, Consent])
def test_what_holds_no_words_has_no_erasure(model: type[Any]) -> None:
    assert model.guard.erased == ()


# --- Who guards the guards ----------------------------------------------------------------------


@OF_EACH
def test_a_dropped_trigger_is_named(stage: cast.Stage, model: type[models.Model]) -> None:
    table = model._meta.db_table
    assert guards.missing(connection) == []
    ask(f"DROP TRIGGER guard_{table}_delete" + ("" if ON_SQLITE else f" ON {table}"))
    assert guards.missing(connection) == [f"guard_{table}_delete"]
    guards.install(connection)
    assert guards.missing(connection) == []


# SQLite can't switch a trigger off.
if not ON_SQLITE:

    @pytest.mark.parametrize("switch", ["DISABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
    def test_a_trigger_switched_off_is_named(stage: cast.Stage, switch: str) -> None:
        ask(f"ALTER TABLE audit_row {switch} guard_audit_row_update")
        assert guards.missing(connection) == ["guard_audit_row_update"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_without_our_pragmas_is_refused_too() -> None:
    fill()
    for model in KEPT:
        table = model._meta.db_table
        change = f"UPDATE {table} SET id = '{uuid4().hex}'"
        for sql in (f"DELETE FROM {table}", change, *overwrites(model)):
            with pytest.raises(Exception, match="is append-only"), raw() as cursor:
                cursor.execute(sql)


@contextmanager
def raw() -> Iterator[Any]:
    """A cursor of somebody who never heard of Arvio's settings."""
    if ON_SQLITE:
        opened: Any = sqlite3.connect(connection.settings_dict["NAME"])
    else:
        opened = psycopg.connect(**connection.get_connection_params())
    try:
        yield opened.cursor()
        opened.commit()
    finally:
        opened.close()


# --- Migrations --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_guards_stand_after_a_way_down_and_up_again() -> None:
    call_command("migrate", "reviews", "zero", verbosity=0)
    call_command("migrate", verbosity=0)
    assert guards.missing(connection) == []
    fill()
    with refused():
        ask("UPDATE review_version SET text = 'changed'")
    call_command("migrate", verbosity=0)
    assert guards.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_a_later_migration_may_drop_a_guarded_column_and_bring_it_back() -> None:
    fill()
    away = migration("reviews", migrations.RemoveField("reviewversion", "language"))
    with_it = MigrationLoader(connection).project_state()
    without_it = away.mutate_state(with_it)
    field: Any = with_it.models["reviews", "reviewversion"].fields["language"].clone()
    field.default = "en"
    back = migration("reviews", migrations.AddField("reviewversion", "language", field))
    try:
        migrate(away, with_it)
        with refused():
            ask("UPDATE review_version SET text = 'changed'")
    finally:
        migrate(back, without_it)
    assert guards.missing(connection) == []
    with refused():
        ask("UPDATE review_version SET language = 'xx'")


def migration(app: str, operation: Operation) -> migrations.Migration:
    made: Any = migrations.Migration("0099_test", app)
    made.operations = [operation]
    return cast_to(migrations.Migration, made)


def migrate(change: migrations.Migration, state: ProjectState) -> None:
    """As the command `migrate` does it: signal, change, signal."""
    emit_pre_migrate_signal(0, False, "default", plan=[(change, False)])
    with connection.schema_editor() as editor:
        change.apply(state.clone(), editor)
    emit_post_migrate_signal(0, False, "default")


def test_a_migration_elsewhere_leaves_the_guards_standing(db: None) -> None:
    elsewhere = migration("catalog", migrations.RemoveField("partner", "domains"))
    emit_pre_migrate_signal(0, False, "default", plan=[(elsewhere, False)])
    assert guards.missing(connection) == []
