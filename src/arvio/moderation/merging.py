"""Two accounts become one: the threads of who was in both are the other's. Reports and requests for
corrections are never changed; they lead there by the former user.
"""

from __future__ import annotations

from django.db.models import Q

from arvio.catalog import merging
from arvio.catalog.merging import Merge
from arvio.catalog.models import User
from arvio.moderation.models import Thread, ThreadRead

BATCH = 500


def theirs(user: User) -> Q:
    """What a user wrote, also as one who has become this one."""
    return Q(user=user) | Q(user__leads_to=user)


def join_threads(*, merge: Merge) -> None:
    threads = list(Thread.objects.filter(user__in=merging.former(merge=merge)))
    for thread in threads:
        if thread.user_id and thread.user_id in merge.users:
            thread.party_key = thread.party_key.replace(
                f"user:{thread.user_id}", f"user:{merge.users[thread.user_id].pk}"
            )
            thread.user = merge.users[thread.user_id]
    Thread.objects.bulk_update(threads, ["user", "party_key"], batch_size=BATCH)
    keys = {f"user:{pk}": f"user:{user.pk}" for pk, user in merge.users.items()}
    reads = list(ThreadRead.objects.filter(thread__in=threads, reader_key__in=keys))
    for read in reads:
        read.reader_key = keys[read.reader_key]
    ThreadRead.objects.bulk_update(reads, ["reader_key"], batch_size=BATCH)
