"""Links and e-mail addresses are told from versions, file names and missing spaces."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.screening.addresses import find_emails, find_links, parents

pytestmark = pytest.mark.once

LINKS = [
    ("See https://example.com/a?b=c#d for more", "https://example.com/a?b=c#d", "example.com"),
    ("http://shop.example", "http://shop.example", "shop.example"),
    ("(HTTPS://Example.Org/path).", "HTTPS://Example.Org/path", "example.org"),
    ("hxxp://bad.example/x", "hxxp://bad.example/x", "bad.example"),
    ("https://user:pw@evil.example/x", "https://user:pw@evil.example/x", "evil.example"),
    ("www.mystore.cl is ours", "www.mystore.cl", "www.mystore.cl"),
    ("Visit mystore.com!", "mystore.com", "mystore.com"),
    ("our site: best-crm.io/promo,", "best-crm.io/promo", "best-crm.io"),
    ("EXAMPLE.COM", "EXAMPLE.COM", "example.com"),
    ("пишите на сайт-компании.рф", "сайт-компании.рф", "сайт-компании.рф"),
    ("наш сайт mysite.ru.", "mysite.ru", "mysite.ru"),
    ("osoitteessa kauppa.fi", "kauppa.fi", "kauppa.fi"),
    ("t.me/ourchannel", "t.me/ourchannel", "t.me"),
    ("bit.ly/3xYz", "bit.ly/3xYz", "bit.ly"),
    ("wa.me/358401234567", "wa.me/358401234567", "wa.me"),
    ("shop.brand.it has it", "shop.brand.it", "shop.brand.it"),
    ("deals.example.co.uk", "deals.example.co.uk", "deals.example.co.uk"),
    ("buy at cheap[.]com", "cheap[.]com", "cheap.com"),
    ("cheap (dot) com", "cheap (dot) com", "cheap.com"),
    ("go to cheap dot com now", "cheap dot com", "cheap.com"),
    ("дешево точка рф", "дешево точка рф", "дешево.рф"),
    ("example.com:8080/x", "example.com:8080/x", "example.com"),
    ("“best.store”", "best.store", "best.store"),
    ("see xn--80ak6aa92e.com", "xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
    ("my-shop.xyz", "my-shop.xyz", "my-shop.xyz"),
    ("Great.Visit rival-app.com.", "rival-app.com", "rival-app.com"),
    ("https://t.me/joinchat/abc", "https://t.me/joinchat/abc", "t.me"),
    ("ftp://files.example/x", "ftp://files.example/x", "files.example"),
    ("1c.ru", "1c.ru", "1c.ru"),
    ("a.b.c.example.com", "a.b.c.example.com", "a.b.c.example.com"),
]

NO_LINKS = [
    "Version 3.2.1 works, 3.2.1.So does 10.0.19045",
    "etc.Then it stopped. It works.So far so good",
    "it works.so far", "Great app.it works", "love it.me too", "do.no harm", "stop.is it on",
    "Отлично.Но дорого", "Хорошо.Все работает.ру", "Hyvä.Mutta hidas", "nopea.ja varma",
    "index.php, data.csv, report.xlsx, photo.jpg, setup.exe, README.md, script.sh, a.zip",
    "Node.js, Vue.js, ASP.NET, Next.js, socket.io, draw.io",
    "e.g. this, i.e. that, a.m. and p.m., U.S.A., Ph.D., etc.",
    "crm.deal.add and user.get",
    "costs 9.99 or 1.000,00 or $5.com".replace(".com", ""),
    "Mr.Smith, Inc.Our team", "the end...then more", "well....ok", "no.1 app", "vs.others",
    "12.05.2024", "at 10.30", "St.Petersburg", "rev.2b", "config.yml", "Ltd.The",
    "and/or, 24/7, he/she", "http is slow", "https://", "www is dead", "a.b", "x.y.z", "…", "...",
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown", "host"), LINKS)
def test_a_link_is_found_where_it_stands(text: str, shown: str, host: str) -> None:
    assert [(text[s.start : s.end], s.value) for s in find_links(text)] == [(shown, host)]


@pytest.mark.parametrize("text", NO_LINKS)
def test_what_looks_like_a_link_is_none(text: str) -> None:
    assert [text[span.start : span.end] for span in find_links(text)] == []


@pytest.mark.parametrize(
    ("text", "shown", "domain"),
    [
        ("write to anna@example.com.", "anna@example.com", "example.com"),
        ("Anna.Korhonen+x@Mail.Example", "Anna.Korhonen+x@Mail.Example", "mail.example"),
        ("<a_b-c@sub.example.fi>", "a_b-c@sub.example.fi", "sub.example.fi"),
        ("почта@пример.рф", "почта@пример.рф", "пример.рф"),
        ("anna (at) example.com", "anna (at) example.com", "example.com"),
        ("anna [at] example [dot] com", "anna [at] example [dot] com", "example.com"),
        ("anna собака mail.ru", "anna собака mail.ru", "mail.ru"),
    ],
)
def test_an_email_is_found_and_is_no_link(text: str, shown: str, domain: str) -> None:
    assert [(text[s.start : s.end], s.value) for s in find_emails(text)] == [(shown, domain)]
    assert find_links(text) == []


@pytest.mark.parametrize(
    "text",
    ["@anna said", "anna@", "5 @ 3.50", "a @ b.com", "me@home", "@@", "look (at) me", "@.com"],
)
def test_what_has_an_at_sign_is_not_always_an_email(text: str) -> None:
    assert find_emails(text) == []


def test_a_domain_lies_under_its_parents() -> None:
    assert parents("Mail.Shop.Example.") == ["mail.shop.example", "shop.example"]
    assert parents("localhost") == []


@given(st.text(alphabet="ab.@/: (dot)[]-1", max_size=200))
def test_any_text_is_read(text: str) -> None:
    for span in (*find_links(text), *find_emails(text)):
        assert 0 <= span.start < span.end <= len(text)


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "@", "a@", "a@b.", "http://", "-a", "a-.", "[.]", "a dot ", "www.", f"{'a' * 62}."],
)
def test_a_long_text_is_read_in_no_time(piece: str) -> None:
    text = (piece * 5_000)[:5_000]
    start = time.process_time()
    find_links(text)
    assert time.process_time() - start < 0.5
