"""How a case and its item stand, and what may be decided of them now."""

from __future__ import annotations

from dataclasses import dataclass

from arvio.moderation import rules
from arvio.moderation.models import Case
from arvio.moderation.states import AGAINST, REPLY_DECISIONS, REVIEW_DECISIONS, CaseState
from arvio.reviews.deciding import NOT_DECIDED
from arvio.reviews.models import Reply, Review
from arvio.reviews.states import State


@dataclass(frozen=True)
class Standing:
    """A case with its item as it stands now, locked by whoever decides."""

    case: Case
    review: Review
    reply: Reply | None

    @property
    def item_state(self) -> str:
        return str(self.reply.state if self.reply else self.review.state)

    @property
    def actions(self) -> frozenset[str]:
        """What may be decided now (the tables of `states`). Nothing undoes what its author or the
        law has ended; a reply can't be spoken of while its review isn't there. What another case
        took away, an appeal in that case alone brings back.
        """
        if self.reply is None and self.review.removed_rule in NOT_DECIDED:
            return frozenset({"keep"})
        here = self.reply is None or self.review.state == State.PUBLISHED
        possible = (
            REPLY_DECISIONS[str(self.reply.state)]
            if self.reply is not None
            else REVIEW_DECISIONS[State(self.review.state)]
        )
        return possible if here and self._took_it else possible - {"restore"}

    @property
    def _took_it(self) -> bool:
        """Is what is appealed against in this case that it took the item away?"""
        taken = {rules.outcome_of(action=action, done=True) for action in AGAINST}
        return self.case.state == CaseState.APPEALED and self.case.outcome in taken
