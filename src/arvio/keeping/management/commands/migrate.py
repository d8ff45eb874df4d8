"""`arvio migrate`: Django's own, run by one machine at a time."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections

from arvio.keeping.errors import NotKept
from arvio.keeping.migrating import alone


class Command(migrate.Command):
    help = (
        "Bring the database to this version's tables. Several machines may start it at once: one "
        "works and the others wait. Stopped halfway, it goes on when it is run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        try:
            with alone(connections[options["database"]], say=self.stderr.write):
                super().handle(*args, **options)
        except NotKept as error:
            raise CommandError(str(error)) from error
