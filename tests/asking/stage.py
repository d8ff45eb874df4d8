"""The cast as the partner's members, for the tests of links."""

from __future__ import annotations

from arvio.catalog.members import Member
from arvio.people.models import Person, Role
from tests.cast import Stage


def member_of(stage: Stage, email: str = "petra@pixel.example") -> Member:
    person = Person.objects.get(email=email)
    role = Role.objects.get(person=person, place_id=stage.partner.pk)
    return Member(person, stage.partner, role.kind)
