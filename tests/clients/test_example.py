"""The example portal over HTTP: what it tells Arvio, what it takes from it, and no dead link."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from arvio.catalog.models import Installation, User
from examples.marketplace.portal import HERE
from tests import cast
from tests.clients.example import running

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
SECRET = f"whsec_{base64.b64encode(b'a' * 32).decode()}"


@pytest.fixture
def portal(live_server: Any, tmp_path: Path) -> Iterator[httpx.Client]:
    stage = cast.stage()
    with (
        running(stage, live_server.url, tmp_path, [SECRET]) as (url, _),
        httpx.Client(base_url=url, follow_redirects=True) as client,
    ):
        yield client


def test_what_is_installed_and_uninstalled_becomes_a_fact(portal: httpx.Client) -> None:
    assert User.objects.filter(account__ref="tamarind").count() == 3
    portal.post("/sign-in/aino")
    page = portal.post("/install/calls", data={"when": "weeks"})
    assert "Open Calls" in page.text
    row = Installation.objects.get(account__ref="tamarind")
    assert row.installed_at is not None and row.installed_by is not None
    ago = datetime.now(UTC) - row.installed_at  # noqa: TID251 - the portal is on the real clock
    assert timedelta(days=14) <= ago < timedelta(days=14, minutes=5)
    assert row.installed_by == "aino"
    page = portal.post("/uninstall/calls")
    assert "two weeks ago" in page.text
    row.refresh_from_db()
    assert row.uninstalled_at is not None


def test_what_is_installed_again_is_installed_for_arvio_as_well(portal: httpx.Client) -> None:
    portal.post("/sign-in/aino")
    portal.post("/install/calls", data={"when": "now"})
    portal.post("/uninstall/calls")
    assert "Open Calls" in portal.post("/install/calls", data={"when": "weeks"}).text
    row = Installation.objects.get(account__ref="tamarind")
    assert row.installed_at is not None and row.uninstalled_at is not None
    assert row.installed_at > row.uninstalled_at


def test_no_link_of_the_portal_is_dead(portal: httpx.Client, live_server: Any) -> None:
    portal.post("/sign-in/marcus")
    portal.post("/install/calls", data={"when": "now"})
    seen, open_ones = {"/"}, ["/"]
    while open_ones:
        page = portal.get(open_ones.pop())
        assert page.status_code == 200, page.url
        for link in re.findall(r'(?:href|src)="([^"#]+)"', page.text):
            if link not in seen and link.startswith(("/", live_server.url)):
                seen.add(link)
                if link.startswith("/"):
                    open_ones.append(link)
                else:
                    assert httpx.get(link).status_code == 200, link
    assert {"/market", "/apps/calls", "/use/calls", "/webhooks", "/static/portal.css"} <= seen
    assert f"{live_server.url}/store/how-reviews-work/" in seen


def test_strangers_see_the_door_and_nothing_else(portal: httpx.Client) -> None:
    for path in ("/market", "/apps/calls", "/use/calls"):
        assert portal.get(path).url.path == "/"
    assert portal.post("/install/calls").url.path == "/"
    assert portal.get("/static/%2e%2e%2fportal.py").status_code == 404
    portal.post("/sign-in/aino")
    assert portal.get("/apps/nowhere").status_code == 404
    elsewhere = portal.post("/install/calls", headers={"Origin": "http://evil.example"})
    assert elsewhere.status_code == 404
    assert not Installation.objects.filter(account__ref="tamarind").exists()


def test_a_webhook_is_shown_once_and_only_when_its_signature_is_right(
    portal: httpx.Client,
) -> None:
    body = '{"type": "review.published", "timestamp": "2026-03-05T09:30:00Z", "data": {"x": "<b>"}}'
    at = datetime.now(UTC)  # noqa: TID251 - receivers live on the real clock
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", at, body),
    }
    for _ in range(2):
        assert portal.post("/webhooks", content=body, headers=headers).status_code == 204
    assert portal.post("/webhooks", content=body + " ", headers=headers).status_code == 400
    assert portal.post("/webhooks", content=body).status_code == 400
    page = portal.get("/webhooks").text
    assert page.count("msg_1") == 1 and "&lt;b&gt;" in page and "<b>" not in page


def test_the_example_stays_short() -> None:
    assert len((HERE / "portal.py").read_text().splitlines()) < 300
