"""Reviews that came by a partner's link, and those that an app brought from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from arvio.demo.content import DemoApp, DemoImport, DemoLink, DemoReply, DemoReview, DemoUser
from arvio.demo.listings import partners, read_listing
from arvio.demo.replies import Replier
from arvio.demo.timeline import HISTORY, draw_stars
from arvio.demo.writing import Situation, Writer

# The one word by which a shop is greeted, until its name takes the word's place.
STORE = "{store}"


def imports(
    *, slug: str, apps: tuple[DemoApp, ...], titled: bool, now: datetime, rng: Random
) -> tuple[DemoImport, ...]:
    """From the year before the marketplace was founded, in its first language."""
    made = []
    by_ref = {app.ref: app for app in apps}
    language = read_listing(slug)["marketplace"]["languages"][0]
    for raw in read_listing(slug)["imports"]:
        app = by_ref[raw["app"]]
        writer = Writer(app=app, language=language, rng=rng, titled=titled)
        for store in raw["stores"]:
            at = now - HISTORY - timedelta(days=rng.uniform(20, 330))
            at = at.replace(hour=rng.randrange(8, 16), microsecond=0)
            made.append(_import(slug, app, writer, store, at, rng))
    return tuple(made)


def _import(
    slug: str, app: DemoApp, writer: Writer, store: str, at: datetime, rng: Random
) -> DemoImport:
    stars = draw_stars(mean=app.first_mean - 0.3, rng=rng)
    author = DemoUser("", "", STORE, "", writer.language, female=False)
    usage = timedelta(days=rng.uniform(90, 300))
    written = writer.write(situation=Situation(stars, usage, "11-50", author))
    partner = next(one for one in partners(slug=slug) if one.ref == app.partner)
    text = Replier(app, rng).write(
        author=author, language=writer.language, stars=stars, written=written
    )
    reply = DemoReply(
        text=text.replace(STORE, store),
        replied_at=at + timedelta(days=rng.randrange(1, 9), minutes=rng.randrange(90)),
        by=partner.who("owner").email,
    )
    return DemoImport(
        app=app.ref,
        store=store,
        stars=stars,
        title=written.title,
        text=written.text,
        language=writer.language,
        submitted_at=at,
        reply=reply,
    )


def links(
    *, slug: str, reviews: list[DemoReview], now: datetime, rng: Random
) -> tuple[tuple[DemoLink, ...], list[DemoReview]]:
    """The campaigns, and the reviews with the campaign that some of them came by."""
    made = list(reviews)
    found = []
    for raw in read_listing(slug)["links"]:
        created_at = now - timedelta(days=raw["days"])
        came = _by_link(made, raw, created_at, rng)
        for n in came:
            made[n] = replace(made[n], link=raw["campaign"])
        # Who writes has come a little before; most come in the first days and write nothing.
        arrivals = [made[n].submitted_at - timedelta(minutes=rng.uniform(3, 40)) for n in came]
        while len(arrivals) < raw["arrivals"]:
            at = created_at + (now - created_at) * rng.random() ** 2.2
            arrivals.append(at + timedelta(hours=1))
        arrivals = [at for at in arrivals if created_at < at < now]
        found.append(DemoLink(raw["app"], raw["campaign"], created_at, tuple(sorted(arrivals))))
    return tuple(found), made


def _by_link(
    reviews: list[DemoReview], raw: dict[str, Any], created_at: datetime, rng: Random
) -> list[int]:
    may = [
        n
        for n, said in enumerate(reviews)
        if said.app == raw["app"]
        and created_at + timedelta(hours=2) < said.submitted_at
        and said.link is None
        and not (said.withdrawn_at or said.user.startswith("c"))
    ]
    return rng.sample(may, min(raw["reviews"], len(may)))
