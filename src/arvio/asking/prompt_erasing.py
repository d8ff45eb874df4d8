"""What the prompt broker forgets of a customer who is erased (R75).

Its rows know people by our own row and by the pseudonym that the erasure gives them, from the first
day on. So the budget and the wish not to be asked outlast the erasure, as limits and bans do; what
goes is the one text that an app chose.
"""

from __future__ import annotations

from datetime import datetime

from arvio.asking.prompt_models import Prompt
from arvio.catalog.models import User


def forget(*, user: User, actor: str, now: datetime) -> None:
    """In the transaction of the erasure."""
    Prompt.objects.filter(user=user).update(moment="")
