"""The doors of platforms, where there is no such platform, app or marketplace."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(
    ("marketplace", "app", "name"),
    [("store", "calls", "nowhere"), ("store", "none", "nowhere"), ("none", "calls", "nowhere")],
)
def test_what_isnt_there_is_said_to_a_frame_by_a_page_and_to_programs_by_json(
    marketplace: str, app: str, name: str
) -> None:
    cast.stage()
    frame = Client().post(f"/{marketplace}/in/{app}/from/{name}/")
    assert frame.status_code == 404
    assert frame.headers["Content-Type"].startswith("text/html")
    for door in ("token", "events"):
        response = Client().post(
            f"/{marketplace}/connect/{app}/{name}/{door}/",
            headers={"Origin": "https://elsewhere.example"},
        )
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert "Access-Control-Allow-Origin" not in response.headers


def test_programs_doors_take_posts_only() -> None:
    cast.stage()
    for door in ("token", "events"):
        assert Client().get(f"/store/connect/calls/nowhere/{door}/").status_code == 405
