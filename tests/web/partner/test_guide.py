"""The partner's guide: the policy in words, the guidelines, and code for one's own apps."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from arvio.catalog import clips
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.files import default_document
from arvio.catalog.models import App
from arvio.reviews.tips.rules import KEYS
from arvio.reviews.tips.wording import LABELS
from arvio.web import script
from tests import cast
from tests.cast import NOW, Stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GUIDE = "/partner/guide/"
SignIn = Callable[..., Client]
REASONS = (
    "People learn from those who use the app",
    "Customers see that somebody is there",
    "The app is found more easily",
    "You learn what to do next",
)


def read(client: Client, query: str = "?lang=en") -> str:
    response = client.get(f"{GUIDE}{query}")
    assert response.status_code == 200
    return " ".join(html.unescape(response.content.decode()).split())


def download(client: Client, app: str = "calls") -> str:
    response = client.get(f"{GUIDE}{app}/arvio-prompt.html?lang=en")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="arvio-prompt.html"'
    return response.content.decode()


@pytest.mark.parametrize("who", ["petra@pixel.example", "pavel@mail.example", "rita@mail.example"])
def test_everybody_of_a_partner_reads_why_how_and_what_to_answer(who: str, sign_in: SignIn) -> None:
    cast.stage()
    page = read(sign_in(who))
    for words in (*REASONS, "Before you ask for reviews", "Report or dispute", "A short clip"):
        assert words in page
    for key in KEYS:
        assert f". {LABELS[key]}</h3>" in page
    assert page.count("For example: “") == 7
    assert 'aria-current="page">Guide</a>' in page


def test_what_may_be_asked_is_read_from_the_policy_in_force(sign_in: SignIn) -> None:
    cast.stage(preset="hubspot-2022")
    page = read(sign_in())
    assert "We ask for a review by one e-mail, 30 days after the installation." in page
    assert "at most 3 times a year" in page and "60 days" in page
    assert "The partner can answer a review once." in page


def test_where_no_app_may_ask_there_is_no_code(sign_in: SignIn) -> None:
    cast.stage(overrides={"prompts": {"per_year": 0}})
    page = read(sign_in())
    assert "let no app ask inside the product" in page and "import { Arvio }" not in page
    assert "We send no e-mail that asks for a review." in page


def test_the_guidelines_stand_there_with_who_confirmed_them(sign_in: SignIn) -> None:
    store = cast.stage()
    page = read(sign_in())
    assert "Read and accepted by Petra Peltonen" in page
    assert page.index('id="guidelines"') < page.index('id="asking"')
    set_guidelines(
        marketplace=store.marketplace,
        document=default_document(languages=["en", "ru", "fi"]),
        effective_at=NOW,
        actor="x",
        now=NOW,
    )
    assert "Confirm for Pixel" in read(sign_in())
    assert "Confirm for Pixel" not in read(sign_in("rita@mail.example"))


def test_the_code_names_the_app_the_script_and_its_integrity(sign_in: SignIn) -> None:
    cast.stage()
    client, published = sign_in(), script.published()
    page = download(client)
    found = re.search(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    assert found
    assert json.loads(found[1]) == {
        "imports": {"arvio": published.url},
        "integrity": {published.url: published.integrity},
    }
    assert published.url.startswith(settings.BASE_URL)
    assert 'import { Arvio } from "arvio";' in page
    assert 'marketplace: "store",' in page and 'app: "calls",' in page
    assert 'Arvio.moment("task-done")' in page
    assert "style=" not in page
    shown = client.get(f"{GUIDE}?lang=en").content.decode()
    assert "&lt;script type=&quot;importmap&quot;&gt;" in shown
    assert page.strip() in html.unescape(shown)


def test_another_app_of_ones_own_can_be_chosen_and_no_other(sign_in: SignIn) -> None:
    store = cast.stage()
    cast.make_app(store.marketplace, store.partner, "mail")
    cast.make_app(store.marketplace, store.partner, "old", retired=True)
    cast.rival(store, app="rings")
    client = sign_in()
    assert 'app: "calls",' in read(client)
    assert 'app: "mail",' in read(client, "?app=mail&lang=en")
    for ref in ("rings", "old", "none", "%00"):
        assert client.get(f"{GUIDE}?app={ref}").status_code == 404
        assert client.get(f"{GUIDE}{ref}/arvio-prompt.html").status_code == 404


def test_names_of_apps_break_out_of_nothing(sign_in: SignIn) -> None:
    store = cast.stage()
    bad = '</textarea><script>"&'
    cast.make_app(store.marketplace, store.partner, 'a"<script>', name=bad)
    App.objects.filter(ref="calls").update(retired=True)
    page = sign_in().get(f"{GUIDE}?lang=en").content.decode()
    assert bad not in page
    code = html.unescape(page)
    assert 'app: "a\\"\\u003cscript\\u003e",' in code
    assert "<title>&lt;/textarea&gt;&lt;script&gt;" in code


def test_badges_stand_there_to_be_copied(sign_in: SignIn) -> None:
    cast.stage()
    client = sign_in()
    page = read(client)
    base = f"{settings.BASE_URL}/store/apps/calls/"
    alt = "Reviews of Calls on The Store"
    for style, height in (("", 40), ("?style=card", 74)):
        code = (
            f'<a href="{base}"><img src="{base}badge.svg{style}" height="{height}" alt="{alt}"></a>'
        )
        assert code in page
    assert f'href="{base}reviews.atom">Atom</a>' in page
    for picture in re.findall(r'src="(/store/apps/[^"]+)"', page):
        assert client.get(picture).status_code == 200


def test_without_an_app_it_says_when_there_will_be_code(sign_in: SignIn) -> None:
    cast.stage()
    App.objects.update(retired=True)
    page = read(sign_in())
    assert "The code stands here as soon as" in page and "Badges stand here as soon as" in page
    assert REASONS[0] in page


def test_the_marketplaces_own_clip_is_linked_beside_the_drawn_one(sign_in: SignIn) -> None:
    store = cast.stage()
    assert "Clip of The Store" not in read(sign_in())
    url = "https://portal.example/how-to.mp4"
    clips.set_clip(marketplace=store.marketplace, url=url, actor="x", now=NOW)
    page = read(sign_in())
    assert f'href="{url}" target="_blank" rel="noopener">Clip of The Store' in page
    assert "/static/widgets/how-to.svg" in page


def test_the_drawn_clip_is_a_picture_without_script_or_words() -> None:
    found = finders.find(clips.OURS)
    assert isinstance(found, str)
    svg = Path(found).read_text(encoding="utf-8")
    assert not re.search(r"<script|href|url\(|@import| style=|\son\w+=|<foreignObject", svg)
    assert "prefers-reduced-motion: no-preference" in svg and "svg:not(:target)" in svg
    outside = svg.partition("@media (prefers-reduced-motion")[0]
    assert "animation" not in outside
    said = re.sub(r"<style>.*?</style>", "", svg, flags=re.DOTALL)
    assert set(re.findall(r">([^<\n]+)<", said)) == {"★★★★☆", "A"}


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "Почему отзывы важны"), ("fi", "Miksi arvosteluilla on väliä")],
)
def test_it_speaks_the_members_language(language: str, words: str, sign_in: SignIn) -> None:
    cast.stage()
    client = sign_in()
    assert words in read(client, f"?lang={language}")
    assert (
        f'<html lang="{language}">'
        in client.get(f"{GUIDE}calls/arvio-prompt.html?lang={language}").content.decode()
    )


def test_as_few_statements_however_many_apps(
    sign_in: SignIn, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    store: Stage = cast.stage()
    client = sign_in()
    read(client)
    with count_sql() as few:
        read(client)
    for number in range(8):
        cast.make_app(store.marketplace, store.partner, f"more-{number}")
    with count_sql() as many:
        read(client)
    assert len(few) == len(many)
