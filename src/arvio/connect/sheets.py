"""The export for spreadsheets: one row a review, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from arvio.catalog.models import App, Marketplace
from arvio.connect.exporting import Exported, moment
from arvio.policy.model import QUALITY_KEYS
from arvio.ratings.models import QualitySummary

BEFORE = (
    "review", "app", "app_name", "partner", "author", "stars", "title", "text", "pros", "cons",
)  # fmt: skip
AFTER = (
    "about", "affiliation", "language", "app_version", "source", "verified_install", "account",
    "plan", "installed_at", "uninstalled_at", "submitted_at", "published_at", "edited_at",
    "policy_version", "reply", "replied_at", "reply_to_version",
    "fixed_in",
)  # fmt: skip
# A cell that begins so is a formula to a spreadsheet, even after a line end or a tab.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
MARK = "\ufeff"


def dimensions(*, marketplace: Marketplace, app: App | None) -> list[str]:
    """The quality dimensions that anybody answered: a column each, known ones first."""
    rows = QualitySummary.objects.filter(app__marketplace=marketplace, count__gt=0)
    rows = rows.filter(app=app) if app else rows
    found = set(rows.values_list("dimension", flat=True).distinct().order_by("dimension"))
    known = [key for key in QUALITY_KEYS if key in found]
    return known + sorted(found - set(known))


def columns(qualities: Iterable[str]) -> list[str]:
    return [*BEFORE, *(f"quality_{key}" for key in qualities), *AFTER]


def sheet(*, rows: Iterable[Exported], qualities: list[str]) -> Iterator[str]:
    """The file in pieces. It begins with a byte order mark, by which spreadsheets know UTF-8."""
    yield MARK + written(columns(qualities))
    for exported in rows:
        yield written(_cells(exported, qualities))


def _cells(exported: Exported, qualities: list[str]) -> list[Any]:
    """A dimension that wasn't answered is an empty cell; one answered 0 is 0 (R26)."""
    review, live, reply = exported.review, exported.live, exported.reply
    installation = review.installation
    about = exported.about.get(live.pk, {})
    before = [str(review.pk), review.app.ref, review.app.name, review.app.partner.name]
    words = [exported.author, live.stars, live.title, live.text, live.pros, live.cons]
    after = [
        "; ".join(f"{key}: {value}" for key, value in about.items()),
        live.affiliation,
        live.language,
        review.app_version,
        review.source,
        "yes" if review.verified_install else "no",
        review.account.ref,
        live.evidence.get("plan"),
        moment(installation.installed_at) if installation else None,
        moment(installation.ended_at) if installation else None,
        moment(review.submitted_at),
        moment(review.published_at),
        moment(review.edited_at),
        review.policy_version.number,
        reply.text if reply else None,
        moment(reply.replied_at) if reply else None,
        reply.version_number if reply else None,
        reply.fixed_in if reply else None,
    ]
    return [*before, *words, *(live.qualities.get(key) for key in qualities), *after]


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(cell, str) and cell.lstrip(" \u00a0\u200b").startswith(FORMULA):
        return f"'{cell}"
    return cell


def written(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([safe(cell) for cell in cells])
    return text.getvalue()
