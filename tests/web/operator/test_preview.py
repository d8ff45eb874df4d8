"""The lists behind the preview of rules, as operators see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from arvio.catalog.models import PolicyDraft
from arvio.paging import write_cursor
from arvio.policy.load import load_policy
from arvio.web.previewed import previewed
from tests.cast import NOW, Stage
from tests.preview.shelf import review_all
from tests.web.desk.staffed import OLLI, ONA

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/operator/policy/preview/"
PRESET = "bitrix24-2024"


def draft(store: Stage, **overrides: Any) -> None:
    PolicyDraft.objects.create(
        marketplace=store.marketplace,
        preset=PRESET,
        overrides=overrides,
        saved_at=NOW,
        saved_by="x",
    )


def test_a_list_goes_on_page_by_page_and_is_whole_as_a_file(
    store: Stage, sign_in: Callable[[str], Client]
) -> None:
    review_all(store, store.app, [5] * 60)
    draft(store, limits={"per_account": 1})
    client = sign_in(OLLI)
    first = client.get(f"{PAGE}may_not_review/")
    assert b"60 people may not review any more who could." in first.content
    assert first.content.count(b"the account has no place left") == 50
    more = client.get(f"{PAGE}may_not_review/{first.context['more_url']}")
    assert more.content.count(b"the account has no place left") == 10
    assert not more.context["more_url"]
    file = client.get(f"{PAGE}may_not_review.csv")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = b"".join(file).decode().splitlines()
    assert len(lines) == 61 and lines[1].endswith("may review,the account has no place left")


def test_a_cursor_that_no_page_gave_begins_anew(
    store: Stage, sign_in: Callable[[str], Client]
) -> None:
    draft(store, limits={"per_user": 2}, aggregates={"min_reviews": 2})
    far = write_cursor("preview-rating_lost", [2**63 - 1])
    for place in ("may_review/?cursor=x", f"rating_lost/?cursor={far}"):
        answer = sign_in(OLLI).get(f"{PAGE}{place}")
        assert (answer.status_code, b"Nothing is on this list" in answer.content) == (200, True)


def test_without_a_draft_that_can_be_read_there_is_no_list(
    store: Stage, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in(OLLI)
    assert b"There is no draft" in client.get(f"{PAGE}place_moved/").content
    draft(store, limits={"per_user": "many"})
    assert b"There is no draft" in client.get(f"{PAGE}place_moved/").content
    assert client.get(f"{PAGE}place_moved.csv").status_code == 404
    assert client.get(f"{PAGE}no_such_figure/").status_code == 404


def test_another_marketplaces_draft_is_not_there(
    store: Stage, sign_in: Callable[[str], Client]
) -> None:
    draft(store, limits={"per_account": 1})
    assert b"There is no draft" in sign_in(ONA).get(f"{PAGE}may_not_review/").content


def test_the_block_tells_each_figure_with_the_way_to_its_list(store: Stage) -> None:
    review_all(store, store.app, [5] * 3)

    def block(**overrides: Any) -> str:
        policy = load_policy(preset=PRESET, overrides=overrides)
        found = previewed(marketplace=store.marketplace, policy=policy, at=NOW, now=NOW)
        return render_to_string("web/operator/preview_block.html", {"preview": found})

    told = block(limits={"per_account": 1})
    assert "people may not review any more" in told and f'href="{PAGE}may_not_review/"' in told
    assert "Nothing that is there changes." in block()
