"""A whole demo marketplace from a slug and a moment, the same every time."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from arvio.demo import arrivals, edits, listings
from arvio.demo.answers import Answers, Said
from arvio.demo.cast import add_customers
from arvio.demo.content import (
    DemoAccount,
    DemoApp,
    DemoBan,
    DemoInstallation,
    DemoMarketplace,
    DemoReview,
    DemoUser,
)
from arvio.demo.crowd import Crowd
from arvio.demo.people import Companies
from arvio.demo.timeline import (
    HISTORY,
    HOLD,
    TOLD,
    draw_stars,
    latest_times,
    mean_at,
    review_times,
)
from arvio.demo.words import read_words
from arvio.demo.writing import Situation, Writer, Written

CONSENTS = {
    "bitrix24-2024": ("guidelines", "privacy"),
    "hubspot-2022": ("uses_app", "guidelines", "privacy"),
}
WITHDRAWN = 14
# Of what waits for publication a visitor should see good and bad.
WORSE_THESE_DAYS = 0.9


@dataclass
class Slot:
    """A place in the history where a review will be."""

    app: DemoApp
    at: datetime
    account: DemoAccount
    user: DemoUser
    usage: timedelta
    stars: int = 0


@dataclass
class Desk:
    """What the writing of one marketplace has in hand."""

    slug: str
    raw: dict[str, Any]
    now: datetime
    rng: Random
    crowd: Crowd
    writers: dict[tuple[str, str], Writer] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    titles: dict[tuple[str, str], deque[str]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=20))
    )

    @property
    def held(self) -> bool:
        return "held" in self.raw

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.raw["time_zone"])


def build(*, slug: str, now: datetime) -> DemoMarketplace:
    """Everything that belongs to a demo marketplace (`b24` or `hub`) whose story ends at `now`."""
    now = now.replace(microsecond=0)
    raw = listings.read_listing(slug)["marketplace"]
    rng = Random(f"arvio {slug}")  # noqa: S311 a story, not a secret
    apps = listings.apps(slug=slug, now=now)
    crowd = Crowd(
        slug=slug, shares=raw["shares"], per_account=None if "held" in raw else 3, now=now, rng=rng
    )
    crowd.settle(count=raw["accounts"], companies=Companies(f"{slug}-", raw["plans"], rng))
    desk = Desk(slug=slug, raw=raw, now=now, rng=rng, crowd=crowd)
    customers, cast_reviews = add_customers(slug=slug, crowd=crowd, apps=apps, now=now)
    imports = arrivals.imports(slug=slug, apps=apps, titled=not desk.held, now=now, rng=rng)
    known = Counter(review.app for review in cast_reviews)
    known.update(row.app for row in imports)
    slots = _slots(desk, apps, known)
    said = [*_by_hand(cast_reviews, apps, crowd), *_reviews(desk, slots)]
    partners = listings.partners(slug=slug)
    answers = Answers(partners=partners, held=desk.held, zone=desk.zone, now=now, rng=rng)
    reviews = _withdraw(desk, apps, answers.give(said=said))
    opening = edits.opening(raw=raw, now=now)
    reviews = edits.add_edits(reviews=reviews, apps=apps, opening=opening, now=now, rng=rng)
    links, reviews = arrivals.links(slug=slug, reviews=reviews, now=now, rng=rng)
    _partings(desk, reviews, apps)
    installations = crowd.installations(apps={app.ref: app for app in apps})
    return DemoMarketplace(
        slug=slug,
        name=raw["name"],
        preset=raw["preset"],
        languages=tuple(raw["languages"]),
        accent=raw["accent"],
        calendar=raw["calendar"],
        time_zone=raw["time_zone"],
        founded_at=now - HISTORY,
        opening=opening,
        partners=partners,
        apps=apps,
        accounts=tuple(crowd.accounts),
        users=tuple(crowd.users),
        installations=installations,
        reviews=tuple(
            sorted(
                _kept_promises(reviews, installations, apps),
                key=lambda review: (review.submitted_at, review.user),
            )
        ),
        bans=_bans(desk, apps, reviews),
        staff=listings.staff(slug=slug),
        customers=customers,
        imports=imports,
        links=links,
        invitations=listings.invitations(slug=slug),
        digests=tuple(
            person.email
            for partner in partners
            for person in partner.members
            if person.role == "reader"
        ),
        consents=CONSENTS[raw["preset"]],
    )


def _kept_promises(
    reviews: list[DemoReview],
    installations: tuple[DemoInstallation, ...],
    apps: tuple[DemoApp, ...],
) -> list[DemoReview]:
    """No version is promised to an account that has it."""
    newest = {app.ref: app.version for app in apps}
    behind = {(row.app, row.account) for row in installations if row.version != newest[row.app]}
    return [
        replace(review, reply=replace(review.reply, fixed_in=""))
        if review.reply and (review.app, review.account) not in behind
        else review
        for review in reviews
    ]


def _slots(desk: Desk, apps: tuple[DemoApp, ...], known: Counter[str]) -> list[Slot]:
    """Every review's time, then its author, oldest first: the first review of an account
    dates its installation. `known` reviews of an app are there already.
    """
    moments = _latest(desk, apps)
    for app in apps:
        there = known[app.ref] + sum(found is app for _, found in moments)
        newest = (HOLD if desk.held else TOLD) + timedelta(minutes=30)
        times = review_times(
            app=app,
            count=app.reviews - there,
            newest=newest,
            zone=desk.zone,
            now=desk.now,
            rng=desk.rng,
        )
        moments += [(at, app) for at in times]
    slots = []
    for at, app in sorted(moments, key=lambda moment: (moment[0], moment[1].ref)):
        account, user = desk.crowd.author(app=app)
        installed_at = desk.crowd.install(app=app, account=account, before=at)
        mean = mean_at(app=app, at=at, now=desk.now)
        if desk.held and at > desk.now - HOLD:
            mean -= WORSE_THESE_DAYS
        stars = draw_stars(mean=mean, rng=desk.rng)
        slots.append(Slot(app, at, account, user, at - installed_at, stars))
    return slots


def _latest(desk: Desk, apps: tuple[DemoApp, ...]) -> list[tuple[datetime, DemoApp]]:
    """As many reviews as each partner has waiting for publication, spread over the hold; where
    nothing waits, some news for each.
    """
    moments = []
    for partner in listings.partners(slug=desk.slug):
        own = [app for app in apps if app.partner == partner.ref and app.reviews > 20]
        wanted = partner.open
        count = wanted.held + wanted.early if desk.held else wanted.fresh
        if own and count:
            chosen = desk.rng.choices(own, [app.reviews for app in own], k=count)
            span = HOLD if desk.held else TOLD
            times = latest_times(count=count, span=span, now=desk.now, rng=desk.rng)
            moments += [
                (at.replace(microsecond=0), app) for at, app in zip(times, chosen, strict=True)
            ]
    return moments


def _by_hand(reviews: list[DemoReview], apps: tuple[DemoApp, ...], crowd: Crowd) -> list[Said]:
    by_ref, users = {app.ref: app for app in apps}, {user.ref: user for user in crowd.users}
    return [Said(review, by_ref[review.app], users[review.user], None) for review in reviews]


def _reviews(desk: Desk, slots: list[Slot]) -> list[Said]:
    """Newest first: a page of the newest reviews then repeats a sentence last of all."""
    return [_review(desk, slot) for slot in reversed(slots)]


def _review(desk: Desk, slot: Slot) -> Said:
    written = _write(desk, slot)
    about: dict[str, str] = {}
    qualities: dict[str, int | None] = {}
    if not desk.held:
        qualities = _qualities(slot.stars, written, desk.rng)
        roles = read_words(f"{slot.user.locale}/common")["roles"]
        about = {"role": desk.rng.choice(roles), "company_size": slot.account.size}
        if desk.rng.random() < 0.6:
            about["industry"] = slot.account.industry
    review = DemoReview(
        app=slot.app.ref,
        account=slot.account.ref,
        user=slot.user.ref,
        stars=slot.stars,
        title=written.title,
        text=written.text,
        pros=written.pros,
        cons=written.cons,
        qualities=qualities,
        about=about,
        language=slot.user.locale,
        submitted_at=slot.at,
    )
    return Said(review, slot.app, slot.user, written)


def _write(desk: Desk, slot: Slot) -> Written:
    """No two long texts are the same in a marketplace."""
    language = slot.user.locale
    key = (slot.app.ref, language)
    if key not in desk.writers:
        desk.writers[key] = Writer(
            app=slot.app,
            language=language,
            rng=desk.rng,
            titled=not desk.held,
            titles=desk.titles[slot.app.partner, language],
        )
    dip = slot.app.dip
    blamed = dip and dip.begins_at <= slot.at < dip.ends_at and slot.stars <= 3
    situation = Situation(
        stars=slot.stars,
        usage=slot.usage,
        size=slot.account.size,
        author=slot.user,
        blame=dip.topic if dip and blamed else "",
    )
    for _ in range(30):
        written = desk.writers[key].write(situation=situation)
        if written.text not in desk.texts:
            break
    desk.texts.add(written.text)
    return written


def _qualities(stars: int, written: Written, rng: Random) -> dict[str, int | None]:
    """Near the stars, moved by what the words say. None is no answer, 0 is one."""

    def near(shift: int = 0, low: int = 1) -> int:
        return min(max(stars + shift + rng.choice((-1, 0, 0, 0, 1)), low), 5)

    def moved(subject: str) -> int:
        hint = written.hints.get(subject)
        return 0 if hint is None else (1 if hint else -2)

    qualities: dict[str, int | None] = {
        "ease_of_use": near(moved("setup")),
        "features": near(),
        "value": near(moved("price")),
        "support_documentation": near(moved("support"), low=0),
    }
    if "price" not in written.hints and rng.random() < 0.16:
        qualities["value"] = None
    if "support" not in written.hints and rng.random() < 0.27:
        qualities["support_documentation"] = None
    if written.hints.get("support") is False and stars <= 2 and rng.random() < 0.6:
        qualities["support_documentation"] = 0
    return qualities


def _withdraw(desk: Desk, apps: tuple[DemoApp, ...], reviews: list[DemoReview]) -> list[DemoReview]:
    """Some authors take their review back."""
    popular = {app.ref for app in apps if app.reviews > 30}
    made = list(reviews)
    may = [
        n
        for n, said in enumerate(made)
        if said.app in popular and said.reply and said.user[0] != "c"
    ]
    for n in desk.rng.sample(may, WITHDRAWN):
        days = desk.rng.choice((0.2, 1.0, 2.0, 6.0, 20.0, 45.0))
        at = made[n].submitted_at + timedelta(days=days * desk.rng.uniform(0.4, 1.0))
        if at < desk.now - timedelta(hours=2):
            reply = made[n].reply
            made[n] = replace(
                made[n],
                withdrawn_at=at,
                reply=reply if reply and reply.replied_at < at else None,
            )
    return made


def _partings(desk: Desk, reviews: list[DemoReview], apps: tuple[DemoApp, ...]) -> None:
    """After the last review of an account it may uninstall; others have the app and never write."""
    last: dict[tuple[str, str], DemoReview] = {}
    for review in sorted(reviews, key=lambda review: review.submitted_at):
        last[review.app, review.account] = review
    for (app, account), review in last.items():
        if not review.user.startswith("c"):
            desk.crowd.leave(
                app=app, account=account, after=review.submitted_at, stars=review.stars
            )
    for listed in apps:
        desk.crowd.install_more(
            app=listed, count=listed.installs or int(listed.reviews * 0.35) + 12
        )


def _bans(desk: Desk, apps: tuple[DemoApp, ...], reviews: list[DemoReview]) -> tuple[DemoBan, ...]:
    """Somebody with published reviews is banned, and where reviews are held, one who waits."""
    popular = {app.ref for app in apps if app.reviews > 50}
    by_user: dict[tuple[str, str], list[DemoReview]] = defaultdict(list)
    for review in reviews:
        if not review.user.startswith("c") and not (review.withdrawn_at or review.edits):
            by_user[review.account, review.user].append(review)
    old = desk.now - timedelta(days=20)
    busy = [
        key
        for key, own in by_user.items()
        if len(own) == 2 and all(r.app in popular and r.submitted_at < old for r in own)
    ]
    chosen = [
        (
            desk.rng.choice(sorted(busy)),
            timedelta(days=9),
            "Reviews written to order, admitted by the author.",
        )
    ]
    waiting = [
        (review.account, review.user)
        for review in reviews
        if desk.held
        and desk.now - timedelta(days=2) < review.submitted_at < desk.now - timedelta(days=1)
        and len(by_user.get((review.account, review.user), [])) == 1
    ]
    if waiting:
        chosen.append(
            (sorted(waiting)[0], timedelta(hours=6), "The same person wrote from two accounts.")
        )
    return tuple(
        DemoBan(account=account, user=user, reason=reason, at=desk.now - ago)
        for (account, user), ago, reason in chosen
    )
