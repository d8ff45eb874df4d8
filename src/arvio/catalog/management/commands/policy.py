"""`arvio policy`: list, show and explain policies, check a file, say what it would change."""

from __future__ import annotations

import argparse
import codecs
from pathlib import Path
from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arvio import clock
from arvio.catalog import queries
from arvio.catalog.errors import NotFound
from arvio.catalog.explain import explain_policy, headline_figures
from arvio.catalog.policies import keys, words
from arvio.policy.changing import difference
from arvio.policy.form_schema import FIELD_KEYS
from arvio.policy.load import load_policy, load_preset, load_toml, preset_names, to_dict
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError
from arvio.policy.schema import KEYS
from arvio.policy.symmetry import asymmetries

LARGEST = 1024 * 1024
KEYS_INTRODUCTION = """# The keys of a policy

Written by `arvio policy keys`; a test compares this page with the code. A policy file is TOML; with
`preset = "name"` on top it says only what differs. `arvio policy check FILE` names every problem,
`arvio policy diff SLUG FILE` says in words what it would change. Operators find the same keys as a
form under `/operator/policy/`.

A review keeps the rules of `form`, `publication`, `editing` and `replies` that held when it was
sent; all other keys follow the version in force, for every review.
"""
FIELD_INTRODUCTION = """`eligibility.plan_names` may hold two lists, `commercial` and `other`: the
plan names of either kind, compared without regard to case. Every other name is unknown.

`form.sections` is a list of sections, each with a `key` and a list of `fields`:
"""
WIDE_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class Command(BaseCommand):
    help = "The rules of a marketplace: list the presets, show or explain one, check a file."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="the presets, with the date of their rules")
        show = verbs.add_parser("show", help="every key of a policy with its value")
        show.add_argument("name", help="a preset or the slug of a marketplace")
        check = verbs.add_parser(
            "check", help="what is wrong with a policy file; exit 1 if anything"
        )
        check.add_argument("file", type=Path, help="a TOML file, whole or on top of a preset")
        verbs.add_parser("keys", help="every key, what is allowed and what the presets say")
        explain = verbs.add_parser("explain", help="the policy in sentences")
        explain.add_argument("name", help="a preset or the slug of a marketplace")
        explain.add_argument(
            "--language", default="en", choices=[code for code, _ in settings.LANGUAGES]
        )

        _diff_arguments(verbs)

    def handle(self, *args: Any, **options: Any) -> None:
        console = _console(self.stdout)
        if options["verb"] == "list":
            _list(console)
        elif options["verb"] == "keys":
            with translation.override("en"):
                self.stdout.write(key_table())
        elif options["verb"] == "show":
            _show(console, _named(options["name"]))
        elif options["verb"] == "diff":
            _diff(console, options)
        elif options["verb"] == "explain":
            _explain(console, _named(options["name"]), options["language"])
        else:
            _check(console, options["file"])


def _diff_arguments(verbs: Any) -> None:
    diff = verbs.add_parser("diff", help="what a policy would change in a marketplace, in words")
    diff.add_argument("slug")
    diff.add_argument("file", nargs="?", type=Path, help="a TOML file, whole or on top of a preset")
    diff.add_argument("--policy", metavar="NAME", help="a preset instead of a file")
    diff.add_argument("--overrides", type=Path, help="a TOML file with what differs from it")
    diff.add_argument("--language", default="en", choices=[code for code, _ in settings.LANGUAGES])


def _console(stdout: OutputWrapper) -> Console:
    """Wide where nobody looks, so that lines stay whole in files and pipes."""
    out = cast("TextIO", stdout._out)
    return Console(
        file=out, width=None if stdout.isatty() else 200, soft_wrap=True, highlight=False
    )


def _named(name: str) -> Policy:
    """The preset of this name, or the policy in force in the marketplace of this slug."""
    if name in preset_names():
        return load_preset(name).policy
    known = f"The presets are {', '.join(preset_names())}."
    try:
        marketplace = queries.marketplace(slug=name)
        return queries.policy_in_force(marketplace=marketplace, now=clock.now()).policy
    except NotFound as error:
        raise CommandError(f"There is no preset {name!r}. {error.detail} {known}") from error
    except DatabaseError as error:
        message = f"There is no preset {name!r}, and no marketplace could be read. {known}"
        raise CommandError(message) from error


def _list(console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Preset", no_wrap=True)
    table.add_column("Rules of", no_wrap=True)
    table.add_column("What it says")
    for name in preset_names():
        preset = load_preset(name)
        table.add_row(Text(name, style="bold"), preset.dated, preset.summary)
    console.print(table)


def key_table() -> str:
    """docs/policy.md: every key as a Markdown table, made from the rules that check it."""
    names = preset_names()
    presets = [to_dict(load_preset(name).policy) for name in names]
    lines = [KEYS_INTRODUCTION, f"| key | what it says | allowed | {' | '.join(names)} |"]
    lines.append("|---" * (3 + len(names)) + "|")
    for section, rules in KEYS.items():
        for key, rule in rules.items():
            values = " | ".join(_shown(preset[section][key]) for preset in presets)
            said = f"{keys.label(f'{section}.{key}')}. {keys.sentence(f'{section}.{key}')}"
            lines.append(f"| `{section}.{key}` | {said} | {rule.allowed} | {values} |")
    lines += ["", FIELD_INTRODUCTION, "| key | allowed |", "|---|---|"]
    lines += [f"| `{key}` | {rule.allowed} |" for key, rule in FIELD_KEYS.items()]
    return "\n".join(lines) + "\n"


def _show(console: Console, policy: Policy) -> None:
    for section, values in to_dict(policy).items():
        if section == "form":
            _show_form(console, values)
            continue
        for key, value in values.items():
            shown = _shown(value)
            console.print(Text.assemble((f"{section}.{key}", "bold"), " = ", shown))


def _show_form(console: Console, form: dict[str, Any]) -> None:
    for section in form["sections"]:
        for field in section["fields"]:
            rest = [
                f"{k} {_shown(v)}" for k, v in field.items() if k != "key" and v not in (None, [])
            ]
            name = (f"form.{section['key']}.{field['key']}", "bold")
            console.print(Text.assemble(name, " = ", ", ".join(rest)))


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, dict):
        return "; ".join(f"{key} {_shown(names)}" for key, names in value.items())
    return str(value)


def _explain(console: Console, policy: Policy, language: str) -> None:
    for figure in headline_figures(policy, language):
        console.print(Text.assemble((figure.value, "bold"), " ", figure.label))
    for part in explain_policy(policy, language):
        console.print()
        console.print(Text(part.title, style="bold"))
        for sentence in part.sentences:
            console.print(Text(f"  {sentence}"))


def _check(console: Console, file: Path) -> None:
    try:
        load_toml(text=_read(file))
    except PolicyError as error:
        for problem in error.problems:
            value = repr(problem.value) if problem.value is not None else "(missing)"
            console.print(Text.assemble((problem.key, "bold"), " = ", value))
            console.print(Text(f"  allowed: {problem.allowed}"))
        count = len(error.problems)
        raise CommandError(
            f"{file}: {count} problem{'' if count == 1 else 's'}. The policy can't be used."
        ) from error
    console.print(Text(f"{file}: a policy that can be used."))


def _diff(console: Console, options: dict[str, Any]) -> None:
    if (options["file"] is None) == (options["policy"] is None):
        raise CommandError("Name either a file or a preset with --policy.")
    if options["overrides"] and not options["policy"]:
        raise CommandError("Overrides belong to a preset: name it with --policy.")
    try:
        marketplace = queries.marketplace(slug=options["slug"])
        version = queries.policy_in_force(marketplace=marketplace, now=clock.now())
        after = _wanted(options)
    except NotFound as error:
        raise CommandError(error.detail) from error
    except PolicyError as error:
        raise CommandError(str(error)) from error
    with translation.override(options["language"]):
        _print_difference(console, version.policy, after)


def _wanted(options: dict[str, Any]) -> Policy:
    if options["file"]:
        return load_toml(text=_read(options["file"]))
    overrides = _read(options["overrides"]) if options["overrides"] else None
    return load_policy(preset=options["policy"], overrides=overrides)


def _print_difference(console: Console, before: Policy, after: Policy) -> None:
    parts = words.changes_in_words(difference(before=before, after=after))
    if not parts:
        console.print(Text(gettext("Nothing differs from the version in force.")))
    for part in parts:
        console.print(Text(part["title"], style="bold"))
        for sentence in part["sentences"]:
            console.print(Text(f"  {sentence}"))
        console.print(Text(f"  ({part['since']})"))
    for found in asymmetries(policy=after):
        caution = words.caution_words(found)
        console.print()
        console.print(Text(gettext("Criticism is treated worse than praise."), style="bold"))
        for sentence in (caution.text, caution.why, caution.cure_words):
            console.print(Text(f"  {sentence}"))


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {str(file)!r}.") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{str(file)!r} can't be read: {error}.") from error
    if len(data) > LARGEST:
        raise CommandError(f"{file} is larger than 1 MiB. A policy is a short TOML file.")
    if data.startswith(WIDE_ENCODINGS):
        raise CommandError(f"{file} is in UTF-16 or UTF-32. Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{file} is not UTF-8: byte {error.start + 1} can't be read. Save it as UTF-8."
        ) from error
