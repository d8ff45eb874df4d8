"""The states of a review and what each move means: dictionaries side by side (DESIGN 4).

`arvio states` prints the diagram from these tables; docs/states.md is compared with it by a test.
"""

from __future__ import annotations

from django.db.models import TextChoices


class State(TextChoices):
    HELD = "held"
    PUBLISHED = "published"
    ARCHIVED = "archived"
    REJECTED = "rejected"
    REMOVED = "removed"


# (from, to) -> audit tag
MOVES: dict[tuple[State, State], str] = {
    (State.HELD, State.PUBLISHED): "review:published",
    (State.HELD, State.ARCHIVED): "review:archived",
    (State.HELD, State.REJECTED): "review:rejected",
    (State.HELD, State.REMOVED): "review:removed",
    (State.PUBLISHED, State.ARCHIVED): "review:archived",
    (State.PUBLISHED, State.REMOVED): "review:removed",
    (State.ARCHIVED, State.PUBLISHED): "review:unarchived",
    (State.ARCHIVED, State.REMOVED): "review:removed",
    (State.REJECTED, State.HELD): "review:restored",
    (State.REJECTED, State.PUBLISHED): "review:restored",
    (State.REMOVED, State.PUBLISHED): "review:restored",
}

# States in which a review counts in the rating and is public.
PUBLIC = frozenset({State.PUBLISHED})
# States in which a review holds the person's and the account's place.
HOLDS_PLACE = frozenset({State.HELD, State.PUBLISHED, State.ARCHIVED})
# States in which an author may withdraw; whether to edit, too, is the policy's word.
AUTHOR_MAY_ACT = frozenset({State.HELD, State.PUBLISHED, State.ARCHIVED})


def diagram() -> str:
    """The moves as Mermaid, each with the word of its audit tag."""
    lines = ["stateDiagram-v2", "    [*] --> held : submitted"]
    lines += [
        f"    {start} --> {end} : {tag.partition(':')[2]}" for (start, end), tag in MOVES.items()
    ]
    return "\n".join(lines) + "\n"
