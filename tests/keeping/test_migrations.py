"""Migrations keep nobody waiting: each that came after a release is held to docs/upgrading.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.migrations import Migration
from django.db.migrations import operations as o
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from arvio.indexes import AddIndexLive
from tests.keeping.test_upgrading import FIRST_ROOMS

# The last migrations of the newest release; whoever releases puts theirs here. What is at work when
# a later one runs is that release: a table that came since is new and empty then.
RELEASED = [(room, "0001_initial") for room in FIRST_ROOMS]

# They grow with partners, apps and staff, and not with customers: nobody notices a lock.
SMALL = {
    "catalog": {"marketplace", "policyversion", "partner", "partnerdomain", "app", "ban"},
    "people": {"person", "role", "key"},
}
STOPPED = (
    "Columns without a default in the database: the first state's code can't write beside them. "
    "Nothing before 0.1.0 was meant to run beside it, and docs/upgrading.md says to stop all."
)
# What is against the rule, and why it may be.
EXCEPTIONS = {
    "api.0002_longer_caller": "Only its way back reads rows, and those are kept for a day.",
    "audit.0002_scheme": STOPPED,
    "catalog.0004_ban_record": STOPPED,
    "catalog.0010_clip_url": STOPPED,
    "people.0002_language": STOPPED,
    "people.0003_invitation": STOPPED,
    "reviews.0002_partner_inbox": STOPPED,
}
# How each that moves rows reads them: a part at a time, or a table that is small.
FILLS = {
    "asking.0005_request_person": "Requests came after the first state, so there are none.",
    "catalog.0003_default_guidelines": "One row a marketplace.",
    "catalog.0006_first_seal": "One row a marketplace.",
    "catalog.0009_fill_partner_domain": "Partners, through a cursor, written by 500.",
    "connect_hubspot.0001_initial": "Only its way back.",
    "moderation.0003_retention": "One row a marketplace.",
    "api.0002_longer_caller": "Only its way back.",
    "reviews.0003_fill_inbox": "Reviews by key, 500 at a time; a second run goes on.",
}
IN_PLACE = (o.RunPython, o.RunSQL, o.SeparateDatabaseAndState)


def walk() -> Iterator[tuple[Migration, ProjectState]]:
    """Ours that came after the release, each with the state before it."""
    loader = MigrationLoader(None)
    leaves = [*RELEASED, *loader.graph.leaf_nodes()]
    nodes = dict.fromkeys(node for leaf in leaves for node in loader.graph.forwards_plan(leaf))
    old = {node for leaf in RELEASED for node in loader.graph.forwards_plan(leaf)}
    state = ProjectState()
    for node in nodes:
        migration = loader.graph.nodes[node]
        if type(migration).__module__.startswith("arvio.") and node not in old:
            yield migration, state
        migration.mutate_state(state, preserve=False)


def problems(migration: Migration, state: ProjectState, there: set[tuple[str, str]]) -> list[str]:
    """What of it keeps somebody waiting, or breaks the code that still runs."""
    found: list[str] = []
    label = migration.app_label
    kinds = {type(operation) for operation in migration.operations}
    at_work = [(operation, model_of(operation)) for operation in migration.operations]
    at_work = [(operation, model) for operation, model in at_work if (label, model) in there]
    if AddIndexLive in kinds and (migration.atomic or kinds != {AddIndexLive}):
        found.append("AddIndexLive stands alone in a migration with atomic = False")
    if AddIndexLive not in kinds and not migration.atomic:
        found.append("atomic = False leaves half of it when it fails")
    if at_work and kinds.intersection(IN_PLACE):
        found.append("rows are moved in a migration of their own, not beside a change of tables")
    found += ["it has no way back"] if not all(op.reversible for op in migration.operations) else []
    for operation, model in at_work:
        if said := judged(operation, model, label, state):
            found.append(f"{operation.describe()}: {said}")
    return found


def model_of(operation: Operation) -> str:
    """Of a table that it changes; an index or a constraint has a name of its own."""
    return str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()


def judged(operation: Operation, model: str, label: str, state: ProjectState) -> str:
    large = model not in SMALL.get(label, ())
    match operation:
        case o.AddField(field=field):
            return added(field, large)
        case o.AlterField(field=field):
            return altered(state.models[label, model].fields[operation.name], field)
        case o.RemoveField() | o.DeleteModel() | o.RenameField() | o.RenameModel():
            return "the release before still asks for it; take it away one release later"
        case o.AlterModelTable():
            return "the release before still asks for it by the old name"
        case AddIndexLive():
            return ""
        case o.AddIndex() if large:
            return "writes wait until it is built; arvio.indexes.AddIndexLive lets them go on"
        case o.AddConstraint() if large:
            return "all rows are read under a lock"
    return ""


def added(field: Any, large: bool) -> str:
    if not field.null and not field.has_db_default():
        return "give it null=True or db_default, for the release before knows nothing of it"
    if large and (field.unique or field.db_index):
        return "its index is built under a lock; add it later, with AddIndexLive"
    return ""


def altered(old: Any, new: Any) -> str:
    """Only what PostgreSQL does without reading the table: the same type, a longer one, or NULL."""
    if old.is_relation or new.is_relation:
        return "a relation is checked row by row"
    if (old.unique, old.db_index) != (new.unique, new.db_index):
        return "its index is built under a lock"
    if old.null and not new.null:
        return "all rows are read under a lock"
    server = PostgreSQL({"NAME": "none", "OPTIONS": {}, "TIME_ZONE": None}, "default")
    types = [str(field.db_parameters(connection=server)["type"]) for field in (old, new)]
    longer = "varchar" in types[0] and (
        types[1] == "text" or ("varchar" in types[1] and new.max_length >= old.max_length)
    )
    return "" if types[0] == types[1] or longer else f"{types[0]} to {types[1]} writes it anew"


@pytest.mark.once
def test_migrations_since_the_release_let_everybody_go_on() -> None:
    there = set(MigrationLoader(None).project_state(RELEASED).models)
    found: dict[str, list[str]] = {}
    fills = set()
    for migration, state in walk():
        name = f"{migration.app_label}.{migration.name}"
        if wrong := problems(migration, state, there):
            found[name] = wrong
        if any(isinstance(operation, IN_PLACE) for operation in migration.operations):
            fills.add(name)
    refused = {name: said for name, said in found.items() if name not in EXCEPTIONS}
    assert refused == {}, "docs/upgrading.md tells the rule"
    assert set(EXCEPTIONS) - set(found) == set(), "exceptions that are none"
    assert fills == set(FILLS), "say in FILLS how many rows each reads at once"


def text(**fields: Any) -> Any:
    return models.CharField(max_length=20, **fields)


BY_STARS = models.Index(fields=["stars"], name="by_stars")
AT_ALL = models.CheckConstraint(condition=models.Q(stars__gt=0), name="at_all")


@pytest.mark.once
@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (o.AddField("review", "mood", text()), "give it null=True or db_default"),
        (o.AddField("review", "mood", text(null=True, db_index=True)), "built under a lock"),
        (o.AddField("review", "mood", text(db_default="")), ""),
        (o.AddIndex("review", BY_STARS), "AddIndexLive lets them go on"),
        (o.AddConstraint("review", AT_ALL), "read under a lock"),
        (o.RemoveField("review", "language"), "one release later"),
        (o.RenameField("review", "language", "tongue"), "one release later"),
        (o.AlterField("review", "language", models.TextField()), ""),
        (o.AlterField("review", "language", text()), ""),
        (o.AlterField("review", "language", models.CharField(max_length=2)), "writes it anew"),
        (o.AlterField("review", "language", models.IntegerField()), "writes it anew"),
        (o.RunPython(o.RunPython.noop), "no way back"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_rule_is_held_against_a_table_at_work(operation: Operation, said: str) -> None:
    state = MigrationLoader(None).project_state(RELEASED)
    tried: Any = type("Migration", (Migration,), {"operations": [operation]})
    migration = tried("0099_tried", "reviews")
    found = "; ".join(problems(migration, state, set(state.models)))
    assert said in found if said else not found
