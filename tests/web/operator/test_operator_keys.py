"""Keys and the secret for viewer tokens on the operator's pages, and one's own keys on the desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from arvio.audit.models import AuditRow
from arvio.catalog import staff_keys
from arvio.catalog.models import Marketplace
from arvio.people import queries
from arvio.people.models import Key
from tests.cast import NOW, Stage
from tests.web.desk.staffed import MIKA, OLLI, own_key, server_key

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SignIn = Callable[[str], Client]
KEYS, DESK = "/operator/keys/", "/desk/keys/"


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def shown(answer: Any, kind: str = "arv_") -> str:
    assert "no-store" in answer["Cache-Control"]
    found = re.findall(r'<input class="input" readonly value="([^"]+)"', answer.content.decode())
    assert len(found) == 1 and found[0].startswith(kind)
    return str(found[0])


def test_a_server_key_is_made_shown_once_rotated_and_revoked(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    assert "No keys yet" in text(olli.get(KEYS))
    form = {"name": " Backend ", "scopes": ["catalog", "tokens"], "until": "2026-03-10"}
    old = shown(olli.post(KEYS, form))
    key = Key.objects.get()
    assert (key.name, key.scopes, key.person) == ("Backend", ["catalog", "tokens"], None)
    # The end of the day where the marketplace is.
    assert key.ends_at == datetime(2026, 3, 11, tzinfo=UTC)
    page = text(olli.get(KEYS))
    assert old not in page and old[:10] in page and "by Olli Oja" in page
    assert "Catalog · Viewer tokens" in page and "never used" in page

    path = f"{KEYS}{key.pk}/rotate/"
    assert "ends on 11 Mar 2026" in text(olli.get(path))
    new = shown(olli.post(path, {"keep": "hour"}))
    assert queries.key(token=old, now=NOW + timedelta(minutes=59))
    assert queries.key(token=old, now=NOW + timedelta(hours=1)) is None
    page = text(olli.get(KEYS))
    assert f"The key {new[:10]}… takes its place." in page and "Replaced" in page
    again = olli.post(path, {"keep": "hour"}, follow=True)
    assert "The key has a successor already." in text(again)

    path = f"{KEYS}{Key.objects.get(rotated_from=key).pk}/revoke/"
    assert "Revoke the key “Backend”?" in text(olli.get(path))
    olli.post(path, {"reason": "Leaked"})
    assert queries.key(token=new, now=NOW) is None
    said = AuditRow.objects.get(tag="key:revoked").after
    assert said and said["reason"] == "Leaked"
    page = text(olli.get(KEYS))
    assert "Keys that are over" in page and "revoked on 2 Mar 2026" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "Say what the key is for."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"scopes": []}, "at least one thing"),
        ({"scopes": ["everything"]}, "at least one thing"),
        ({"until": "2026-03-01"}, "a day that is still to come"),
        ({"until": "soon"}, "a day that is still to come"),
        ({"name": "a\x00b", "until": "9999-12-31"}, "a day that is still to come"),
    ],
)
def test_what_cant_be_made_says_why_and_stays(
    store: Stage, sign_in: SignIn, changed: dict[str, Any], said: str
) -> None:
    form = {"name": "Kept", "scopes": ["catalog"], "until": ""} | changed
    answer = sign_in(OLLI).post(KEYS, form)
    assert answer.status_code == 422 and said in text(answer)
    assert "Kept" in text(answer) or changed.get("name")
    assert not Key.objects.exists()


def test_keys_are_bounded(store: Stage, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_keys, "MOST", 1)
    server_key(store)
    answer = sign_in(OLLI).post(KEYS, {"name": "Two", "scopes": ["catalog"]})
    assert answer.status_code == 422 and "too many keys" in text(answer)


def test_a_staff_key_is_its_persons_own_and_an_operator_ends_it(
    store: Stage, sign_in: SignIn
) -> None:
    mika, olli = sign_in(MIKA), sign_in(OLLI)
    token = shown(mika.post(DESK, {"name": "Night shift"}))
    key = Key.objects.get()
    assert (key.kind, key.person and key.person.email, key.scopes) == ("moderator", MIKA, [])
    assert "Night shift" in text(mika.get(DESK)) and 'href="/desk/keys/"' in text(
        mika.get("/desk/")
    )
    assert "Night shift" not in text(olli.get(DESK))
    page = text(olli.get(KEYS))
    assert "Night shift" in page and "Mika Moilanen" in page
    assert f"{KEYS}{key.pk}/rotate/" not in page
    olli.post(f"{KEYS}{key.pk}/rotate/", {"keep": "day"})
    assert Key.objects.count() == 1, "nobody acts in another one's name"
    assert olli.post(f"{DESK}{key.pk}/revoke/").status_code == 404
    new = shown(mika.post(f"{DESK}{key.pk}/rotate/", {"keep": "none"}))
    assert queries.key(token=token, now=NOW) is None
    olli.post(f"{KEYS}{Key.objects.get(rotated_from=key).pk}/revoke/")
    assert queries.key(token=new, now=NOW) is None


def test_the_secret_is_shown_when_it_is_made_and_the_old_one_ends(
    store: Stage, sign_in: SignIn
) -> None:
    olli, old = sign_in(OLLI), store.marketplace.jwt_secret
    path = f"{KEYS}secret/rotate/"
    assert old not in text(olli.get(KEYS)) + text(olli.get(path))
    new = shown(olli.post(path, {"keep": "hour"}), "")
    assert Marketplace.objects.get(pk=store.marketplace.pk).token_secrets(NOW) == (new, old)
    page = text(olli.get(KEYS))
    assert new not in page and "are taken before 2 Mar 2026, 10:30" in page
    assert olli.post(path, {"keep": "hour"}).status_code == 422, "two secrets are enough"
    assert "End the old secret now?" in text(olli.get(f"{KEYS}secret/end/"))
    assert "The old secret is over." in text(olli.post(f"{KEYS}secret/end/", follow=True))
    assert Marketplace.objects.get(pk=store.marketplace.pk).token_secrets(NOW) == (new,)


def test_many_keys_cost_no_more_statements_than_few(
    store: Stage, sign_in: SignIn, count_sql: Any
) -> None:
    olli, costs = sign_in(OLLI), []
    olli.get(KEYS)
    for n in range(2):
        for name in range(1 + 4 * n):
            server_key(store, name=f"{n} {name}")
            own_key(OLLI, name=f"{n} {name} own")
        with count_sql() as statements:
            olli.get(KEYS)
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_old_addresses_lead_operators_on(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    for old, new in (
        ("webhooks/new/", "webhooks/new/"),
        ("webhooks/?lang=fi", "webhooks/?lang=fi"),
        ("webhooks//evil.example/", "webhooks//evil.example/"),
        ("prompts/", "prompts/"),
        ("guidelines/edit/", "guidelines/"),
    ):
        answer = olli.get(f"/desk/{old}")
        assert (answer.status_code, answer["Location"]) == (301, f"/operator/{new}")
    home = text(olli.get("/operator/"))
    for page in ("keys", "webhooks", "guidelines", "bans", "prompts"):
        assert f'href="/operator/{page}/"' in home


def test_an_operator_bans_without_leaving_the_operators_pages(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    form = {"account": "acme", "reason": "Adverts.", "rule": "spam", "end": "none"}
    done = olli.post("/operator/bans/new/", form)
    assert done["Location"] == "/operator/bans/?done=banned"
    page = text(olli.get(done["Location"]))
    assert "Acme Oy" in page and "/operator/bans/new/" in page and "/desk/bans/" not in page
