"""Figures of moderation, computed from plain numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

# A difference is said to be beyond chance at 95 %, and not at all of fewer cases than these.
BOUND = 1.96
FEWEST = 30


@dataclass(frozen=True)
class Share:
    """How many of so many; `share` is None of none."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return round(self.part / self.whole, 4) if self.whole else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share of all doesn't exceed (nearest rank); None of none."""
    ordered = sorted(values)
    return ordered[max(ceil(share * len(ordered)), 1) - 1] if ordered else None


def z_score(low: Share, high: Share) -> float:
    """Two proportions, pooled. 0 where nothing can differ."""
    pooled = (low.part + high.part) / (low.whole + high.whole)
    spread = sqrt(pooled * (1 - pooled) * (1 / low.whole + 1 / high.whole))
    if not spread:
        return 0.0
    return (low.part / low.whole - high.part / high.whole) / spread


def symmetry(low: Share, high: Share) -> str:
    """Are reports on few stars and on many upheld alike? within, beyond or too_few."""
    if min(low.whole, high.whole) < FEWEST:
        return "too_few"
    return "within" if abs(z_score(low, high)) <= BOUND else "beyond"


def star_class(stars: int) -> str:
    """low 1 and 2, middle 3, high 4 and 5."""
    return "low" if stars <= 2 else "middle" if stars == 3 else "high"
