"""`python -m tests.watching.stage make|count`: the stage of a load, and what came of it, as JSON.

A program of its own, because the tests' own process has another database.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import django


def make() -> dict[str, Any]:
    from django.core.management import call_command

    from tests import cast

    call_command("migrate", verbosity=0)
    stage = cast.stage(overrides={"publication": {"hold": "PT1S"}})
    answers = cast.full_answers(stage.marketplace, datetime.now(UTC))  # noqa: TID251 - the edge
    return {"secret": stage.marketplace.jwt_secret, "answers": answers}


def count() -> dict[str, Any]:
    """How often each author's review is there, each event was written down and each mail sent."""
    from arvio.audit.models import AuditRow
    from arvio.due import queries as due
    from arvio.notify.models import Message
    from arvio.reviews.models import Review

    tags = AuditRow.objects.filter(subject__startswith="review:")
    return {
        "reviews": {
            str(pk): [user, state]
            for pk, user, state in Review.objects.values_list("pk", "user__ref", "state")
        },
        "events": Counter(
            f"{subject} {tag}" for subject, tag in tags.values_list("subject", "tag")
        ),
        "mails": Message.objects.count(),
        "given_up": [str(row) for row in due.given_up()],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"make": make, "count": count}[sys.argv[1]]()))  # noqa: T201
