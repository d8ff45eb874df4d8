"""The operator's pages of the marketplace, its people, its paid places and its overview."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from arvio.audit.models import AuditRow
from arvio.catalog.marketplaces import change_marketplace, set_policy
from arvio.catalog.models import Marketplace, Placement
from arvio.people.models import Person, Role
from tests import cast
from tests.cast import NOW, Stage
from tests.web.desk.staffed import MIKA, OLLI

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SignIn = Callable[[str], Client]
HOME, MARKET, PEOPLE = "/operator/", "/operator/marketplace/", "/operator/people/"
PLACES = "/operator/placements/"
DAY = timedelta(days=1)


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def typed(store: Stage, **changed: Any) -> dict[str, Any]:
    """What the form sends of the marketplace as it is, but for this."""
    row = Marketplace.objects.get(pk=store.marketplace.pk)
    seen = {
        name: getattr(row, name)
        for name in ("name", "languages", "accent", "calendar", "time_zone", "plans_url")
    }
    return {
        **seen,
        "main": row.languages[0],
        "frame_hosts": "\n".join(row.frame_hosts),
        "origins": "\n".join(row.origins),
        "clip_url": row.clip_url,
        "seen": json.dumps(seen | {"frame_hosts": [], "origins": [], "clip_url": ""}),
        "do": "save",
        **changed,
    }


def test_the_marketplace_is_changed_and_every_page_wears_its_own_colour(
    store: Stage, sign_in: SignIn
) -> None:
    client = sign_in(OLLI)
    look = client.post(MARKET, typed(store, accent="own", own="#B33A00", do="look"))
    assert look.status_code == 200 and "5.5 : 1 on light" not in text(look)
    assert "#b33a00" in text(look) and Marketplace.objects.get(slug="store").accent == "indigo"
    saved = client.post(
        MARKET,
        typed(
            store,
            accent="own",
            own="#B33A00",
            calendar="fi",
            time_zone="Europe/Helsinki",
            languages=["en", "fi"],
            main="fi",
            origins="https://a.example\r\n\r\n https://b.example ",
        ),
    )
    assert (saved.status_code, saved.headers["Location"]) == (303, f"{MARKET}?saved=1")
    found = Marketplace.objects.get(slug="store")
    assert (found.accent, found.calendar, found.languages) == ("#b33a00", "FI", ["fi", "en"])
    assert found.origins == ["https://a.example", "https://b.example"]
    row = AuditRow.objects.get(tag="marketplace:changed")
    assert row.after is not None and set(row.after) == {
        *("accent", "calendar", "time_zone", "languages", "origins"),
    }
    page = text(Client().get("/store/"))
    assert 'href="/store/theme.css?b33a00"' in page and 'data-accent="#b33a00"' in page
    sheet = Client().get("/store/theme.css?b33a00")
    assert '[data-accent="#b33a00"] { --accent: #b33a00; }' in text(sheet)
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert '/store/theme.css?b33a00"' in text(Client().get("/"))
    assert Client().get("/market/theme.css").status_code == 404
    shown = text(client.get(f"{MARKET}?saved=1", headers={"Accept-Language": "fi"}))
    assert ("Tallennettu." in shown and "Vapunpäivä" in shown) or "Pitkäperjantai" in shown


def test_what_is_wrong_is_named_with_its_line_and_nothing_that_was_typed_is_lost(
    store: Stage, sign_in: SignIn
) -> None:
    wrong = {
        "accent": "own",
        "own": "#ffd000",
        "name": " ",
        "frame_hosts": "https://a.example\nb.example/<script>",
        "calendar": "ZZ",
    }
    answer = sign_in(OLLI).post(MARKET, typed(store, **wrong))
    page = text(answer)
    assert answer.status_code == 422
    assert "it reaches 1.3 : 1 where 4.5 : 1 is asked. #856c00 is near and passes." in page
    assert "Line 2: 'b.example/<script>' isn't https://portal.example" in page
    assert "4 fields are to be put right." in page and "<script>" not in answer.content.decode()
    assert (
        'value="#ffd000"' in page
        and not AuditRow.objects.filter(tag="marketplace:changed").exists()
    )


def test_who_saves_after_somebody_else_keeps_what_they_typed_and_may_save_again(
    store: Stage, sign_in: SignIn
) -> None:
    client, mine = sign_in(OLLI), typed(store, name="Mine", calendar="FI")
    change_marketplace(
        marketplace=store.marketplace, name="Theirs", plans_url="https://p.example", now=NOW,
        actor="person:1",
    )  # fmt: skip
    late = client.post(MARKET, mine)
    assert late.status_code == 409 and "Name, now: Theirs" in text(late)
    assert Marketplace.objects.get(slug="store").calendar == "US"
    seen = html.unescape(
        late.content.decode().partition('name="seen" value="')[2].partition('"')[0]
    )
    assert client.post(MARKET, {**mine, "seen": seen}).status_code == 303
    found = Marketplace.objects.get(slug="store")
    assert (found.name, found.calendar, found.plans_url) == ("Mine", "FI", "https://p.example")


def test_an_operator_comes_by_a_mail_and_one_who_is_removed_loses_the_desk_at_once(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    given = {"email": "nina@store.example", "name": "Nina", "kind": "operator", "language": "fi"}
    assert olli.post(PEOPLE, given).status_code == 303
    assert olli.post(PEOPLE, given).status_code == 422
    body = str(mail.outbox[-1].body)
    assert "henkilökuntaan" in body
    link = body[body.index("/accounts/invitation/") :].split()[0]
    guest = Client()
    door = guest.get(f"{link}?lang=en")
    assert "You are invited to the staff of The Store." in text(door) and "Operator" in text(door)
    joined = guest.post(link, {"name": "Nina", "password": "nine green bottles"})
    assert joined.headers["Location"] == "/desk/"
    assert guest.get(PEOPLE).status_code == 200
    nina = Person.objects.get(email="nina@store.example")
    assert guest.post(f"{PEOPLE}remove/{nina.pk}/").status_code == 303  # she leaves
    assert guest.get("/desk/").status_code == 403
    mika = Person.objects.get(email=MIKA)
    session = sign_in(MIKA)
    assert session.get("/desk/").status_code == 200
    assert olli.post(f"{PEOPLE}change/{mika.pk}/", {"kind": "owner"}).status_code == 404
    assert "Remove Mika Moilanen?" in text(olli.get(f"{PEOPLE}remove/{mika.pk}/"))
    olli.post(f"{PEOPLE}remove/{mika.pk}/")
    assert session.get("/desk/").status_code == 403
    me = Person.objects.get(email=OLLI)
    olli.post(f"{PEOPLE}remove/{me.pk}/")
    assert "One operator stays." in text(olli.get(PEOPLE))
    assert Role.objects.filter(person=me, kind="operator").exists()


def test_the_first_owner_of_a_partner_is_invited_and_the_link_sent_again_or_taken_back(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    Role.objects.filter(place_id=store.partner.pk, kind="owner").delete()
    listed = text(olli.get(f"{PEOPLE}owners/?ownerless=1&q=PIX"))
    assert "nobody owns it yet" in listed and "Invite the first owner" in listed
    page = f"{PEOPLE}owners/{store.partner.pk}/"
    given = {"email": "first@pixel.example", "kind": "owner", "language": "en"}
    assert olli.post(page, {**given, "kind": "operator"}).status_code == 422
    assert olli.post(page, given).headers["Location"] == f"{PEOPLE}owners/"
    action = text(olli.get(f"{PEOPLE}owners/")).partition(f"{PEOPLE}invitation/")[2][:36]
    for do in ("resend", "revoke"):
        answer = olli.post(f"{PEOPLE}invitation/{action}/", {"action": do})
        assert answer.headers["Location"] == f"{PEOPLE}owners/"
    assert len(mail.outbox) == 2 and "resend" not in text(olli.get(f"{PEOPLE}owners/"))


def test_a_place_is_sold_labelled_and_ended_in_the_marketplaces_own_time(
    store: Stage, sign_in: SignIn
) -> None:
    Marketplace.objects.filter(pk=store.marketplace.pk).update(time_zone="Asia/Tokyo")
    client = sign_in(OLLI)
    given = {"app": "calls", "since": "2026-03-01T00:00", "until": "2026-03-05T00:00"}
    for wrong, said in (
        ({"app": "none"}, "Choose an app of the list"),
        ({"until": "2026-03-02T18:00"}, "The end lies after the beginning"),
        ({"since": "soon"}, "Give a day and a time."),
    ):
        answer = client.post(PLACES, {**given, **wrong})
        assert answer.status_code == 422 and said in text(answer)
    assert client.post(PLACES, given).status_code == 303
    again = client.post(PLACES, {**given, "until": "2026-04-01T00:00"})
    assert "This app has a paid place at that time already." in text(again)
    place = Placement.objects.get()
    assert (place.since_at, place.until_at.hour) == (NOW, 15)
    empty = client.post(f"{PLACES}label/", {"wording": "own", "own-en": "Ad", "own-fi": "Mainos"})
    assert empty.status_code == 422 and "The label can’t be empty." in text(empty)
    words = {"own-en": "Paid by Pixel", "own-ru": "Реклама", "own-fi": "Mainos"}
    client.post(f"{PLACES}label/", {"wording": "own", **words})
    front = text(Client().get("/store/?lang=ru"))
    assert ">Реклама</span>" in front and "Оплаченное место" not in front
    assert "End the paid place of" in text(client.get(f"{PLACES}end/{place.pk}/"))
    client.post(f"{PLACES}end/{place.pk}/")
    assert "Реклама" not in text(Client().get("/store/?lang=ru"))
    tags = AuditRow.objects.filter(tag__contains="pla", actor__startswith="person:")
    assert {row.tag for row in tags} == {
        "marketplace:place_sold",
        "marketplace:paid_label_set",
        "marketplace:place_called_off",
    }


def test_the_overview_tells_what_waits_at_a_constant_cost(
    store: Stage,
    sign_in: SignIn,
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    client = sign_in(OLLI)
    client.get(HOME)
    with count_sql() as few:
        client.get(HOME)
    for number in range(3):
        set_policy(
            marketplace=store.marketplace,
            preset="hubspot-2022",
            effective_at=NOW + (number + 1) * DAY,
            actor="command",
            now=NOW,
        )
        store.published()
        cast.make_app(store.marketplace, store.partner, f"app-{number}")
    with count_sql() as many:
        page = text(client.get(HOME))
    assert len(many) == len(few) <= 26
    assert "Version 2 of the rules comes into force on 3 Mar 2026" in page
    assert "3 people of the staff sign in without a second factor." in page
    assert 'href="/operator/placements/"' in page
