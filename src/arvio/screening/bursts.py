"""Is this many reviews in a day, for this app? Judged against its own history alone."""

from __future__ import annotations

import math

FEWEST = 5
TIMES_THE_MEAN = 5
DEVIATIONS = 4
HISTORY_DAYS = 28


def is_burst(*, recent: int, before: int, days: int) -> bool:
    """`recent` reviews in the last 24 hours against `before` in the `days` before them.

    A burst is at least five, more than five times the app's daily mean, and further above it than
    chance explains: reviews that come independently spread by the root of their mean, and four
    times that is rarer than one day in ten thousand.
    """
    mean = before / max(days, 1)
    return (
        recent >= FEWEST
        and recent > TIMES_THE_MEAN * mean
        and recent > mean + DEVIATIONS * math.sqrt(mean)
    )
