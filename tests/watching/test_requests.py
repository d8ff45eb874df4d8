"""Each request has a name, a line and figures, and what it was about is in none of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from arvio import request_id
from arvio.watching import figures
from tests import cast
from tests.watching.lines import written

pytestmark = [pytest.mark.django_db, pytest.mark.once]

UUID4 = "8f14e45f-ceea-467f-a0e6-1c2d3e4f5a6b"
MADE = re.compile(r"[0-9a-f]{16}")


def asked(sent: str, proxies: int, settings: Any) -> str:
    settings.TRUSTED_PROXIES = proxies
    return str(Client().get("/", headers={"x-request-id": sent}).headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("sent", "proxies", "kept"),
    [
        (UUID4, 1, True),
        (UUID4.replace("-", ""), 1, True),
        (UUID4, 0, False),  # anybody may send a header
        ("a" * 15, 1, False),
        ("a" * 37, 1, False),
        ("anna.korhonen@customer.example", 1, False),
        ("petra-peltonen-of-pixel", 1, False),
        ("deadbeef--deadbeef", 1, False),
        (f"{UUID4}\r\nX: y", 1, False),
    ],
)
def test_a_name_is_taken_from_a_trusted_proxy_and_says_nothing(
    settings: Any, sent: str, proxies: int, kept: bool
) -> None:
    name = asked(sent, proxies, settings)
    assert (name == sent) is kept
    assert kept or MADE.fullmatch(name)


def test_every_answer_has_a_name_of_its_own_and_none_stays_behind() -> None:
    cast.stage()
    paths = ("/store/", "/nowhere/at/all/", "/api/v1/nowhere", "/static/web/arvio.css", "/store")
    answers = [Client().get(path) for path in paths]
    names = {answer.headers["X-Request-ID"] for answer in answers}
    for answer in answers:
        answer.close()
    assert len(names) == len(paths) and all(map(MADE.fullmatch, names))
    assert request_id.current() == ""


def test_whoever_meets_a_broken_page_can_quote_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from arvio.web.views import storefront

    cast.stage()
    monkeypatch.setattr(storefront, "storefront", None)
    with written() as lines:
        answer = Client(raise_request_exception=False).get("/store/")
    name = answer.headers["X-Request-ID"]
    assert answer.status_code == 500 and f"<code>{name}</code>" in answer.content.decode()
    [broken] = lines.of("django.request", level="ERROR")
    assert broken["request_id"] == name and broken["exception"][0] == "TypeError"
    assert "<code>" not in Client().get("/x/y/z/").content.decode()


def test_a_host_that_we_are_not_is_a_page_and_no_accident() -> None:
    answer = Client().get("/accounts/login/", headers={"host": "else.example"})
    assert answer.status_code == 400 and "This can’t be read" in answer.content.decode()


def test_figures_know_routes_and_no_paths() -> None:
    """Whoever asks for a million addresses makes no million series."""
    stage = cast.stage()
    client = Client()
    before = counted()
    for path in ("/store/apps/calls/", "/store/apps/calls/", "/store/apps/nothing/", "/x/y/z/"):
        client.get(path)
    client.get(f"/api/v1/marketplaces/store/apps/{stage.app.ref}/rating")
    client.head("/api/v1/marketplaces/store/apps/calls/rating")
    client.generic("BREW", "/store/")
    client.get("/api/v1/anything/else")
    client.get("/-/live", headers={"host": "10.0.0.7"})
    rating = "api/v1/marketplaces/<marketplace>/apps/<app>/rating"
    more = {key: n - before.get(key, 0) for key, n in counted().items()}
    assert {key: n for key, n in more.items() if n} == {
        ("web:app", "GET", "2xx"): 2,
        ("web:app", "GET", "4xx"): 1,
        ("none", "GET", "4xx"): 1,
        (rating, "GET", "2xx"): 1,
        (rating, "HEAD", "2xx"): 1,
        ("web:storefront", "other", "4xx"): 1,
        ("api-unknown", "GET", "4xx"): 1,
        ("watching:live", "GET", "2xx"): 1,
    }


def counted() -> dict[tuple[str, str, str], float]:
    [family] = figures.REQUESTS.collect()
    return {
        (one.labels["route"], one.labels["method"], one.labels["status"]): one.value
        for one in family.samples
    }
