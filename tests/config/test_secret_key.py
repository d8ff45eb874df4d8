"""What was signed, sealed or kept under an earlier `SECRET_KEY` counts as long as that is named in
`SECRET_KEY_FALLBACKS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from arvio.catalog.pseudonyms import pseudonym
from arvio.connect.hubspot.sealing import Unreadable, seal, unseal
from arvio.ids import uuid7
from arvio.moderation import links
from arvio.notify import preferences
from arvio.people.models import Person
from arvio.web import frames
from tests.api.caller import token_of
from tests.cast import Stage, stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OLD, NEW = "the-old-key-" + "o" * 40, "the-new-key-" + "n" * 40


@pytest.fixture
def become(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What a restart with other keys does: signers take theirs when they are made."""

    def restart(*keys: str) -> None:
        settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = keys
        for room, name in ((preferences, "SIGNER"), (links, "SIGNER"), (links, "CASE_SIGNER")):
            salt = getattr(room, name).salt
            monkeypatch.setattr(room, name, signing.Signer(salt=salt))

    return restart


def test_links_seals_and_sessions_outlast_a_change_that_names_the_old_key(
    become: Callable[..., None],
) -> None:
    become(OLD)
    stage()
    ids = [uuid7(), uuid7()]
    stop = preferences.Stop(ids[0], ids[1], "reply_sent")
    report, case = links.token_of(report_id=ids[0]), links.case_token_of(case_id=ids[1])
    stopped, sealed = stop.token, seal("refresh")
    member = Client()
    member.force_login(Person.objects.get(email="petra@pixel.example"))
    for keys, counts in (((NEW, OLD), True), ((NEW,), False)):
        become(*keys)
        assert (preferences.read_stop(token=stopped) == stop) is counts
        assert (links.read_token(token=report) == ids[0]) is counts
        assert (links.read_case_token(token=case) == ids[1]) is counts
        assert _unseals(sealed) is counts
        # Whoever came while both counted has a session of the new key by now.
        assert member.get("/partner/").status_code == 200


def _unseals(sealed: str) -> bool:
    try:
        return unseal(sealed) == "refresh"
    except Unreadable:
        return False


def test_a_form_that_was_opened_before_is_taken_after(become: Callable[..., None]) -> None:
    become(OLD)
    store: Stage = stage()
    viewer, path = Client(), "/store/in/calls/"
    viewer.post(path, {"token": token_of(store.anna)}, secure=True)
    token = viewer.cookies[frames.COOKIE].value
    guard = frames.guard(token)

    def sent() -> int:
        form = {"guard": guard, "stars": "5"}
        return viewer.post(f"{path}draft/", form, secure=True).status_code

    taken = sent()
    become(NEW, OLD)
    assert sent() == taken < 400
    become(NEW)
    assert sent() != taken


def test_who_was_erased_or_has_reported_is_known_again_by_the_first_key(
    become: Callable[..., None],
) -> None:
    place = uuid7()

    def known() -> tuple[str, str]:
        return pseudonym(marketplace_id=place, ref="anna"), links.email_key("zed@x.example")

    become(OLD)
    first = known()
    become(NEW, OLD)
    assert known() == first
    become("a-third-key-" + "t" * 40, NEW, OLD)
    assert known() == first
