from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from arvio.reviews import states


class Command(BaseCommand):
    help = "The states of a review and the moves between them, as a Mermaid diagram."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(states.diagram(), ending="")
