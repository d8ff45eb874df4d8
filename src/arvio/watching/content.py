"""Has each marketplace what its rules rest on: a policy in force, and the working days ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arvio import clock
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import policy_in_force
from arvio.policy import working_days

DAYS_AHEAD = 30


def policies() -> Iterator[str]:
    for marketplace in Marketplace.objects.order_by("slug"):
        try:
            policy_in_force(marketplace=marketplace, now=clock.now())
        except NotFound:
            yield (
                f"{marketplace.slug} has no policy in force. "
                f"Run: arvio marketplace policy {marketplace.slug} …"
            )


def calendars() -> Iterator[str]:
    now = clock.now()
    for marketplace in Marketplace.objects.order_by("slug"):
        try:
            unknown = _years_unknown(marketplace, now)
        except ZoneInfoNotFoundError:
            continue  # what is said of the clock names it
        except ValueError as error:
            yield f"{marketplace.slug}: {error}"
            continue
        for year in unknown:
            yield (
                f"{marketplace.slug}: which days are moved in {year} isn't known for "
                f"{marketplace.calendar}, so reports may be due a day early or late. "
                "Update the package `holidays` and restart: pip install --upgrade holidays"
            )


def _years_unknown(marketplace: Marketplace, now: datetime) -> list[int]:
    place = {"calendar": marketplace.calendar, "time_zone": marketplace.time_zone}
    ahead = working_days.due_at(filed_at=now, days=DAYS_AHEAD, **place)
    zone = ZoneInfo(marketplace.time_zone)
    years = range(now.astimezone(zone).year, ahead.astimezone(zone).year + 1)
    return [
        year
        for year in years
        if not working_days.published(calendar=marketplace.calendar, year=year)
    ]
