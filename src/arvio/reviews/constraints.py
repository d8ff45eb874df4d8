"""Which constraint of the database said no: by its name on PostgreSQL, by its columns on SQLite."""

from __future__ import annotations

from django.db import IntegrityError

PLACES = {
    "review_person_place": "review.app_id, review.person_key, review.person_place",
    "review_account_place": "review.app_id, review.account_id, review.account_place",
}


def is_place_taken(error: IntegrityError) -> bool:
    return any(is_violation(error, name, columns) for name, columns in PLACES.items())


def is_violation(error: IntegrityError, name: str, columns: str) -> bool:
    diagnostics = getattr(error.__cause__, "diag", None)
    if diagnostics is not None:
        return bool(diagnostics.constraint_name == name)
    return columns in str(error)
