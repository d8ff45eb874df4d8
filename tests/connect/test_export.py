"""`arvio export`, and the way back: a round trip gives the same figures and nothing private."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from arvio.catalog import actions as catalog
from arvio.catalog.marketplaces import create_marketplace
from arvio.catalog.models import Account, App, Marketplace, User
from arvio.connect import exporting, sheets
from arvio.connect.jsonl import JsonLines
from arvio.connect.take_jsonl import take_jsonl
from arvio.connect.tally import Tally
from arvio.due.models import Due
from arvio.ratings.models import QualityDay, QualitySummary, RatingDay, RatingSummary
from arvio.reviews import actions as reviews
from arvio.reviews.models import Reply, Review
from arvio.reviews.queries import public_review
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import LONG_AGO, NOW, Stage, make_app, stage
from tests.repeating import repeated

pytestmark = pytest.mark.django_db


@pytest.fixture
@repeated
def store() -> Stage:
    """Published, edited, answered, erased, held and withdrawn reviews; qualities absent and 0."""
    made = stage(preset="hubspot-2024")
    made.published(
        by=made.anna,
        stars=2,
        title="Öylätti",
        text='=HYPERLINK("x")\nкириллица 👍',
        qualities={"ease_of_use": 0, "features": 3},
        about={"role": "Sales lead", "company_size": "2-10"},
    )
    edited = made.viewer()
    made.published(by=edited, stars=5, at=NOW - timedelta(days=20))
    reviews.edit_review(
        viewer=edited,
        review_id=of(edited).pk,
        changes={"stars": 3, "qualities": {"value": 5}},
        now=NOW - timedelta(days=9),
    )
    work_once(now=NOW - timedelta(days=5))
    answered = made.published(stars=4, at=NOW - timedelta(days=12))
    reviews.add_replies(replies=[(answered, "Thank you!", "person:petra", NOW)])
    erased = made.viewer()
    made.published(by=erased, stars=1)
    assert erased.user
    reviews.erase_user(user=erased.user, actor="test", now=NOW)
    gone = made.viewer()
    made.published(by=gone, title="Withdrawn words")
    reviews.withdraw_review(viewer=gone, review_id=of(gone).pk, now=NOW)
    second = make_app(made.marketplace, made.partner, "notes", name="-Notes")
    catalog.put_installation(app=second, account=made.acme, installed_at=LONG_AGO, now=LONG_AGO)
    return made


def of(viewer: Any) -> Review:
    return Review.objects.get(user=viewer.user)


def exported(slug: str = "store", **options: Any) -> str:
    out = io.StringIO()
    call_command("export", marketplace=slug, stdout=out, **options)
    return out.getvalue()


def lines(slug: str = "store", **options: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(slug, **options).splitlines()]


def copy_of(folder: Path, text: str, *, preset: str = "hubspot-2024") -> tuple[Marketplace, Tally]:
    found = Marketplace.objects.filter(slug="copy").first()
    marketplace = found or create_marketplace(slug="copy", name="Copy", preset=preset, now=LONG_AGO)
    path = folder / "export.jsonl"
    path.write_text(text, encoding="utf-8")
    tally = take_jsonl(
        file=JsonLines(path), marketplace=marketplace, now=NOW, progress=lambda done: None
    )
    return marketplace, tally


def figures(marketplace: Marketplace) -> dict[str, Any]:
    mine = {"app__marketplace": marketplace}
    return {
        "summaries": [
            (row.app.ref, row.count, row.histogram, row.score_micros)
            for row in RatingSummary.objects.filter(**mine, count__gt=0)
            .select_related("app")
            .order_by("app__ref")
        ],
        "days": _rows(RatingDay, mine, "day_date", "stars", "count"),
        "qualities": _rows(QualitySummary, mine, "dimension", "total", "count", "zeros"),
        "quality_days": _rows(QualityDay, mine, "day_date", "dimension", "total", "count"),
    }


def _rows(model: Any, mine: dict[str, Any], *names: str) -> list[Any]:
    rows = model.objects.filter(**mine, count__gt=0)
    return sorted(rows.values_list("app__ref", *names))


def reasons(tally: Tally) -> dict[str, int]:
    return {reason: found.count for reason, found in tally.skipped.items()}


def test_a_round_trip_gives_the_same_figures(store: Stage, tmp_path: Path) -> None:
    copy, tally = copy_of(tmp_path, exported())
    assert (tally.read, tally.taken, tally.skipped_count) == (4, 4, 0)
    before = figures(store.marketplace)
    assert before["qualities"]
    assert figures(copy) == before
    assert list(verify(now=NOW)) == []


def test_a_second_round_gives_the_same_again(store: Stage, tmp_path: Path) -> None:
    copy_of(tmp_path, exported())
    assert [_public(line) for line in lines("copy")] == [_public(line) for line in lines()]


def _public(line: dict[str, Any]) -> dict[str, Any]:
    """Without what is another marketplace's own."""
    own = ("id", "source", "verified_install", "policy_version", "exported_at", "marketplace")
    kept = {key: value for key, value in line.items() if key not in (*own, "policy")}
    if line["type"] == "review":
        kept["reply"] = line["reply"] and {**line["reply"], "id": None}
        kept["versions"] = [{**version, "evidence": None} for version in line["versions"]]
    return kept


def test_absent_and_zero_stay_apart(store: Stage, tmp_path: Path) -> None:
    copy, _ = copy_of(tmp_path, exported())
    review = Review.objects.get(marketplace=copy, stars=2)
    assert review.live_version.qualities == {"ease_of_use": 0, "features": 3}
    row = QualitySummary.objects.get(app=review.app, dimension="ease_of_use")
    assert row.zeros == 1


def test_what_was_imported_says_so_and_is_never_verified(store: Stage, tmp_path: Path) -> None:
    copy, _ = copy_of(tmp_path, exported())
    before = Due.objects.count()
    rows = Review.objects.filter(marketplace=copy)
    assert set(rows.values_list("source", "verified_install")) == {("imported", False)}
    assert set(rows.values_list("person_place", "account_place")) == {(None, None)}
    assert Due.objects.count() == before


def test_names_are_shown_as_they_were_shown(store: Stage, tmp_path: Path) -> None:
    """The new marketplace's name style would make another name of the shortened one."""
    copy, _ = copy_of(tmp_path, exported(), preset="bitrix24-2024")
    shown, _ = public_review(review_id=Review.objects.get(marketplace=copy, stars=2).pk, now=NOW)
    assert shown.display_name == "Anna K."
    assert shown.about == {"role": "Sales lead", "company_size": "2-10"}


def test_versions_and_replies_come_along(store: Stage, tmp_path: Path) -> None:
    copy, _ = copy_of(tmp_path, exported())
    review = Review.objects.get(marketplace=copy, stars=3)
    stars = review.versions.order_by("number").values_list("number", "stars", "origin")
    assert list(stars) == [(1, 5, "author"), (2, 3, "edit")]
    reply = Reply.objects.get(review__marketplace=copy)
    assert (reply.text, reply.review.answered) == ("Thank you!", True)


def test_a_second_run_takes_nothing(store: Stage, tmp_path: Path) -> None:
    text = exported()
    copy, _ = copy_of(tmp_path, text)
    before = figures(copy)
    _, tally = copy_of(tmp_path, text)
    assert (tally.taken, reasons(tally)) == (0, {"already_taken": 4})
    assert figures(copy) == before


def test_one_app_can_be_exported_alone(store: Stage) -> None:
    kinds = [line["type"] for line in lines(app="notes")]
    assert kinds == ["header", "partner", "app"]
    assert [line["type"] for line in lines(app="calls")].count("review") == 4


def test_the_header_says_what_it_is(store: Stage) -> None:
    header = lines()[0]
    assert (header["format"], header["version"]) == ("arvio-export", 1)
    assert header["marketplace"]["slug"] == "store"
    assert header["policy"]["preset"] == "hubspot-2024"


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_nothing_private_leaves(kind: str) -> None:
    """R70: no e-mail, no name but the one shown, no private answer, nobody who installed."""
    made = stage(preset="hubspot-2024")
    catalog.put_installation(
        app=made.app, account=made.acme, installed_at=LONG_AGO, installed_by="secret-boss", now=NOW
    )
    made.published(
        by=made.anna,
        about={
            "role": "Sales lead",
            "company_size": "2-10",
            "industry": "hospitality",
        },
    )
    text = exported(format=kind)
    assert "Anna K." in text or "Korhonen, A." in text
    for private in (
        'Korhonen"',
        "Anna Korhonen",
        "anna@",
        "@customer.example",
        "hospitality",
        "secret-boss",
        "petra@",
        "pixel.example",
        "Acme Oy",
        made.marketplace.jwt_secret,
        str(made.anna.user.pk if made.anna.user else "?"),
        Review.objects.get().live_version.salt,
    ):
        assert private not in text, private


def test_what_is_not_public_stays_here(store: Stage) -> None:
    held = stage(slug="b24")
    held.review(text="Held words")
    assert "Held words" not in exported("b24")
    assert "Withdrawn words" not in exported()


def test_the_file_grows_and_the_statements_do_not(
    store: Stage, count_sql: Callable[[], Any]
) -> None:
    with count_sql() as few:
        exported()
    for _ in range(5):
        store.published()
    with count_sql() as many:
        exported()
    assert len(many) == len(few)


def test_parts_follow_one_another_without_loss(
    store: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = exported().splitlines()[1:]
    monkeypatch.setattr(exporting, "PART", 1)
    assert exported().splitlines()[1:] == whole


def test_a_sheet_keeps_absent_and_zero_apart_and_runs_no_formula(store: Stage) -> None:
    text = exported(format="csv")
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert list(rows[0]) == sheets.columns(["ease_of_use", "features", "value"])
    found = next(row for row in rows if row["stars"] == "2")
    assert (found["quality_ease_of_use"], found["quality_value"]) == ("0", "")
    assert found["text"] == '\'=HYPERLINK("x")\nкириллица 👍'
    assert found["about"] == "company_size: 2-10; role: Sales lead"
    assert (found["source"], found["verified_install"]) == ("author", "yes")
    answered = next(row for row in rows if row["stars"] == "4")
    assert answered["reply"] == "Thank you!"


@given(st.text(min_size=1))
def test_no_cell_is_a_formula(text: str) -> None:
    written = str(sheets.safe(text))
    assert not written.lstrip(" ").startswith(("=", "+", "-", "@"))
    assert written.removeprefix("'") == text.removeprefix("'")


def test_numbers_are_no_formulas() -> None:
    assert [sheets.safe(cell) for cell in (5, 0, None, "plain")] == [5, 0, None, "plain"]


def change(text: str, **changes: Any) -> str:
    """The export with its first review changed."""
    done = []
    for line in text.splitlines():
        values = json.loads(line)
        if values["type"] == "review":
            values, changes = values | changes, {}
        done.append(json.dumps(values))
    return "\n".join(done) + "\n"


@pytest.mark.once
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"app": "nowhere"}, "missing_app"),
        ({"account": "nobody"}, "missing_account"),
        ({"author": {"display_name": "\x07"}}, "not_text"),
        ({"type": "poem"}, "unknown_type"),
    ],
)
def test_a_broken_line_is_skipped_and_the_rest_taken(
    store: Stage, tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    _, tally = copy_of(tmp_path, change(exported(), **changes))
    assert (tally.read, tally.taken, reasons(tally)) == (4, 3, {reason: 1})
    assert list(verify(now=NOW)) == []


@pytest.mark.once
@pytest.mark.parametrize(
    "line", ["{", "[]", "5", "null", "NaN", '{"type": NaN}', "[" * 100_000, "not json"]
)
def test_a_line_that_is_no_object_is_skipped(store: Stage, tmp_path: Path, line: str) -> None:
    _, tally = copy_of(tmp_path, exported() + line + "\n\n")
    assert (tally.taken, reasons(tally)) == (4, {"bad_json": 1})


def test_a_file_cut_in_half_loses_its_last_line_only(store: Stage, tmp_path: Path) -> None:
    text = exported().rstrip("\n")
    _, tally = copy_of(tmp_path, text[:-40])
    assert (tally.read, tally.taken, reasons(tally)) == (4, 3, {"cut_row": 1})


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("Store,Location\n", "the first line is no header"),
        ('{"type": "review"}\n', "is no header of an export"),
        ('{"type": "header", "format": "other", "version": 1}\n', "is no header of an export"),
        ('{"type": "header", "format": "arvio-export", "version": 2}\n', "this is version 2"),
        ('{"type": "header", "format": "arvio-export", "version": true}\n', "version True"),
        ('{"type": "header", "format": "arvio-export"}\n', "this is version None"),
    ],
)
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, text: str, said: str) -> None:
    stage(slug="copy")
    path = tmp_path / "export.jsonl"
    path.write_text(text)
    with pytest.raises(CommandError) as caught:
        call_command("import", str(path), "--format", "jsonl", "--marketplace", "copy")
    assert said in str(caught.value)
    assert "version 1" in str(caught.value) or "UTF-8" not in said


def test_an_app_whose_partner_is_not_in_the_file_is_taken(store: Stage, tmp_path: Path) -> None:
    text = "\n".join(line for line in exported().splitlines() if '"type":"partner"' not in line)
    copy, tally = copy_of(tmp_path, text + "\n")
    assert tally.taken == 4
    assert App.objects.get(marketplace=copy, ref="calls").partner.ref == "imported"


def test_known_accounts_keep_their_plan(store: Stage, tmp_path: Path) -> None:
    copy = create_marketplace(slug="copy", name="Copy", preset="hubspot-2024", now=LONG_AGO)
    catalog.put_account(
        marketplace=copy, ref="acme", name="Acme", plan="demo", kind="production", now=NOW
    )
    copy_of(tmp_path, exported())
    assert Account.objects.get(marketplace=copy, ref="acme").plan == "demo"


def test_an_imported_author_can_be_erased(store: Stage, tmp_path: Path) -> None:
    copy, _ = copy_of(tmp_path, exported())
    user = User.objects.get(account__marketplace=copy, name="Anna K.")
    reviews.erase_user(user=user, actor="test", now=NOW)
    shown, _ = public_review(review_id=Review.objects.get(user=user).pk, now=NOW)
    assert (shown.display_name, shown.text) == ("N. N.", "")
    assert list(verify(now=NOW)) == []


def test_an_app_that_is_not_there_is_named(store: Stage) -> None:
    with pytest.raises(CommandError, match="There is no app 'nothing'"):
        exported(app="nothing")
