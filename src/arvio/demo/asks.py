"""A month in which apps told of their moments, and what became of those whom they then asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from arvio.asking.prompt_actions import say_outcome, take_moment
from arvio.asking.prompt_rules import Outcome
from arvio.catalog.queries import Viewer
from arvio.demo.content import DemoInstallation, DemoUser

if TYPE_CHECKING:
    from arvio.demo.seed import Loader

MONTH = timedelta(days=29)
# So many of the role bar's first partner, so that its figures are large enough to be shown.
PEOPLE, OF_FIRST = 44, 20
# How many moments people have, and how many people have so many.
MOMENTS, HOW_MANY = (1, 2, 3, 4), (8, 10, 64, 18)
NAMES = ("call-logged", "report-sent", "document-signed", "deal-won")
# Nothing is said of an ask whose page was closed.
OUTCOMES: tuple[Outcome | None, ...] = ("later", "opened", "never", "failed", None)
OFTEN = (42, 26, 6, 2, 24)


@dataclass(frozen=True)
class _Use:
    """A person's moments in an app, oldest first; `outcome` is what they say to an ask."""

    app: str
    user: str
    account: str
    moments: tuple[datetime, ...]
    outcome: Outcome | None


def happen(*, loader: Loader) -> None:
    """Before the reviews of the last days are written, so that some of them follow an ask."""
    rng = Random(f"asks/{loader.demo.slug}")  # noqa: S311 - the demo is the same each time
    names = {app.ref: rng.choice(NAMES) for app in loader.demo.apps}
    for use in [*_of_authors(loader, rng), *_of_others(loader, rng)]:
        _tell(loader, use, names[use.app])


def _of_authors(loader: Loader, rng: Random) -> Iterator[_Use]:
    """They were asked in the days before they wrote."""
    for said in loader.demo.reviews:
        if loader.is_told(said.submitted_at) and rng.random() < 0.4:
            asked_at = said.submitted_at - timedelta(minutes=rng.randrange(3, 9))
            moments = (*_days_before(asked_at, 2, rng), asked_at)
            yield _Use(said.app, said.user, said.account, moments, "opened")


def _of_others(loader: Loader, rng: Random) -> Iterator[_Use]:
    users: dict[str, list[DemoUser]] = {}
    for user in loader.demo.users:
        users.setdefault(user.account, []).append(user)
    bar = {one.account for one in loader.demo.customers}
    reviewed = {(one.app, one.account) for one in loader.demo.reviews}
    first = loader.now - MONTH
    rows: list[DemoInstallation] = [
        row
        for row in loader.demo.installations
        if row.uninstalled_at is None
        and row.installed_at < first - timedelta(days=3)
        and row.account in users
        and row.account not in bar
        # Most apps needn't be told by the marketplace who has reviewed them: a few don't know.
        and ((row.app, row.account) not in reviewed or rng.random() < 0.06)
    ]
    known = {app.ref for app in loader.demo.apps if app.partner == loader.demo.partners[0].ref}
    own = [row for row in rows if row.app in known]
    others = [row for row in rows if row.app not in known]
    for row in [*_some(own, OF_FIRST, rng), *_some(others, PEOPLE - OF_FIRST, rng)]:
        last = first + timedelta(days=4) + (MONTH - timedelta(days=5)) * rng.random()
        count = rng.choices(MOMENTS, HOW_MANY)[0]
        moments = (*_days_before(last, count - 1, rng), last)
        outcome = rng.choices(OUTCOMES, OFTEN)[0]
        yield _Use(row.app, rng.choice(users[row.account]).ref, row.account, moments, outcome)


def _some(rows: list[DemoInstallation], count: int, rng: Random) -> list[DemoInstallation]:
    return rng.sample(rows, min(count, len(rows)))


def _days_before(at: datetime, count: int, rng: Random) -> list[datetime]:
    return sorted(at - timedelta(days=4) * rng.random() for _ in range(count))


def _tell(loader: Loader, use: _Use, moment: str) -> None:
    user = loader.users[use.user]
    viewer = Viewer(
        marketplace=loader.marketplace,
        surface="in_product",
        name=user.name,
        email=user.email,
        locale=user.locale,
        account=loader.accounts[use.account],
        user=user,
    )
    for at in use.moments:
        answer = take_moment(viewer=viewer, app=loader.apps[use.app], moment=moment, now=at)
        if answer.prompt and use.outcome:
            say_outcome(
                viewer=viewer,
                prompt_id=answer.prompt.pk,
                outcome=use.outcome,
                now=at + timedelta(seconds=12),
            )
