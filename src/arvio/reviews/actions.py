"""The verbs of a review's life, for those outside this room."""

from __future__ import annotations

from arvio.reviews.correcting import correct
from arvio.reviews.deciding import remove_reply, restore_reply, restore_review, take_down
from arvio.reviews.editing import edit_review, save_draft, withdraw_review
from arvio.reviews.erasing import erase_user
from arvio.reviews.inbox_rows import follow_partner
from arvio.reviews.publishing import (
    apply_due_edits,
    check_archive,
    publish_due,
    publish_reviews,
)
from arvio.reviews.replying import add_replies, save_reply_draft, send_reply
from arvio.reviews.submitting import Submission, submit_review, submit_reviews

__all__ = [
    "Submission",
    "add_replies",
    "apply_due_edits",
    "check_archive",
    "correct",
    "edit_review",
    "erase_user",
    "follow_partner",
    "publish_due",
    "publish_reviews",
    "remove_reply",
    "restore_reply",
    "restore_review",
    "save_draft",
    "save_reply_draft",
    "send_reply",
    "submit_review",
    "submit_reviews",
    "take_down",
    "withdraw_review",
]
