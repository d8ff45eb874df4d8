"""Write requirements/*.txt, pinned and hashed, from the names in pyproject.toml.

One place says what is needed (pyproject.toml), these files say exactly which. They name no index,
so whoever installs uses the index of their own machine. `make pins` runs this; with
`make pins UPGRADE=1` every pin moves to the newest release that pyproject allows.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by `make pins` from pyproject.toml; change that instead.\n"
COMPILE = [
    *(sys.executable, "-m", "piptools", "compile", "-", "--quiet"),
    *("--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header"),
    "--no-emit-options",
]


def wanted() -> dict[str, list[str]]:
    """What each file is compiled from; a later file keeps to the pins of the earlier ones."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    run = [*project["project"]["dependencies"], *groups["build"]]
    return {"run": run, "dev": [*run, *groups["dev"]], "postgres": groups["postgres"]}


def pin(*, name: str, names: list[str], constraints: list[Path], upgrade: bool) -> Path:
    target = ROOT / "requirements" / f"{name}.txt"
    lines = [*names, *(f"-c {path}" for path in constraints)]
    subprocess.run(
        [*COMPILE, *(["--upgrade"] if upgrade else []), "--output-file", str(target)],
        input="\n".join(lines),
        text=True,
        check=True,
        cwd=ROOT,
    )
    lines = target.read_text().replace(" -r -\n", " pyproject.toml\n").splitlines(keepends=True)
    kept = [line for line in lines if " -c /" not in line and line != HEADER]
    target.write_text(HEADER + "".join(kept))
    return target


def main() -> None:
    done: list[Path] = []
    for name, names in wanted().items():
        print(f"pinning {name} ...", flush=True)
        done.append(pin(name=name, names=names, constraints=done, upgrade="--upgrade" in sys.argv))


if __name__ == "__main__":
    main()
