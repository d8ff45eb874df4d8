from __future__ import annotations

import threading

import pytest
from django.db import connection

from arvio.ids import uuid7
from arvio.people import actions, queries
from arvio.people.models import Key, Person, Role
from tests.cast import NOW

PLACE, MARKETPLACE = uuid7(), uuid7()
OWNER, REPLIER = Role.Kind.OWNER, Role.Kind.REPLIER


def put(*members: tuple[str, str, str], place: object = PLACE) -> None:
    actions.put_members(
        marketplace_id=MARKETPLACE,
        place_id=place,  # type: ignore[arg-type]  # a UUID
        members=members,
        kinds=Role.MEMBER_KINDS,
    )


def roles() -> dict[str, str]:
    return dict(Role.objects.filter(place_id=PLACE).values_list("person__email", "kind"))


@pytest.mark.django_db
def test_the_list_of_members_replaces_the_one_that_was() -> None:
    put(("Petra@Pixel.example ", "Petra", OWNER), ("pavel@pixel.example", "Pavel", REPLIER))
    assert roles() == {"petra@pixel.example": OWNER, "pavel@pixel.example": REPLIER}
    put(("petra@pixel.example", "Petra", REPLIER))
    put(("petra@pixel.example", "Petra", REPLIER))
    assert roles() == {"petra@pixel.example": REPLIER}
    put()
    assert roles() == {}
    assert Person.objects.count() == 2


@pytest.mark.django_db
def test_a_new_member_can_not_sign_in_before_setting_a_password() -> None:
    put(("petra@pixel.example", "Petra", OWNER))
    assert not Person.objects.get().has_usable_password()


@pytest.mark.django_db
def test_a_person_may_stand_in_several_partners() -> None:
    other = uuid7()
    put(("petra@pixel.example", "Petra", OWNER))
    put(("petra@pixel.example", "Petra", REPLIER), place=other)
    standing = queries.standing(
        marketplace_id=MARKETPLACE, emails=["PETRA@pixel.example", "nobody@x.example", ""]
    )
    assert set(standing) == {"petra@pixel.example"}
    assert standing["petra@pixel.example"].partners == {PLACE, other}
    assert not standing["petra@pixel.example"].staff
    assert queries.standing(marketplace_id=uuid7(), emails=["petra@pixel.example"]) == {}


@pytest.mark.django_db(transaction=True)
def test_two_partners_may_name_one_new_person_at_the_same_moment() -> None:
    together, failures = threading.Barrier(4), list[BaseException]()

    def one() -> None:
        try:
            together.wait()
            put(("petra@pixel.example", "Petra", OWNER), place=uuid7())
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (Person.objects.count(), Role.objects.count()) == (1, 4)


@pytest.mark.django_db
def test_a_key_is_shown_once_and_kept_as_a_hash() -> None:
    token = actions.create_key(kind="server", marketplace_id=MARKETPLACE, name="shop", now=NOW)
    assert token.startswith("arv_")
    kept = Key.objects.values().get()
    assert token not in map(str, kept.values())
    found = queries.key(token=token, now=NOW)
    assert found is not None
    assert (found.scopes, found.marketplace_id) == (["catalog", "tokens", "webhooks"], MARKETPLACE)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "arv_", "arv_nobody", "\0", "\ud800", "x" * 10_000])
def test_no_other_text_is_a_key(token: str) -> None:
    actions.create_key(kind="server", marketplace_id=MARKETPLACE, name="shop", now=NOW)
    assert queries.key(token=token, now=NOW) is None


@pytest.mark.django_db
def test_a_revoked_key_is_none() -> None:
    token = actions.create_key(kind="server", marketplace_id=MARKETPLACE, name="shop", now=NOW)
    Key.objects.update(revoked_at=NOW)
    assert queries.key(token=token, now=NOW) is None
