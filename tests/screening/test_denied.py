"""Denied words are found however they are dressed up, and never inside a decent word."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.screening.denied import LANGUAGES, find_denied, words

pytestmark = pytest.mark.once

DENIED = [
    # English
    "This is bullshit.",
    "fuck this app",
    "What a FUCKING mess",
    "fuuuuuck",
    "shiiit, again",
    "it is sh1t",
    "sh!t support",
    "$hit happens",
    "f.u.c.k you all",
    "f u c k",
    "f-u-c-k",
    "f*ck this",
    "f**k",
    "fu.ck",
    "fuсk",
    "ｆｕｃｋ",
    "fück",
    "b1tch",
    "an a$$hole",
    "their boss is a dickhead",
    "you wankers",
    "motherfuckers",
    # Russian
    "Это пиздец",
    "Полная хуйня!",
    "ХУЁВОЕ приложение",
    "заебали обновлениями",
    "охуенно работает",
    "разработчики мудаки",
    "бляяять",
    "сука, опять",
    "c\u0443ка",  # a Latin c
    "пизд0бол",
    "х у й",
    "х.у.й",
    "б*ядь",
    "говнокод",
    "nahuy",
    # Finnish
    "Ihan paska sovellus",
    "voi vittu",
    "VITTUUUU",
    "v1ttu",
    "vittumainen käyttöliittymä",
    "täyttä paskaa",
    "perkeleen hidas",
    "kusipää",
    "v i t t u",
    "saatanan saatana",
]

INNOCENT = [
    # English
    "We are from Scunthorpe and Penistone.",
    "Classic assets: an assistant assesses the class, passes and glasses.",
    "Dick van Dyke's colleague Hancock sat in the cockpit with a cocktail and a peacock.",
    "Documents accumulate; circumstances of the analyst.",
    "The therapist in Essex, Sussex and Middlesex",
    "Shitake mushrooms and shuttles",
    "snigger, niggle, Nigeria",
    "titles, constitution, titanium, button",
    "Push it, click it, hit it.",
    "Galaxy A55 and 4K, 5S, B2B, C3PO",
    "a55 a5s h1 2nd 3rd 24x7",
    "We waited.As soon as it.Hit the roof",
    "U S A, Q A, P S",
    "5*star app, ten *bold* words, a**b",
    "crap, damn, useless, terrible, hate it",
    "e.g. a.m. i.e. etc. U.S.A.",
    "Sussana Bassett Lipshitz-free Cummings Fukuda",
    "mass pass grass bass compass embarrassing",
    # Russian
    "Стало хуже, требуем учебный сервис для себя и тебя.",
    "Не забудьте хлеб, ребята, служба поддержки, потребности.",
    "Оскорблять, употреблять, углублять, корабля, рубля",
    "Бляшка, бляха, застрахуй, психуя",
    "мудрый подход, мандарин и мандат, педикюр",
    "Сук дерева, сукно, посуда, рассудок",
    "сканер перестал работать, хермес",
    "Говорить с поддержкой, гондола",
    "колеблется, небо, вебинар, мебель, учеба",
    "Отстой, ужас, бред, идиотский интерфейс",
    "команда, мандарины, командировка",
    "истребитель, потреблять, дебет, стебель",
    "CRM-система в Bitrix, 1С и API",
    # Finnish
    "Kuusi kuusta, kuusikko ja kusti polkee",
    "Pasta, basilika",
    "perspektiivi, persikka, persoona, Perseus",
    "pilli, pillastua, pilleri",
    "vitamiini, vitaali",
    "Vitsi, vitriini, vitkastelu",
    "hitto, helvetin hyvä, hemmetti",
    "kullan arvoinen, kulma",
    "homogeeninen, runko, runsas",
    "assistentti, ässä, kassa, passi, tassu",
    "huoneet, huolto, huonosti",
]


@pytest.mark.parametrize("text", DENIED)
def test_a_denied_word_is_found(text: str) -> None:
    found = find_denied(text)
    assert len(found) >= 1
    assert all(text[span.start : span.end].strip() for span in found)


@pytest.mark.parametrize("text", INNOCENT)
def test_a_decent_word_is_left_alone(text: str) -> None:
    assert [text[span.start : span.end] for span in find_denied(text)] == []


def test_a_word_is_shown_where_it_stands_and_once() -> None:
    text = "Well… sh1t! And f.u.c.k it."
    assert [text[span.start : span.end] for span in find_denied(text)] == ["sh1t", "f.u.c.k"]


def test_a_marketplace_adds_words_stems_and_phrases() -> None:
    own = ("Rivalsoft", "scam*", "free money")
    text = "RIVALSOFT is better. Scammers promise free, money. rivalsofts"
    shown = [text[span.start : span.end] for span in find_denied(text, own)]
    assert shown == ["RIVALSOFT", "Scammers", "free, money"]
    assert find_denied(text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_and_no_list_needs_folding(language: str) -> None:
    lists = words()
    assert len(lists.whole) > 150
    assert not {stem for stem in lists.stems if len(stem) < 3}
    # An innocent beginning that lies under no stem would do nothing.
    assert all(any(one.startswith(stem) for stem in lists.stems) for one in lists.innocent)


@given(st.text(max_size=300))
def test_any_text_is_read_and_spans_lie_within_it(text: str) -> None:
    spans = find_denied(text, ("a b", "x*"))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.parametrize(
    "piece", ["a", "a ", "a.", "*", "f*", "аa", "1a", "@$!", "ß", f"{'a' * 50} "]
)
def test_a_long_text_is_read_in_no_time(piece: str) -> None:
    text = (piece * 5_000)[:5_000]
    start = time.process_time()
    find_denied(text)
    assert time.process_time() - start < 0.25
