from arvio.moderation.models.cases import (
    Case,
    Decision,
    DecisionDraft,
    Item,
    Notice,
    Report,
)
from arvio.moderation.models.threads import (
    CorrectionRequest,
    Thread,
    ThreadMessage,
    ThreadRead,
)

__all__ = [
    "Case",
    "CorrectionRequest",
    "Decision",
    "DecisionDraft",
    "Item",
    "Notice",
    "Report",
    "Thread",
    "ThreadMessage",
    "ThreadRead",
]
