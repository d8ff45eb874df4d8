"""When reviews were written and with how many stars: apps improve, decline, have bad spells."""

from __future__ import annotations

import bisect
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from arvio.demo.content import DemoApp

HOLD = timedelta(days=3)
HISTORY = timedelta(days=790)
# What happened since then is told by mail, each at its own time; what is older tells nobody.
TOLD = timedelta(hours=36)
# (mean, weights of one to five stars) between which an app's mean is interpolated.
SPREADS = (
    (2.38, (42, 18, 14, 12, 14)),
    (3.43, (19, 11, 14, 20, 36)),
    (4.06, (9, 6, 10, 20, 55)),
    (4.65, (2, 1, 4, 16, 77)),
    (4.97, (0, 0, 0, 3, 97)),
)
# How many write in each hour of their day, midnight first.
HOURS = (1, 0, 0, 0, 0, 1, 3, 8, 18, 26, 28, 24, 18, 22, 26, 24, 20, 14, 9, 7, 6, 5, 4, 2)


def mean_at(*, app: DemoApp, at: datetime, now: datetime) -> float:
    if app.dip and app.dip.begins_at <= at < app.dip.ends_at:
        return app.dip.mean
    whole = max((now - app.listed_at).total_seconds(), 1.0)
    part = min(max((at - app.listed_at).total_seconds() / whole, 0.0), 1.0)
    return app.first_mean + (app.last_mean - app.first_mean) * part


def draw_stars(*, mean: float, rng: Random) -> int:
    means = [known for known, _ in SPREADS]
    upper = min(max(bisect.bisect_left(means, mean), 1), len(SPREADS) - 1)
    (low, below), (high, above) = SPREADS[upper - 1], SPREADS[upper]
    part = min(max((mean - low) / (high - low), 0.0), 1.0)
    weights = [a + (b - a) * part for a, b in zip(below, above, strict=True)]
    return rng.choices((1, 2, 3, 4, 5), weights)[0]


def review_times(
    *, app: DemoApp, count: int, newest: timedelta, zone: ZoneInfo, now: datetime, rng: Random
) -> list[datetime]:
    """`count` moments between the app's listing and `newest` before now.

    Denser towards the end, mostly in working hours.
    """
    span = now - app.listed_at - timedelta(days=6)
    times: list[datetime] = []
    while len(times) < count:
        at = now - newest - (span - newest) * rng.random() ** 1.6
        for _ in range(3):
            at = at.astimezone(zone).replace(
                hour=rng.choices(range(24), HOURS)[0], minute=rng.randrange(60)
            )
            if at.weekday() < 5 or rng.random() < 0.3:
                break
            at -= timedelta(days=rng.choice((2, 3)))
        at = at.replace(second=rng.randrange(60), microsecond=0)
        at = max(at, app.listed_at + timedelta(days=4, seconds=rng.randrange(80_000)))
        if at < now - newest:
            times.append(at.astimezone(now.tzinfo))
    return times


def latest_times(*, count: int, span: timedelta, now: datetime, rng: Random) -> list[datetime]:
    """Moments spread over the time up to now."""
    whole = span - timedelta(hours=3)
    return [
        now - timedelta(minutes=40) - whole * ((n + rng.random()) / count) for n in range(count)
    ]


def usage_at(*, rng: Random) -> timedelta:
    """How long an app has been installed when it is reviewed."""
    low, high = rng.choices(((4, 19), (20, 55), (60, 340), (370, 900)), (6, 18, 56, 20))[0]
    return timedelta(days=rng.uniform(low, high))
