"""Whether a partner may answer a review now (FEATURES R41, R60-R63; the frozen `replies` rules)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arvio.policy.model import Policy
from arvio.policy.verdict import Check, Verdict, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFacts:
    """`replied`: a reply stands; `removed`: an earlier one was taken down by a moderator."""

    state: Literal["held", "published", "archived", "rejected", "removed"]
    replied: bool = False
    removed: bool = False


def check_reply(
    *, policy: Policy, facts: ReplyFacts, now: datetime, policy_version: int | None = None
) -> Verdict:
    """One reply for a review; a policy may let it be changed, or written anew after a removal."""
    replies = policy.replies
    visible = facts.state == "published" or (facts.state == "held" and replies.during_hold)
    lost = facts.removed and not facts.replied
    checks = (
        Check(
            "review_not_visible",
            visible,
            {"state": facts.state, "during_hold": replies.during_hold},
        ),
        Check(
            "already_replied",
            not facts.replied or replies.editable,
            {"editable": replies.editable},
        ),
        Check(
            "reply_locked",
            not lost or replies.again_after_removal,
            {"again_after_removal": replies.again_after_removal},
        ),
    )
    return decide(checks, policy_version=policy_version, at=now)
