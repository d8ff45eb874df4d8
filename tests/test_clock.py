from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from arvio import clock

pytestmark = pytest.mark.once

SECOND = timedelta(seconds=1)


def real() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - compared with what the clock says


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "clock"
    monkeypatch.setenv("ARVIO_CLOCK", str(file))
    return file


def test_it_is_now_in_utc() -> None:
    assert abs(clock.now() - real()) < SECOND
    assert clock.now().tzinfo is UTC


def test_outside_the_demo_the_clock_stands_where_it_is() -> None:
    with pytest.raises(RuntimeError, match="demo"):
        clock.advance(timedelta(days=1))


def test_in_the_demo_it_moves_for_every_process(demo: Path) -> None:
    moved = clock.advance(timedelta(days=3))
    assert abs(moved - real() - timedelta(days=3)) < SECOND
    assert float(demo.read_text()) == 3 * 86_400
    clock.advance(timedelta(hours=1))
    assert clock.offset() == timedelta(days=3, hours=1)
    assert [path.name for path in demo.parent.iterdir()] == ["clock"]


def test_it_can_not_be_moved_out_of_the_calendar(demo: Path) -> None:
    with pytest.raises(OverflowError):
        clock.advance(timedelta(days=3_000_000))
    assert not demo.exists()


@pytest.mark.parametrize("text", ["", "soon", "\0", "nan", "inf", "1e300"])
def test_a_file_that_says_nothing_moves_nothing(demo: Path, text: str) -> None:
    demo.write_text(text)
    assert abs(clock.now() - real()) < SECOND


def test_bytes_that_are_no_text_move_nothing(demo: Path) -> None:
    demo.write_bytes(b"\xff\xfe\x00")
    assert abs(clock.now() - real()) < SECOND
