"""What somebody pastes into the search of the history, as the subjects that it may mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from arvio.catalog.models import Account, App, Marketplace, Partner, User
from arvio.catalog.queries import storable
from arvio.moderation.models import Case, Thread
from arvio.people.models import Key, Person
from arvio.reviews.models import Reply

KINDS = ("review", "case", "thread", "account", "user", "partner", "app", "marketplace", "webhook")
AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
A_KEY = re.compile(r"arv_[A-Za-z0-9_-]{6}")
# Who acts where no person does.
NOBODY = {"worker": ("policy", "worker"), "command": ("command",)}
MOST = 100


@dataclass(frozen=True)
class Meant:
    subjects: Sequence[str] = field(default=())
    apps: Sequence[UUID] = field(default=())


def about(*, marketplace: Marketplace, text: str) -> Meant:
    """An id of anything, alone or in an address, or the marketplace's own reference of an app, a
    partner, an account or a user. A review brings its cases and threads, an account its users. At
    most five statements; nothing found is no subject.
    """
    found = AN_ID.findall(text)
    if found:
        return _of_id(marketplace, UUID(found[-1]))
    if not text or not storable(text):
        return Meant()
    here = {"marketplace": marketplace, "ref": text}
    accounts = list(Account.objects.filter(**here).values_list("pk", flat=True))
    users = User.objects.filter(
        Q(ref=text, account__marketplace=marketplace) | Q(account__in=accounts)
    ).order_by("pk")
    partners = Partner.objects.filter(**here).values_list("pk", flat=True)
    subjects = [f"account:{pk}" for pk in accounts]
    subjects += [f"user:{pk}" for pk in users.values_list("pk", flat=True)[:MOST]]
    subjects += [f"partner:{pk}" for pk in partners]
    return Meant(subjects, list(App.objects.filter(**here).values_list("pk", flat=True)))


def _of_id(marketplace: Marketplace, pk: UUID) -> Meant:
    reply = Reply.objects.filter(pk=pk, review__marketplace=marketplace)
    review = reply.values_list("review_id", flat=True).first() or pk
    of_review = {"marketplace": marketplace, "review_id": review}
    cases = Case.objects.filter(**of_review).order_by("pk").values_list("pk", flat=True)
    threads = Thread.objects.filter(**of_review).order_by("pk").values_list("pk", flat=True)
    users = User.objects.filter(account=pk, account__marketplace=marketplace).order_by("pk")
    subjects = [f"{kind}:{pk}" for kind in KINDS]
    if review != pk:
        subjects.append(f"review:{review}")
    subjects += [f"case:{one}" for one in cases[:MOST]]
    subjects += [f"thread:{one}" for one in threads[:MOST]]
    subjects += [f"user:{one}" for one in users.values_list("pk", flat=True)[:MOST]]
    apps = App.objects.filter(pk=pk, marketplace=marketplace).values_list("pk", flat=True)
    return Meant(subjects, list(apps))


def actors(*, marketplace: Marketplace, text: str) -> tuple[list[str] | None, str]:
    """Whoever is meant by a name, an e-mail address, `worker`, `command` or the beginning of a key,
    as actors, and that beginning. None: anybody. Two statements.
    """
    if not text:
        return None, ""
    if text.casefold() in NOBODY:
        return list(NOBODY[text.casefold()]), ""
    if not storable(text):
        return [], ""
    prefix = A_KEY.match(text)
    if prefix:
        keys = Key.objects.filter(prefix=prefix[0], marketplace_id=marketplace.pk)
        ids = keys.exclude(person=None).values_list("person_id", flat=True)
        return [f"person:{pk}" for pk in ids], prefix[0]
    # SQLite folds the case of ASCII alone.
    named = Q(email=text.lower())
    for way in sorted({text, text.lower(), text.title()}):
        named |= Q(name__icontains=way)
    people = Person.objects.filter(named).order_by("pk").values_list("pk", flat=True)[:MOST]
    return [f"person:{pk}" for pk in people], ""
