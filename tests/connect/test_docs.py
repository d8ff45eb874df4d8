"""docs/files.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arvio.connect import partner_export, sheets
from arvio.connect.tally import REASONS
from arvio.policy.model import QUALITY_KEYS

pytestmark = pytest.mark.once

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "files.md").read_text(encoding="utf-8")


def test_every_reason_is_explained() -> None:
    table = GUIDE.split("| reason |")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", table)) - {"jsonl"} == set(REASONS)


def test_every_column_is_listed_in_its_order() -> None:
    table = GUIDE.split("isn't for importing.")[1].split("\n## ")[0]
    listed = re.findall(r"`([a-z_…]+)`", table)
    assert [name for name in listed if name != "quality_…"] == sheets.columns([])


def test_every_column_of_a_partners_export_is_listed_in_its_order() -> None:
    listed = re.findall(r"`([a-z_]+)`", GUIDE.rpartition("brought:")[2])
    assert listed == partner_export.columns(QUALITY_KEYS)
