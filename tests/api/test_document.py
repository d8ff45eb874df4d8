"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from arvio.api import document
from arvio.api.urls import urlpatterns
from tests.api.caller import anybody

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent.parent
FROZEN = ROOT / "docs" / "openapi.json"


def test_the_frozen_document_is_fresh() -> None:
    """Written by `arvio openapi docs/openapi.json`."""
    assert FROZEN.read_text(encoding="utf-8") == document.text()


def test_the_command_prints_and_writes_it(tmp_path: Path) -> None:
    printed = StringIO()
    call_command("openapi", stdout=printed)
    call_command("openapi", tmp_path / "openapi.json")
    assert printed.getvalue() == (tmp_path / "openapi.json").read_text() == document.text()


def test_it_is_served_with_a_relative_server() -> None:
    answer = anybody.get("/openapi.json")
    assert (answer.status, answer.json) == (200, document.build())
    assert answer.json["openapi"].startswith("3.1")
    assert answer.json["servers"] == [{"url": "/api/v1"}]
    same = anybody.get("/openapi.json", {"If-None-Match": answer.headers["ETag"]})
    assert same.status == 304


def test_every_route_is_in_it_with_every_problem_that_it_can_answer() -> None:
    paths = document.build()["paths"]
    assert len(paths) == len(urlpatterns) - 3  # openapi.json, docs, and what isn't there
    for path, methods in paths.items():
        for method, operation in methods.items():
            statuses = set(operation["responses"])
            assert {"404", "405", "422"} <= statuses
            assert ("401" in statuses) == ("security" in operation)
            assert ("413" in statuses) == ("requestBody" in operation), (method, path)
            for parameter in re.findall(r"{(\w+)}", path):
                assert parameter in {one["name"] for one in operation["parameters"]}


def test_every_reference_leads_somewhere() -> None:
    built = document.build()
    for reference in set(re.findall(r'"#/([^"]+)"', document.text())):
        found = built
        for part in reference.split("/"):
            found = found[part]


def test_names_of_operations_are_unique_and_plain() -> None:
    names = [
        operation["operationId"]
        for methods in document.build()["paths"].values()
        for operation in methods.values()
    ]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


def test_the_page_shows_every_route_by_who_calls() -> None:
    response = Client().get("/api/v1/docs")
    page = response.content.decode()
    assert response.status_code == 200
    for audience in ("Server key", "Viewer token", "Public"):
        assert f">{audience}</h2>" in page
    for path, methods in document.build()["paths"].items():
        assert f"<code>{path}</code>" in page
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    for name in document.build()["components"]["schemas"]:
        assert f'id="shape-{name}"' in page


def test_the_page_keeps_to_the_content_security_policy() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    assert "<script" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert finders.find("api/docs.css")


def test_its_links_lead_somewhere() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
    assert len(ids) == len(re.findall(r' id="', page))
