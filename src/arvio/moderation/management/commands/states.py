from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from arvio.moderation import states as cases
from arvio.reviews import states as reviews


class Command(BaseCommand):
    help = (
        "The states of a review and of a case with the moves between them, as Mermaid diagrams, "
        "and who may do what in each, as a table."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(reviews.diagram())
        self.stdout.write(cases.diagram())
        self.stdout.write(cases.table(), ending="")
