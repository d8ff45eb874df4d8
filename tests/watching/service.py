"""The service as it runs for real, a server and a worker, and clients that don't let go."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from arvio.people import tokens
from tests.notify.sink import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
SUBMIT = "/api/v1/marketplaces/store/apps/calls/reviews"
READS = (
    "/api/v1/marketplaces/store/apps/calls/rating",
    "/api/v1/marketplaces/store/apps/calls/reviews",
    "/store/",
    "/store/apps/calls/",
    "/-/ready",
)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """`arvio serve` and `arvio work` on one database, in processes of their own."""

    environment: dict[str, str]
    folder: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def arvio(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("arvio.cli", *words)

    def stage(self, word: str) -> Any:
        ran = self._run("tests.watching.stage", word)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def _run(self, module: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self, *names: str) -> None:
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                started = subprocess.Popen(
                    [sys.executable, "-m", "arvio.cli", name],
                    env=self.environment,
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self.processes.append(started)
        if "serve" in names:
            self._await_live()

    def _await_live(self) -> None:
        for _ in range(300):
            with suppress(OSError):
                if self.get("/-/live").status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(self.log("serve"))

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=30)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            return ask(connection, "GET", path, headers=headers)
        finally:
            connection.close()


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    connection.request(method, path, body, headers or {})
    said = connection.getresponse()
    return Answer(said.status, {k.lower(): v for k, v in said.getheaders()}, said.read())


@contextmanager
def service(url: str, folder: Path, **environment: str) -> Iterator[Service]:
    """Nothing runs yet; what is started stops with it."""
    port = free_port()
    running = Service(
        {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
            "SECRET_KEY": "abcdefghij" * 6,
            "ALLOWED_HOSTS": "127.0.0.1",
            "BASE_URL": "http://127.0.0.1:8000",
            "DATABASE_URL": url,
            "PORT": str(port),
            **environment,
        },
        folder,
        port,
    )
    with ExitStack() as stack:
        stack.callback(running.stop)
        yield running


@dataclass
class Load:
    """Clients that submit reviews, each until it is taken, and one that reads."""

    service: Service
    secret: str
    answers: dict[str, Any]
    authors: Sequence[str]
    pause: float
    # What was answered to whom: by path, and for each author the review's id.
    seen: list[tuple[str, str, Answer]] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, *, writers: int) -> None:
        jobs = [self.authors[place::writers] for place in range(writers)]
        self.threads = [
            threading.Thread(target=self._run, args=(self._write, job)) for job in jobs
        ] + [threading.Thread(target=self._run, args=(self._read,))]
        for thread in self.threads:
            thread.start()

    def finish(self, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for thread in self.threads[:-1]:
            thread.join(max(deadline - time.monotonic(), 0))
            assert not thread.is_alive(), "the clients don't come to an end"
        self.done.set()
        self.threads[-1].join(30)

    def abandon(self) -> None:
        self.done.set()

    def _run(self, job: Any, *arguments: Any) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        try:
            job(connection, *arguments)
        except Exception as error:
            self.broken.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _write(self, connection: http.client.HTTPConnection, authors: Sequence[str]) -> None:
        for author in authors:
            while not self.done.is_set():
                answer = self._submit(connection, author)
                self.seen.append(("POST", SUBMIT, answer))
                if answer.status == 201:
                    self.taken[author] = answer.json["id"]
                    break
                if answer.status != 503:
                    return
                time.sleep(0.2)
            time.sleep(self.pause)

    def submit(self, author: str) -> Answer:
        """Once, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        try:
            return self._submit(connection, author)
        finally:
            connection.close()

    def _submit(self, connection: http.client.HTTPConnection, author: str) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._token(author)}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"key-{author}",
        }
        return ask(connection, "POST", SUBMIT, json.dumps(self.answers).encode(), headers)

    def _read(self, connection: http.client.HTTPConnection) -> None:
        for path in cycle(READS):
            if self.done.is_set():
                return
            self.seen.append(("GET", path, ask(connection, "GET", path)))
            time.sleep(0.02)

    def _token(self, author: str) -> str:
        claims = {
            "iss": "store",
            "sub": author,
            "account": "acme",
            "surface": "in_product",
            "name": "Arvo Aalto",
        }
        return tokens.issue(secret=self.secret, claims=claims)[0]

    def tell(self) -> str:
        odd = [answer for _, _, answer in self.seen if answer.status not in (200, 201, 503)]
        return f"{len(self.taken)} taken, {self.statuses()}, {self.broken}, {odd[:3]}"

    def statuses(self) -> Counter[int]:
        return Counter(answer.status for _, _, answer in self.seen)
