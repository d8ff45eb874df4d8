"""A key that is about to end: whoever looks after it is told a week and a day before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.models import Marketplace
from arvio.notify.ground import Reader, speaking
from arvio.notify.letters import Letter, Link
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import render
from arvio.people import queries
from arvio.people.actions import remind
from arvio.people.models import Key, Person, Role

PAGES = {
    Key.Kind.SERVER: "operator/keys",
    Key.Kind.MODERATOR: "desk/keys",
    Key.Kind.PARTNER: "partner/settings/keys",
}


def tell_ending(*, keys: Sequence[str], now: datetime) -> None:
    """`keys` are of due rows: a key's id. One that was revoked, or was replaced and isn't used any
    more, is told of to nobody.
    """
    found = list(queries.ending(now=now).filter(pk__in=[UUID(key) for key in keys]))
    places = Marketplace.objects.in_bulk({key.marketplace_id for key in found})
    operators = _operators(set(places))
    mails = []
    for key in found:
        marketplace = places[key.marketplace_id]
        readers = [key.person] if key.person else operators.get(marketplace.pk, [])
        mails += [_mail(key, marketplace, person) for person in readers if person.is_active]
        remind(key=key, now=now)
    post(mails=mails, now=now)


def _operators(places: set[UUID]) -> dict[UUID, list[Person]]:
    found: dict[UUID, list[Person]] = {}
    rows = Role.objects.select_related("person").filter(
        place_id__in=places, kind=Role.Kind.OPERATOR
    )
    for role in rows.order_by("person__email"):
        found.setdefault(role.place_id, []).append(role.person)
    return found


def _mail(key: Key, marketplace: Marketplace, person: Person) -> Mail:
    reader = Reader(person.pk, person.email, person.language)
    with speaking(reader=reader, marketplace=marketplace):
        return Mail(
            to=reader.email,
            rendered=render(
                letter=_letter(key, marketplace),
                marketplace=marketplace.name,
                accent=marketplace.accent,
            ),
            from_name=marketplace.name,
            marketplace_id=marketplace.pk,
            reader_id=reader.id,
        )


def _letter(key: Key, marketplace: Marketplace) -> Letter:
    values = {
        "name": key.name,
        "prefix": key.prefix,
        "marketplace": marketplace.name,
        "moment": written.limit(key.ends_at, get_language()) if key.ends_at else "",
    }
    return Letter(
        subject=_("The key “%(name)s” of %(marketplace)s ends on %(moment)s") % values,
        heading=_("The key “%(name)s” ends soon") % values,
        fact=_("Programs that use the key %(prefix)s… are refused from %(moment)s on.") % values,
        rest=_("Make the key that takes its place, and give it to these programs before."),
        action=Link(_("Open the keys"), f"{settings.BASE_URL}/{PAGES[Key.Kind(key.kind)]}/"),
        why=_("You get this because you look after %(place)s.") % {"place": marketplace.name}
        if key.kind == Key.Kind.SERVER
        else _("You get this because the key is yours."),
    )
