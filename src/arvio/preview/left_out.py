"""Rules whose change nothing is counted for: they act from then on, or can't be told honestly."""

from __future__ import annotations

from arvio.policy.load import to_dict
from arvio.policy.model import Policy

# `prompts`: an ask that wasn't made would have changed those after it. Likeness and bursts rest on
# what else was there at the moment. The others say what happens to what comes later.
KEYS = (
    "editing.operator_replacement",
    "replies.again_after_removal",
    "screening.duplicates",
    "screening.bursts",
    "screening.partner_domains",
    "screening.new_account",
    "prompts.every",
    "prompts.per_year",
    "prompts.per_user_day",
    "prompts.min_age",
    "prompts.min_successes",
    "retention.erasure",
)


def keys_left_out(old: Policy, new: Policy) -> list[str]:
    """Those of KEYS that differ, in their order."""
    before, after = to_dict(old), to_dict(new)
    return [
        key
        for key in KEYS
        for section, _, name in [key.partition(".")]
        if before[section][name] != after[section][name]
    ]
