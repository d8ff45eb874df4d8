"""A file is checked by nobody's word but its own: no database, no network, no settings."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arvio.audit.proof_check import NotAProof
from arvio.audit.proof_file import check_file
from tests.api.caller import anybody
from tests.audit.stage import story
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HERE = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def answer() -> Any:
    _, review = story()
    return anybody.get(f"/reviews/{review.pk}/proof").json


@pytest.fixture
def export() -> list[Any]:
    story()
    out = StringIO()
    call_command("export", marketplace="store", format="proof", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    """An answer, or the lines of an export, as a file."""

    def save(content: Any) -> Path:
        lines = content if isinstance(content, list) else [content]
        path = tmp_path / "proof"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    return save


def wheres(path: Path, **given: Any) -> list[str]:
    return [problem.where for problem in check_file(path, **given).problems]


def test_an_answer_is_right_as_it_was_given(answer: Any, saved: Any) -> None:
    report = check_file(saved(answer))
    assert (report.problems, report.gap) == ([], "")
    assert (report.reviews, report.rows, report.unsealed) == (1, answer["head_seq"], 0)
    assert answer["sealed_seq"] == answer["head_seq"]
    assert report.roots == {seal["hash"] for seal in answer["seals"]}


def test_an_answer_over_several_lines_is_read_too(answer: Any, tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(answer, indent=2))
    assert check_file(path).problems == []


def test_an_export_is_right_as_it_was_written(export: list[Any], saved: Any) -> None:
    report = check_file(saved(export))
    assert (report.problems, report.reviews, len(report.seals)) == ([], 2, 2)


def leaves_of(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, inner in steps for leaf in leaves_of(inner, (*way, key))]
    return [way]


# What says nothing that could be checked: names, and what the server promises.
SAID = {"slug", "app_ref", "next_seal_at", "sealed_seq", "head_seq", "more_seals", "exported_at"}


def test_whatever_is_changed_in_an_answer_is_found(answer: Any, saved: Any) -> None:
    """Every value of it, one at a time."""
    for way in leaves_of(answer):
        if way[-1] in SAID or way == ("app",):
            continue
        other = copy.deepcopy(answer)
        place = other
        for step in way[:-1]:
            place = place[step]
        old = place[way[-1]]
        if way[-1] == "by":
            continue  # below: only the policy's part in it can be told
        place[way[-1]] = changed(old)
        try:
            problems = check_file(saved(other)).problems
        except NotAProof:
            continue
        assert problems, way


def changed(old: Any) -> Any:
    if isinstance(old, bool) or old is None:
        return not old
    if isinstance(old, int):
        return old + 1
    if isinstance(old, str):
        return ("0" if old[:1] != "0" else "1") + old[1:]
    return {"changed": 1} if isinstance(old, dict) else ["changed"]


def test_a_person_s_act_can_not_be_put_down_to_the_rules(answer: Any, saved: Any) -> None:
    rows = answer["rows"]
    (replied,) = [row for row in rows if row["tag"] == "reply:sent"]
    assert replied["by"] == "partner"
    replied["by"] = "policy"
    (problem,) = check_file(saved(answer)).problems
    assert (problem.where, problem.what) == (f"row {replied['seq']}", "by isn't who acted")


def test_the_place_and_what_it_could_be_are_named(answer: Any, saved: Any) -> None:
    answer["rows"][1]["after"]["stars"] = 5
    (problem,) = check_file(saved(answer)).problems
    assert problem.review == answer["review"]
    assert problem.where == "row 2"
    assert "before or after was changed" in problem.what


def test_rows_left_out_are_found(answer: Any, saved: Any) -> None:
    for rows in (answer["rows"][1:], answer["rows"][:-1], answer["rows"][:1] + answer["rows"][2:]):
        assert check_file(saved({**answer, "rows": rows})).problems


def test_withheld_facts_are_covered_by_their_digest(answer: Any, saved: Any) -> None:
    row = answer["rows"][1]
    row |= {"before": None, "after": None, "reason": None, "withheld": True}
    assert wheres(saved(answer)) == []
    row["facts_digest"] = "0" * 64
    assert wheres(saved(answer)) == [f"row {row['seq']}"]


def test_rows_that_are_not_sealed_yet_are_said(answer: Any, saved: Any) -> None:
    report = check_file(saved({**answer, "proof": None, "seals": []}))
    assert (report.problems, report.unsealed) == ([], answer["head_seq"])


def test_a_root_that_was_kept_must_occur(answer: Any, saved: Any) -> None:
    kept = answer["proof"]["seal"]["hash"]
    assert wheres(saved(answer), root=kept) == []
    assert wheres(saved(answer), root=kept.upper()) == []
    assert wheres(saved(answer), root="0" * 64) == ["the root that you kept"]


def test_a_root_behind_a_gap_does_not_count(answer: Any, saved: Any) -> None:
    seal = {**answer["seals"][-1], "number": answer["seals"][-1]["number"] + 5}
    report = check_file(saved({**answer, "seals": [*answer["seals"], seal]}))
    assert report.gap and seal["hash"] in report.roots  # it is the covering one's own hash here
    assert len(report.roots) == 1


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda lines: [*lines[:1], *lines[2:]], "seal 1"),
        (lambda lines: [*lines[:-2], lines[-1]], "the file"),
        (lambda lines: [*lines[:-1], lines[-2], lines[-1]], "review"),
    ],
    ids=["a seal left out", "a review left out", "a review twice"],
)
def test_lines_that_are_missing_or_twice_are_found(
    export: list[Any], saved: Any, change: Any, where: str
) -> None:
    assert where in wheres(saved(change(export)))


def test_a_removed_review_is_in_the_export_with_its_proof(saved: Any) -> None:
    from arvio.reviews import actions as reviews

    made, review = story()
    reviews.withdraw_review(viewer=made.anna, review_id=review.pk, now=NOW)
    out = StringIO()
    call_command("export", marketplace="store", format="proof", stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    (line,) = [one for one in lines if one.get("review") == str(review.pk)]
    assert line["rows"][-1]["reason"] == "withdrawn"
    report = check_file(saved(lines))
    assert (report.problems, report.unsealed) == ([], 1)


# --- Files that are none -------------------------------------------------------------------------


HEADER = b'{"type":"header","format":"arvio-proof","version":1,"marketplace":{"id":"m"}}\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xff\xfe{}", "UTF-8"),
        (b"{", "JSON"),
        (b"[]", "no proof"),
        (b"null", "no proof"),
        (b'{"format": "arvio-reviews"}', "no proof"),
        (b'{"format": "arvio-proof"}', "version"),
        (b'{"format": "arvio-proof", "version": true}', "version"),
        (b'{"format": "arvio-proof", "version": 2, "marketplace": {}}', "another"),
        (b'{"format": "arvio-proof", "version": 1, "marketplace": {"id": 3}}', "id"),
        (b'{"format": "arvio-proof", "version": NaN}', "JSON"),
        (b"[" * 100_000, "JSON"),
        (b'{"type": "header"}\n', "format"),
        (HEADER, "cut"),
        (HEADER + b"{", "line 2"),
        (HEADER + b'{"type": "check"}', "belong"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "nonsense"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("verify", proof=str(path), root="", stdout=StringIO())
    assert says in str(refused.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(NotAProof, match="can’t be read"):
            check_file(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_value_anywhere_ends_in_a_report_or_a_sentence(
    answer: Any, saved: Any, data: Any
) -> None:
    other = copy.deepcopy(answer)
    way = data.draw(st.sampled_from(leaves_of(answer)))
    way = way[: data.draw(st.integers(1, len(way)))]
    place = other
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = data.draw(JSON)
    with suppress(NotAProof):
        check_file(saved(other))


# --- The command ---------------------------------------------------------------------------------


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """In a folder and a world without settings, where the database leads nowhere."""
    return subprocess.run(
        [sys.executable, "-c", "from arvio.cli import main; main()", "verify", *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HERE / "src"),
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_needs_neither_settings_nor_a_database(
    answer: Any, saved: Any, tmp_path: Path
) -> None:
    path = saved(answer)
    kept = answer["seals"][-1]["hash"]
    right = run("--proof", str(path), "--root", kept, folder=tmp_path)
    assert (right.returncode, right.stderr) == (0, "")
    assert "no differences" in right.stdout
    assert kept in right.stdout
    answer["rows"][2]["at"] = "2020-01-01T00:00:00.000000Z"
    wrong = run("--proof", str(saved(answer)), folder=tmp_path)
    assert wrong.returncode == 1
    assert answer["review"] in wrong.stdout and "row 3" in wrong.stdout
    assert wrong.stderr.strip().endswith("differences.") or "difference" in wrong.stderr


def test_a_root_that_can_not_be_one_is_refused(answer: Any, saved: Any) -> None:
    with pytest.raises(CommandError, match="64 hexadecimal digits"):
        call_command("verify", proof=str(saved(answer)), root="abc", stdout=StringIO())


def test_the_documented_program_agrees(answer: Any, saved: Any, tmp_path: Path) -> None:
    """docs/proof.md says how to check with Python of one's own."""
    text = (HERE / "docs" / "proof.md").read_text(encoding="utf-8")
    program = tmp_path / "check.py"
    program.write_text(text.partition("```python\n")[2].partition("```")[0], encoding="utf-8")

    def check(content: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(program), str(saved(content))],
            capture_output=True,
            text=True,
            check=False,
        )

    right = check(answer)
    assert right.returncode == 0, right.stderr
    assert answer["seals"][-1]["hash"] in right.stdout
    answer["rows"][1]["at"] = "2020-01-01T00:00:00.000000Z"
    assert check(answer).returncode != 0
