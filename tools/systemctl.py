"""A stand-in for systemctl on a machine without a running systemd, such as a `chroot`: it starts
what our unit files say, as their user, in their folder. `tools.follow` puts it there.

It knows `enable` with and without `--now`, `start`, `restart`, `stop`, and of a unit what it needs
for that. Whether
systemd itself takes the files, `systemd-analyze verify` says.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

UNITS, RUN, LOG = Path("/etc/systemd/system"), Path("/run"), Path("/var/log")


def read(unit: str) -> dict[str, str]:
    name, _, kind = unit.rpartition(".")
    template, at, instance = name.partition("@")
    text = (UNITS / f"{template}{at}.{kind}").read_text(encoding="utf-8").replace("%i", instance)
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their case
    parsed.read_string(text)
    return {key: value for section in parsed.values() for key, value in section.items()}


def enable(unit: str) -> None:
    by = UNITS / f"{read(unit)['WantedBy']}.wants"
    by.mkdir(exist_ok=True)
    (by / unit).touch()


def wanted(target: str) -> list[str]:
    """What was enabled and belongs to it."""
    return sorted(one.name for one in UNITS.glob(f"{target}.wants/*"))


def start(unit: str) -> None:
    says = read(unit)
    if unit.endswith(".target"):
        for one in wanted(unit):
            start(one)
        return
    if unit.endswith(".timer"):
        start(unit.removesuffix(".timer") + ".service")
        return
    typed = ["runuser", "-u", says["User"], "--", *says["ExecStart"].split()]
    os.umask(int(says.get("UMask", "0022"), 8))
    with (LOG / f"{unit}.log").open("ab") as log:
        process = subprocess.Popen(
            typed, cwd=says["WorkingDirectory"], stdout=log, stderr=log, start_new_session=True
        )
    if says["Type"] == "oneshot":
        if process.wait():
            sys.exit(f"{unit} failed; see {LOG}/{unit}.log")
    else:
        (RUN / f"{unit}.pid").write_text(str(process.pid), encoding="utf-8")


def stop(unit: str) -> None:
    if unit.endswith(".target"):
        for one in wanted(unit):
            stop(one)
        return
    kept = RUN / f"{unit}.pid"
    if kept.exists():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(kept.read_text(encoding="utf-8")), signal.SIGTERM)
        kept.unlink()
        time.sleep(1)


def main() -> None:
    verb, *rest = [word for word in sys.argv[1:] if word != "--now"]
    for unit in rest:
        if verb == "enable":
            enable(unit)
        if verb in ("restart", "stop"):
            stop(unit)
        if verb in ("restart", "start") or (verb == "enable" and "--now" in sys.argv):
            start(unit)


if __name__ == "__main__":
    main()
