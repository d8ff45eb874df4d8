"""docs/files.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arvio.connect import sheets
from arvio.connect.tally import REASONS

pytestmark = pytest.mark.once

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "files.md").read_text(encoding="utf-8")


def test_every_reason_is_explained() -> None:
    table = GUIDE.split("| reason |")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", table)) - {"jsonl"} == set(REASONS)


def test_every_column_is_listed_in_its_order() -> None:
    listed = re.findall(r"`([a-z_…]+)`", GUIDE.rpartition("isn't for importing.")[2])
    assert [name for name in listed if name != "quality_…"] == sheets.columns([])
