"""The repository itself: what a stranger clones must be whole, and speak of Arvio alone."""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "arvio"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = sorted(path.parent for path in SOURCE.glob("*/__init__.py"))
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
GUIDES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]

LEFT_OUT = {".git", ".venv", ".hypothesis", "var", "dist", "__pycache__"}
NOT_TEXT = {".mo", ".pyc", ".png", ".jpg", ".webp", ".ico", ".woff2"}
LONGEST_MODULE = 400
LONGEST_STYLESHEET = 600

# A letter in brackets keeps these lines from finding themselves.
MACHINE_PATH = re.compile(r"(?<![\w.*}-])/(?:[w]ork|[r]oot|[h]ome|[f]arm|[o]pt)/")
INDEX_HOST = re.compile(r"python[h]osted|[p]ypi\.org|registry\.[n]pm|[i]ndex-url|[f]ind-links")
VENDOR = re.compile(r"[b]itrix|[h]ubspot", re.IGNORECASE)
VENDORS_MAY_BE_NAMED_IN = ("policy/presets/", "connect/", "demo/", "locale/")


def kept_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that is kept: neither installed, nor built, nor left by a run."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT_OUT and "_cache" not in name]
        for path in (Path(folder, name) for name in names):
            if path.suffix not in NOT_TEXT:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in kept_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_no_file_names_a_package_index() -> None:
    assert lines_with(INDEX_HOST) == []


def test_vendors_are_named_only_where_their_data_lives() -> None:
    """CONVENTIONS, house 3: a policy key beats a marketplace's name in code."""
    source = SOURCE.relative_to(ROOT).as_posix() + "/"
    found = [line for line in lines_with(VENDOR) if line.startswith(source)]
    assert [
        line for line in found if not line.removeprefix(source).startswith(VENDORS_MAY_BE_NAMED_IN)
    ] == []


def test_modules_stay_short_enough_to_be_read_in_one_go() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in SOURCE.rglob("*.py")
        if path.parent.name != "migrations"
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_the_stylesheets_together_stay_short() -> None:
    lengths = [len(path.read_text().splitlines()) for path in SOURCE.rglob("*.css")]
    assert sum(lengths) <= LONGEST_STYLESHEET


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.name))
def test_a_room_says_what_lives_in_it(room: Path) -> None:
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    assert len(docstring.split()) >= 8, f"{room.name}/__init__.py says too little"


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: str(path.name))
def test_every_pin_is_exact_and_has_hashes(path: Path) -> None:
    pins = pinned(path)
    assert pins
    for name, text in pins.items():
        assert re.search(r"^\S+==[\w.!+]+ \\$", text, re.MULTILINE), f"{name} has no exact version"
        assert "--hash=sha256:" in text, f"{name} has no hash"


def test_what_pyproject_asks_for_is_pinned() -> None:
    groups = PROJECT["dependency-groups"]
    run = [*PROJECT["project"]["dependencies"], *groups["build"]]
    asked = {"run": run, "dev": [*run, *groups["dev"]], "postgres": groups["postgres"]}
    for file, wanted in asked.items():
        pins = set(pinned(ROOT / "requirements" / f"{file}.txt"))
        assert {plain_name(name) for name in wanted} - pins == set(), f"run `make pins`: {file}"


def test_the_tests_use_the_versions_that_run() -> None:
    run, dev = (pinned(ROOT / "requirements" / f"{name}.txt") for name in ("run", "dev"))
    assert {name: dev[name].split()[0] for name in run} == {
        name: text.split()[0] for name, text in run.items()
    }


def pinned(path: Path) -> dict[str, str]:
    """The entries of a requirements file, by plain name; options that aren't a pin are refused."""
    entries = re.split(r"^(?=[^\s#])", path.read_text(), flags=re.MULTILINE)
    pins = [entry for entry in entries if not entry.startswith("#")]
    assert not [entry for entry in pins if entry.startswith("-")], f"{path.name} sets pip's options"
    return {plain_name(entry): entry for entry in pins if entry.strip()}


def plain_name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@pytest.mark.parametrize("name", [*GUIDES, "LICENSE"])
def test_the_papers_are_there(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").strip()


def test_the_changelog_knows_this_version() -> None:
    version = PROJECT["project"]["version"]
    assert re.search(rf"^## .*{re.escape(version)}", (ROOT / "CHANGELOG.md").read_text(), re.M)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_commands_in_a_guide_exist(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = set(re.findall(r"\bmake ([a-z-]+)", code))
    assert said - targets == set()
    commands = set(re.findall(r"(?:^|[`\s/])arvio ([a-z0-9-]+)", code))
    assert commands - set(get_commands()) == set()


@pytest.mark.parametrize("guide", GUIDES)
def test_the_links_in_a_guide_lead_somewhere(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    assert [target for target in targets if not (ROOT / target).exists()] == []
