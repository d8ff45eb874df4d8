"""`python -m benchmarks [--reviews N] [--database sqlite|postgresql]`: a table of ratios.

Everything is made in a temporary folder and goes with it; all traffic is on 127.0.0.1 and bounded.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

SECONDS = 6.0
CONNECTIONS = 8


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--reviews", type=int, default=10_000, help="10,000 when left out")
    parser.add_argument("--apps", type=int, default=451)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="arvio-benchmark-") as folder,
        _database(wanted.database, folder),
    ):
        import django

        django.setup()
        _run(wanted, Console(highlight=False))


@contextlib.contextmanager
def _database(kind: str, folder: str) -> Iterator[None]:
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
            "SECRET_KEY": "benchmark-" + "x" * 50,
            "ALLOWED_HOSTS": "127.0.0.1",
            "ARVIO_DEMO": "no",
        }
    )
    with contextlib.ExitStack() as stack:
        if kind == "sqlite":
            os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"
        else:
            from tests import postgres

            os.environ["DATABASE_URL"] = stack.enter_context(postgres.server())
        yield
        from django.db import connections

        connections.close_all()


def _run(wanted: argparse.Namespace, console: Console) -> None:
    from django.core.management import call_command

    from benchmarks import data

    call_command("migrate", verbosity=0)
    largest = wanted.reviews // 10
    sizes = {"small": wanted.reviews // 10, "large": wanted.reviews}
    with console.status(f"Making {sum(sizes.values())} reviews ..."):
        for slug, reviews in sizes.items():
            apps = max(wanted.apps * reviews // wanted.reviews, 2)
            data.make(
                slug=slug, preset="hubspot-2022", apps=apps, reviews=reviews, largest=reviews // 10
            )
        marketplace, _ = data.make(
            slug="held",
            preset="bitrix24-2024",
            apps=wanted.apps,
            reviews=wanted.reviews,
            largest=largest,
        )
    table = Table(
        "work", "Arvio", "beside", "ratio", title=f"{wanted.reviews} reviews, {wanted.database}"
    )
    for row in (_publish(), *_reads(), _inbox(), _submit(marketplace)):
        table.add_row(*row)
    console.print(table)


def _publish() -> tuple[str, ...]:
    """Held reviews whose time has come, with second look, rating and history, beside the bare
    UPDATE of the same rows.
    """
    from django.db import transaction

    from arvio.reviews.models import Review
    from arvio.work.loop import work_once
    from benchmarks.data import NOW

    later = NOW.replace(month=7)
    held = Review.objects.filter(state="held")
    number = held.count()
    with transaction.atomic():
        bare = _timed(lambda: held.update(state="published", published_at=later))
        transaction.set_rollback(True)
    ours = _timed(lambda: work_once(now=later))
    return (
        f"publish {number} due reviews",
        f"{ours:.2f} s",
        f"bare UPDATE {bare:.2f} s",
        f"{bare / ours:.3f}",
    )


def _reads() -> Iterator[tuple[str, ...]]:
    from benchmarks.load import Request, requests_per_second

    paths = (
        "/api/v1/marketplaces/{}/apps/app-0/rating",
        "/api/v1/marketplaces/{}/apps/app-0/reviews",
    )
    rates: dict[str, float] = {}
    with _server("arvio.config.wsgi:application") as port:
        for slug in ("small", "large"):
            cycle = itertools.cycle([Request(path.format(slug)) for path in paths])
            take = cycle.__next__
            requests_per_second(port=port, next_request=take, connections=2, seconds=1)
            rates[slug] = requests_per_second(
                port=port, next_request=take, connections=CONNECTIONS, seconds=SECONDS
            )
    constant = _constant(lambda: Request("/"), size=12_000)
    yield (
        "rating + first page of reviews",
        f"{rates['large']:.0f}/s",
        f"constant bytes {constant:.0f}/s",
        f"{rates['large'] / constant:.3f}",
    )
    yield (
        "the same, a tenth of the reviews",
        f"{rates['small']:.0f}/s",
        f"all reviews {rates['large']:.0f}/s",
        f"growth {rates['small'] / rates['large']:.2f}",
    )


def _inbox() -> tuple[str, ...]:
    """A partner's first page and its counter, with all reviews beside a tenth of them."""
    from arvio.catalog.members import Member
    from arvio.catalog.models import Partner
    from arvio.people.models import Person
    from arvio.reviews import inbox
    from benchmarks.data import NOW

    rounds, seconds = 50, {}
    person = Person.objects.create_user(email="petra@partner.example")
    for slug in ("small", "large"):
        partner = Partner.objects.select_related("marketplace").get(marketplace__slug=slug)
        member = Member(person, partner, "owner")

        def look(member: Member = member) -> None:
            for _ in range(rounds):
                inbox.page(member=member, now=NOW)
                inbox.unanswered(partner_id=member.partner.pk)

        seconds[slug] = min(_timed(look) for _ in range(3)) / rounds
    return (
        "partner's inbox and counter",
        f"{seconds['large'] * 1000:.1f} ms",
        f"a tenth of the reviews {seconds['small'] * 1000:.1f} ms",
        f"growth {seconds['large'] / seconds['small']:.2f}",
    )


def _submit(marketplace: Any) -> tuple[str, ...]:
    """Reviews by viewer tokens, each by another user whose account has the app."""
    from arvio.catalog.models import Installation, User
    from arvio.people import tokens
    from benchmarks.data import answers
    from benchmarks.load import Request, requests_per_second

    dice = random.Random(2)  # noqa: S311  # the same answers every time
    sent = json.dumps(answers(dice, short=True)).encode()
    rows = Installation.objects.filter(app__marketplace=marketplace).select_related(
        "app", "account"
    )

    def requests() -> Iterator[Request]:
        for row in rows[:5_000]:
            claims = {
                "iss": marketplace.slug,
                "sub": f"new-{row.account.ref}",
                "account": row.account.ref,
                "surface": "in_product",
                "name": "Arvo Aalto",
            }
            token, _ = tokens.issue(secret=marketplace.jwt_secret, claims=claims)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            yield Request(
                f"/api/v1/marketplaces/held/apps/{row.app.ref}/reviews", "POST", sent, headers
            )

    ready = iter(list(requests()))
    before = User.objects.count()
    with _server("arvio.config.wsgi:application") as port:
        ours = requests_per_second(
            port=port,
            next_request=lambda: next(ready, None),
            connections=CONNECTIONS,
            seconds=SECONDS,
        )
    if User.objects.count() == before:
        raise RuntimeError("no review was submitted")
    constant = _constant(lambda: Request("/", "POST", sent), size=1_500)
    return (
        "submit, 8 connections",
        f"{ours:.0f}/s",
        f"constant bytes {constant:.0f}/s",
        f"{ours / constant:.3f}",
    )


def _constant(next_request: Callable[[], Any], *, size: int) -> float:
    from benchmarks.load import requests_per_second

    with _server("benchmarks.constant:application", CONSTANT_BYTES=str(size)) as port:
        return requests_per_second(
            port=port, next_request=next_request, connections=CONNECTIONS, seconds=SECONDS
        )


@contextlib.contextmanager
def _server(target: str, **environment: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(  # our own server, fixed arguments
        [
            sys.executable,
            "-m",
            "granian",
            *command,
            "--blocking-threads",
            "4",
            "--log-level",
            "warning",
            target,
        ],
        env={**os.environ, **environment},
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
