"""Rows that the real actions have written once in a process, written again where the database is
empty: thousands of tests begin with the same marketplace.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

from arvio.catalog.models import Marketplace
from arvio.people.models import Person

T = TypeVar("T")
WRITES = ("INSERT", "UPDATE", "DELETE")
P = ParamSpec("P")
_made: dict[str, tuple[bytes, list[tuple[Any, ...]]]] = {}
_watching: list[str] = []


def repeated(make: Callable[P, T]) -> Callable[P, T]:
    """A fixture that makes a whole world; what it makes can be pickled, and depends on nothing but
    what it is given.
    """

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        key = f"{make.__module__}.{make.__qualname__} {args} {kwargs}"
        return again(key, lambda: make(*args, **kwargs))

    return made


def again(key: str, make: Callable[[], T]) -> T:
    """What `make` makes, with rows of the same ids and times as the first time."""
    if _watching or Marketplace.objects.exists() or Person.objects.exists():
        return make()
    if key not in _made:
        _watching.append(key)
        try:
            _made[key] = _watched(make)
        finally:
            _watching.remove(key)
    made, statements = _made[key]
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params, many in statements:
            (cursor.executemany if many else cursor.execute)(sql, params)
    found: T = pickle.loads(made)  # noqa: S301 - our own, of this very process
    return found


def _watched(make: Callable[[], T]) -> tuple[bytes, list[tuple[Any, ...]]]:
    statements: list[tuple[Any, ...]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(WRITES):
            statements.append((sql, params, many))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        made = make()
        transaction.set_rollback(True)
    return pickle.dumps(made), statements
