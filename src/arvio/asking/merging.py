"""Two accounts become one: what was asked of people stays asked.

Of those who were in both, the uses add up, a wish not to be asked stays, and a request that was
sent to either was sent.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from arvio.asking.models import ReviewRequest, SignInLink
from arvio.asking.prompt_models import Prompt, PromptTurn, PromptUse
from arvio.catalog import merging
from arvio.catalog.merging import Merge
from arvio.catalog.rules import later

BATCH = 500
SENT = "sent"


def join_asks(*, merge: Merge) -> None:
    """Of users who merely moved nothing changes here: they are known by our own id."""
    former = merging.former(merge=merge)
    for model in (SignInLink, Prompt, PromptTurn):
        model._default_manager.filter(user__in=former).update(user=merging.now_is("user"))
    _join_uses(merge)
    _join_requests(merge)


def _join_uses(merge: Merge) -> None:
    former = merging.former(merge=merge)
    rows = list(PromptUse.objects.filter(user__in=former).order_by("pk"))
    kept = PromptUse.objects.filter(user__in=former.values("leads_to"))
    there = {(row.app_id, row.user_id): row for row in kept}
    changed, gone = [], []
    for row in rows:
        user = merge.users[row.user_id]
        one = there.get((row.app_id, user.pk))
        if one is None:
            row.user = user
            there[row.app_id, user.pk] = row
            changed.append(row)
            continue
        one.uses += row.uses
        one.last_at = max(one.last_at, row.last_at)
        one.opted_out_at = later(one.opted_out_at, row.opted_out_at)
        changed.append(one)
        gone.append(row.pk)
    PromptUse.objects.filter(pk__in=gone).delete()
    columns = ["user", "uses", "last_at", "opted_out_at"]
    PromptUse.objects.bulk_update(changed, columns, batch_size=BATCH)


def _join_requests(merge: Merge) -> None:
    """Of the reasons why nobody wrote, one is enough; what was sent stays."""
    former = merging.former(merge=merge)
    rows = ReviewRequest.objects.filter(user__in=former)
    sent = ReviewRequest.objects.filter(
        app=OuterRef("app"), user__leads_to=OuterRef("user"), code=SENT
    )
    others = ReviewRequest.objects.filter(user__in=former.values("leads_to"))
    others.exclude(code=SENT).filter(Exists(sent)).delete()
    there = set(others.values_list("app_id", "user_id"))
    moving = []
    for row in rows.order_by("pk"):
        user = merge.users[row.user_id]
        if (row.app_id, user.pk) in there:
            continue
        there.add((row.app_id, user.pk))
        if row.person == str(row.user_id):
            row.person = str(user.pk)
        row.user = user
        moving.append(row)
    ReviewRequest.objects.bulk_update(moving, ["user", "person"], batch_size=BATCH)
