"""What every test stands on: a database, a closed network, a moment, and counted statements."""

import os
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import django
import hypothesis
import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests import postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("search", max_examples=1_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# --- The database ------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Choose the database once per run; each of xdist's workers makes its own in it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    if not hasattr(config, "workerinput"):
        stack = ExitStack()
        config.add_cleanup(stack.close)
        os.environ["DATABASE_URL"] = stack.enter_context(_database())
    django.setup()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    if exitstatus and not hasattr(config, "workerinput"):
        seed = config.getoption("randomly_seed", None)
        terminalreporter.write_line(f"The same order and data again: --randomly-seed={seed}")


@contextmanager
def _database() -> Iterator[str]:
    """The URL of the database that ARVIO_TEST_DATABASE chooses, for as long as the run lasts."""
    chosen = os.environ.get("ARVIO_TEST_DATABASE", "sqlite")
    if chosen == "sqlite":
        with tempfile.TemporaryDirectory(prefix="arvio-sqlite-") as folder:
            yield f"sqlite:///{folder}/tests.sqlite3"
    elif chosen == "postgresql":
        try:
            with postgres.server() as url:
                yield url
        except postgres.PostgresError as error:
            raise pytest.UsageError(str(error)) from None
    else:
        raise pytest.UsageError(
            f"ARVIO_TEST_DATABASE is {chosen!r}. It takes sqlite or postgresql."
        )


@pytest.fixture(scope="session", autouse=True)
def _a_flush_may_delete() -> Iterator[None]:
    """Tests with real transactions are cleaned by deleting everything, which the guards refuse.

    So the guards are lifted around that one deletion. It ends with `post_migrate`, which puts them
    back; whoever runs next finds them standing, or the cleaning itself fails.
    """
    flush: Callable[[TransactionTestCase], None] = vars(TransactionTestCase)["_fixture_teardown"]

    def lifted_flush(case: TransactionTestCase) -> None:
        from arvio.audit import guards

        guards.lift(connection)
        flush(case)
        if gone := guards.missing(connection):
            raise AssertionError(f"after a flush these guards are gone: {gone}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lifted_flush)
        yield


# --- The network -------------------------------------------------------------------------------


class NetworkBlockedError(RuntimeError):
    """A test tried to leave this machine. Not an OSError, so that no retry swallows it."""


LOOPBACK = {"127.0.0.1", "::1", "localhost", "testserver", ""}


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Only this machine can be reached: by Unix socket and by loopback address."""

    def check(host: object) -> None:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name not in LOOPBACK:
            raise NetworkBlockedError(f"a test wanted to reach {name}")

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return method(self, address)

        return connect

    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        check(host)
        return look_up(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect), raising=False)
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex), raising=False)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


# --- A moment, and what it costs ---------------------------------------------------------------


@pytest.fixture
def now() -> datetime:
    """Some moment: any day, any time, to the microsecond. pytest-randomly's seed brings it back."""
    day = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=random.randrange(3 * 365))
    return day + timedelta(microseconds=random.randrange(24 * 60 * 60 * 1_000_000))


SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def _counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(SAVEPOINTS):
            statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield statements


@pytest.fixture
def count_sql() -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_sql() as statements:` lists what the database is asked, savepoints left out."""
    return _counted


# --- A browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """One real Chromium for all stories."""
    from playwright.sync_api import sync_playwright

    from tests import browser

    program = browser.find()
    if program is None:
        pytest.fail("No Chromium here. `make test` brings one, or install the package chromium.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, where Django would refuse every query.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=program, args=browser.arguments())
        yield started
        started.close()
