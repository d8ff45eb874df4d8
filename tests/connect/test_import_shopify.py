"""`arvio import --format shopify-csv`: what is taken, what isn't and why, and how often."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.catalog.models import Account, App, Installation, Partner
from arvio.connect.shopify import ShopifyFile
from arvio.connect.take_shopify import take_shopify
from arvio.connect.tally import Tally
from arvio.due.models import Due
from arvio.ratings import rules
from arvio.ratings.models import RatingDay, RatingSummary
from arvio.reviews.models import ImportedRow, Review
from arvio.reviews.queries import page, public_review
from arvio.reviews.verifying import verify
from tests.cast import NOW, Stage, stage
from tests.connect import store
from tests.connect.store import row, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Stage:
    return stage(slug="shop")


def take(shop: Stage, path: Path, *, now: datetime = NOW) -> Tally:
    file = ShopifyFile(path, now=now)
    return take_shopify(
        file=file, marketplace=shop.marketplace, now=now, progress=lambda done: None
    )


def reasons(tally: Tally) -> dict[str, int]:
    return {reason: found.count for reason, found in tally.skipped.items()}


def differences(now: datetime = NOW) -> list[Any]:
    return list(verify(now=now))


def summaries() -> dict[str, tuple[int, ...]]:
    rows = RatingSummary.objects.order_by("app__ref")
    return {row.app.ref: (row.count, *row.histogram) for row in rows.select_related("app")}


def test_a_row_becomes_app_account_installation_and_review(shop: Stage, tmp_path: Path) -> None:
    tally = take(shop, write(tmp_path, [row(time="Edited March 18, 2024")]))
    assert (tally.read, tally.taken, tally.skipped_count) == (1, 1, 0)
    at = datetime(2024, 3, 18, tzinfo=UTC)
    review = Review.objects.select_related("app__partner", "account", "installation").get()
    assert (review.app.ref, review.app.name) == ("quick-stars", "Quick Stars")
    assert review.app.partner.ref == "imported"
    assert (review.account.ref, review.account.name) == ("vinyl-corner", "Vinyl Corner")
    assert review.installation
    assert review.installation.installed_at == datetime(2023, 7, 18, tzinfo=UTC)
    assert (review.source, review.state, review.verified_install) == (
        "imported",
        "published",
        False,
    )
    assert (review.submitted_at, review.published_at, review.edited_at) == (at, at, at)
    assert (review.user, review.person_place, review.account_place) == (None, None, None)
    assert review.live_version.text == "Easy to use."
    assert review.live_version.effective_at == at
    assert differences() == []


def test_history_says_that_it_was_imported(shop: Stage, tmp_path: Path) -> None:
    take(shop, write(tmp_path, [row()]))
    entry = AuditRow.objects.get(subject__startswith="review:")
    assert (entry.seq, entry.tag, entry.actor, entry.at) == (1, "review:imported", "import", NOW)
    assert entry.after and entry.after["state"] == "published"


def test_nobody_is_told_and_nothing_waits(shop: Stage, tmp_path: Path) -> None:
    before = list(Due.objects.values_list("kind", "key"))
    take(shop, write(tmp_path, [row(), row("Posy")]))
    assert list(Due.objects.values_list("kind", "key")) == before


def test_pages_show_the_shop_and_how_long_it_had_used_the_app(shop: Stage, tmp_path: Path) -> None:
    take(shop, write(tmp_path, [row("vinyl & co")]))
    shown, _ = public_review(review_id=Review.objects.get().pk, now=NOW)
    assert (shown.display_name, shown.imported, shown.verified_install) == (
        "vinyl & co",
        True,
        False,
    )
    assert shown.usage
    assert (shown.usage.months, shown.usage.installed) == (8, True)


def test_a_rating_without_text_and_an_unknown_span_are_taken(shop: Stage, tmp_path: Path) -> None:
    tally = take(shop, write(tmp_path, [row(text="", span="Unknown"), row("B", span="")]))
    assert tally.taken == 2
    assert not Installation.objects.filter(source="shopify-csv").exists()
    assert Review.objects.filter(has_text=False).count() == 1


def test_language_follows_the_script(shop: Stage, tmp_path: Path) -> None:
    take(
        shop,
        write(tmp_path, [row(text="Очень удобно."), row("B", text="Bueno"), row("C", text="")]),
    )
    assert sorted(Review.objects.values_list("language", flat=True)) == ["en", "en", "ru"]


def test_the_latest_row_of_a_store_wins_whatever_the_order(shop: Stage, tmp_path: Path) -> None:
    rows = [
        row("Posy", time="June 2, 2024", rate="3"),
        row("Posy", time="June 24, 2024", rate="1"),
        row("Posy", time="June 1, 2024", rate="5"),
        row("Posy", time="June 1, 2024", rate="5", app="Plain Words"),
    ]
    tally = take(shop, write(tmp_path, rows))
    assert (tally.taken, reasons(tally)) == (2, {"superseded": 2})
    assert tally.skipped["superseded"].lines == [2, 4]
    assert summaries() == {
        "plain-words": (1, 0, 0, 0, 0, 1),
        "quick-stars": (1, 1, 0, 0, 0, 0),
    }


def test_of_one_day_the_edited_row_wins(shop: Stage, tmp_path: Path) -> None:
    rows = [
        row("Posy", time="Edited June 2, 2024", rate="2"),
        row("Posy", time="June 2, 2024", rate="5"),
    ]
    take(shop, write(tmp_path, rows))
    assert Review.objects.get().stars == 2


def test_a_row_that_comes_twice_is_taken_once(shop: Stage, tmp_path: Path) -> None:
    tally = take(shop, write(tmp_path, [row(), row(), row()]))
    assert (tally.taken, reasons(tally)) == (1, {"superseded": 2})


def test_my_store_is_an_account_per_row(shop: Stage, tmp_path: Path) -> None:
    rows = [row("My Store"), row("My Store"), row("my store", rate="1")]
    path = write(tmp_path, rows)
    assert take(shop, path).taken == 3
    assert Account.objects.filter(ref__startswith="my-store-").count() == 3
    assert reasons(take(shop, path)) == {"already_taken": 3}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (row(rate="6"), "bad_rating"),
        (row(rate="4.5"), "bad_rating"),
        (row(rate="five"), "bad_rating"),
        (row(time="yesterday"), "bad_date"),
        (row(time="December 31, 9999"), "future_date"),
        (row(span="forever"), "bad_span"),
        (row(span="3000 years using the app"), "bad_span"),
        (row("  "), "missing_store"),
        (row(app=""), "missing_app"),
        (row(text="x" * 10_001), "too_long"),
        (row("y" * 201), "too_long"),
        (row(text="x" * 140_000), "too_long"),
        (row(text="bell \x07"), "not_text"),
        (row(text="<script>alert(1)</script>"), "markup"),
        (row()[:6], "wrong_columns"),
        ([*row(), "more"], "wrong_columns"),
    ],
)
def test_a_broken_row_is_skipped_and_the_rest_taken(
    shop: Stage, tmp_path: Path, broken: list[str], reason: str
) -> None:
    tally = take(shop, write(tmp_path, [row("Before"), broken, row("After")]))
    assert (tally.read, tally.taken, reasons(tally)) == (3, 2, {reason: 1})
    assert tally.skipped[reason].lines == [3]
    assert differences() == []


def test_quotation_marks_that_do_not_match_cost_their_row(shop: Stage, tmp_path: Path) -> None:
    path = write(tmp_path, [row("Before"), row("After")])
    lines = path.read_text().splitlines()
    lines.insert(2, 'Torn,Finland,,5,"March 1, 2024","a "b" c",Quick Stars')
    path.write_text("\n".join(lines) + "\n")
    tally = take(shop, path)
    assert (tally.taken, reasons(tally)) == (2, {"bad_quotes": 1})


@pytest.mark.parametrize("kept", ["Easy", "Quick", "2024"])
def test_a_file_cut_in_half_loses_its_last_row_only(shop: Stage, tmp_path: Path, kept: str) -> None:
    """Inside a quoted field, inside the name of the app, between two fields."""
    path = write(tmp_path, [row("First"), row("Last", text="Easy, and\nquick.")])
    whole = path.read_text()
    path.write_text(whole[: whole.rindex(kept) + len(kept)])
    tally = take(shop, path)
    assert (tally.read, tally.taken, reasons(tally)) == (2, 1, {"cut_row": 1})


def test_a_last_line_without_an_end_is_no_cut(shop: Stage, tmp_path: Path) -> None:
    path = write(tmp_path, [row("First"), row("Last")])
    path.write_text(path.read_text().rstrip("\n"))
    assert take(shop, path).taken == 2


def test_columns_may_stand_in_another_order_with_others_between(
    shop: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_text(
        "\ufeffApplication Name,Rate,Helpful,Time,Review,Span,Location,Store\r\n"
        'Quick Stars,4,12,"March 1, 2024",Good,Unknown,Peru,Posy\r\n',
        encoding="utf-8",
    )
    assert take(shop, path).taken == 1
    assert Review.objects.get().stars == 4


def test_a_second_run_takes_nothing_even_re_ordered_and_later(shop: Stage, tmp_path: Path) -> None:
    rows = store.many(80)
    assert take(shop, write(tmp_path, rows)).taken == 80
    before = summaries()
    random.Random(1).shuffle(rows)
    again = take(shop, write(tmp_path, rows), now=NOW + timedelta(days=90))
    assert (again.taken, reasons(again)) == (0, {"already_taken": 80})
    assert take(shop, write(tmp_path, rows), now=NOW - timedelta(days=1)).taken == 0
    assert summaries() == before
    assert differences() == []


def test_a_later_row_in_a_newer_file_supersedes_what_stands(shop: Stage, tmp_path: Path) -> None:
    old = row("Posy", time="June 2, 2024", rate="5")
    new = row("Posy", time="Edited July 1, 2025", rate="1")
    take(shop, write(tmp_path, [old, row("Other")]))
    tally = take(shop, write(tmp_path, [old, new, row("Other")]))
    assert (tally.taken, reasons(tally)) == (1, {"superseded": 1, "already_taken": 1})
    gone = Review.objects.get(state="removed")
    assert (gone.stars, gone.removed_rule) == (5, "superseded")
    assert summaries() == {"quick-stars": (2, 1, 0, 0, 0, 1)}
    assert take(shop, write(tmp_path, [old])).taken == 0
    assert take(shop, write(tmp_path, [new])).taken == 0
    assert differences() == []


def test_an_earlier_row_does_not_replace_what_stands(shop: Stage, tmp_path: Path) -> None:
    take(shop, write(tmp_path, [row("Posy", time="July 1, 2025", rate="1")]))
    tally = take(shop, write(tmp_path, [row("Posy", time="June 2, 2024", rate="5")]))
    assert reasons(tally) == {"superseded": 1}
    assert Review.objects.get().stars == 1


def test_means_and_histograms_are_those_of_a_spreadsheet(shop: Stage, tmp_path: Path) -> None:
    rows = store.many(240)
    assert take(shop, write(tmp_path, rows)).taken == 240
    stars: dict[str, list[int]] = defaultdict(list)
    for cells in rows:
        stars[cells[6]].append(int(cells[3]))
    found = RatingSummary.objects.select_related("app")
    assert {row.app.name for row in found} == set(stars) == set(store.APPS)
    for summary in found:
        given = stars[summary.app.name]
        assert summary.histogram == tuple(given.count(number) for number in (1, 2, 3, 4, 5))
        assert rules.mean(summary.histogram) == Fraction(statistics.fmean(given)).limit_denominator(
            1000
        )
    assert sum(RatingDay.objects.values_list("count", flat=True)) == 240
    assert differences() == []


def test_what_the_marketplace_knows_stays_as_it_is(shop: Stage, tmp_path: Path) -> None:
    catalog.put_app(
        marketplace=shop.marketplace,
        ref="quick-stars",
        partner=shop.partner,
        name="Quick Stars 2",
        category="Reviews",
        tagline="Stars, quickly.",
        version="2.0",
        now=NOW,
    )
    account, _ = catalog.put_account(
        marketplace=shop.marketplace,
        ref="vinyl-corner",
        name="Vinyl Corner Oy",
        plan="commercial",
        kind="production",
        now=NOW,
    )
    app = App.objects.get(ref="quick-stars")
    catalog.put_installation(app=app, account=account, installed_at=NOW, now=NOW)
    take(shop, write(tmp_path, [row()]))
    app.refresh_from_db()
    account.refresh_from_db()
    assert (app.name, app.partner, account.plan) == ("Quick Stars 2", shop.partner, "commercial")
    assert Installation.objects.get(app=app).installed_at == NOW
    assert not Partner.objects.filter(ref="imported").exists()
    assert not Due.objects.filter(kind="archive_check").exists()


def test_installs_are_counted(shop: Stage, tmp_path: Path) -> None:
    take(shop, write(tmp_path, [row("A"), row("B"), row("C", span="Unknown")]))
    assert App.objects.get(ref="quick-stars").install_count == 2


def test_imported_reviews_leave_every_place_free(shop: Stage, tmp_path: Path) -> None:
    """Anna reviews an app that her own account's shop has an imported review of."""
    ours = row("Acme", app=shop.app.name)
    take(shop, write(tmp_path, [ours]))
    assert Review.objects.get().app == shop.app
    assert shop.review(by=shop.anna).account_place == 1
    assert differences() == []


def test_reviews_of_equal_moments_are_paged_whole(shop: Stage, tmp_path: Path) -> None:
    take(shop, write(tmp_path, [row(f"Store {number}") for number in range(30)]))
    app = App.objects.get(ref="quick-stars")
    version = shop.marketplace.policy_versions.get()
    first = page(app=app, version=version, now=NOW, limit=20)
    rest = page(app=app, version=version, now=NOW, limit=20, cursor=first.next)
    assert len({item.id for item in [*first.items, *rest.items]}) == 30


def test_statements_are_constant_for_a_batch(
    shop: Stage, tmp_path: Path, count_sql: Callable[[], Any]
) -> None:
    """Twenty rows or a hundred; but for the rows that fit into one INSERT, which SQLite limits."""
    take(shop, write(tmp_path, [row("Zero")]))

    def selects(rows: list[list[str]]) -> int:
        with count_sql() as statements:
            take(shop, write(tmp_path, rows))
        return sum(not sql.startswith("INSERT") for sql in statements)

    few = [row(f"Few {number}") for number in range(20)]
    many = [row(f"Many {number}") for number in range(100)]
    assert selects(few) == selects(many)


def test_the_command_ends_with_a_table(
    shop: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, [row(), row("B", rate="9")])
    call_command("import", str(path), "--format", "shopify-csv", "--marketplace", "shop")
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in said[1:5]] == [
        ["read", "2"],
        ["taken", "1"],
        ["skipped", "1"],
        ["bad_rating", "1"],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (store.text_of([row()]).encode("utf-16"), "is in UTF-16"),
        (b"Name,Stars\nA,5\n", "doesn't name, once each, Store, Location"),
        (store.text_of([row()]).encode().split(b"\n", 1)[1], "doesn't name, once each"),
        (store.text_of([row()]).replace(",", ";").encode(), "with commas between them"),
        (store.text_of([row(), row("a\0b")]).encode(), "line 3 has a NUL byte"),
        (store.text_of([row(), row("Käse")]).encode("latin-1"), "isn't UTF-8"),
        (b"\x1f\x8b\x08\0\0\0", "the file is binary"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(
    shop: Stage, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        call_command("import", str(path), "--format", "shopify-csv", "--marketplace", "shop")
    assert said in str(caught.value)
    assert not ImportedRow.objects.exists()
    assert not App.objects.filter(partner__ref="imported").exists()


def test_a_marketplace_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, [row()])
    with pytest.raises(CommandError, match="There is no marketplace 'nowhere'"):
        call_command("import", str(path), "--format", "shopify-csv", "--marketplace", "nowhere")


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_take_each_row_once(tmp_path: Path) -> None:
    shop = stage(slug="shop")
    rows = store.many(60)
    path = write(tmp_path, rows)
    tallies: list[Tally] = []

    def run() -> None:
        try:
            tallies.append(take(shop, path))
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(tally.taken for tally in tallies) == [0, 0, 60]
    assert sum(count for count, *_ in summaries().values()) == 60
    assert differences() == []
