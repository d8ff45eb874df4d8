"""Do what the guides say on a clean machine, and nothing else: `python -m tools.follow WHAT ROOT`.

ROOT is a folder with a fresh Debian, such as `debootstrap --variant=minbase bookworm ROOT` makes;
this needs root, for `chroot`. Where no systemd runs, `tools/systemctl.py` starts the services.
WHAT is

guide      the `sh` blocks of docs/running.md, in order; `--set NAME=value` for those of its first
tour       the README's commands, against the rehearsal that the guide leaves behind
container  the steps of deploy/container/Containerfile
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README_BASE = "http://127.0.0.1:8000"


def blocks(page: Path) -> list[str]:
    """The commands of a page that are to be typed."""
    return FENCE.findall(page.read_text(encoding="utf-8"))


def guide(values: Mapping[str, str]) -> str:
    names, *rest = blocks(SOURCES / "docs" / "running.md")
    for name, value in values.items():
        names, found = re.subn(rf"^{name}=.*$", f"{name}={shlex.quote(value)}", names, flags=re.M)
        if not found:
            sys.exit(f"docs/running.md sets no {name}")
    return "\n".join([names, *rest])


def tour(base: str) -> str:
    """Every answer's status is kept beside it, so that what was refused is seen."""
    kept = 'curl() { command curl -w "%{stderr}[%{http_code}]\\n" "$@"; }'
    typed = "\n".join(blocks(SOURCES / "README.md")).replace(README_BASE, base)
    return f"{kept}\ncd /var/lib/arvio/try\n{typed}"


def container() -> str:
    """FROM is the machine; what a Containerfile says of its users and folders is said in shell."""
    text = (SOURCES / "deploy" / "container" / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", text).splitlines()
    script, user = [], "root"
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "RUN":
            script.append(f"({rest})")
        elif word == "WORKDIR":
            script.append(f"mkdir -p {rest} && cd {rest}")
        elif word == "COPY":
            script.append("tar -C /sources -X /sources/.dockerignore -c . | tar -x")
        elif word == "ENV":
            script.append(f"export {rest}")
        elif word == "USER":
            user = rest
    script.append(f'setpriv --reuid {user} --regid {user} --clear-groups "$@"')
    return "\n".join(script)


@contextmanager
def machine(root: Path) -> Iterator[None]:
    """What a running Debian has beside its files, and our sources in its /sources."""
    with ExitStack() as stack:
        for kind, source, where in (
            ("--bind", SOURCES, "sources"),
            ("--rbind", Path("/dev"), "dev"),
            ("--rbind", Path("/proc"), "proc"),
        ):
            target = root / where
            target.mkdir(exist_ok=True)
            subprocess.run(["mount", kind, source, target], check=True)
            subprocess.run(["mount", "--make-rslave", target], check=True)
            stack.callback(leave, target)
        if not (root / "run" / "systemd" / "system").exists():
            stand_in = root / "usr" / "local" / "bin" / "systemctl"
            stand_in.write_text('#!/bin/sh\nexec python3 /sources/tools/systemctl.py "$@"\n')
            stand_in.chmod(0o755)
        yield


def leave(target: Path) -> None:
    subprocess.run(["umount", "-l", str(target)], check=False)


def run(root: Path, script: str, *arguments: str, user: str = "root") -> int:
    where = root / "tmp" / "followed.sh"
    where.write_text(f"set -euo pipefail\n{script}\n", encoding="utf-8")
    where.chmod(0o755)
    as_user = ["runuser", "-u", user, "--"] if user != "root" else []
    typed = ["chroot", str(root), *as_user, "/bin/bash", "/tmp/followed.sh", *arguments]  # noqa: S108 - of the clean machine
    return subprocess.run(typed, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("guide", "tour", "container"))
    parser.add_argument("root", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=value")
    parser.add_argument("--then", nargs=argparse.REMAINDER, default=["arvio", "policy", "list"])
    options = parser.parse_args()
    values = dict(one.split("=", 1) for one in options.set)
    with machine(options.root):
        if options.what == "guide":
            return run(options.root, guide({"SOURCE": "/sources", **values}))
        if options.what == "tour":
            base = f"https://try.{values.get('HOST_NAME', 'reviews.example.com')}"
            return run(options.root, tour(base), user="arvio")
        return run(options.root, container(), *options.then)


if __name__ == "__main__":
    sys.exit(main())
