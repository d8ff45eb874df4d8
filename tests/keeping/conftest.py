from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def kept(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database of the test's own, with all tables, that may be dropped and restored."""
    from tests.keeping.stage import another_database

    with another_database(tmp_path, migrated=True):
        yield


@pytest.fixture
def bare(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """The same without any table."""
    from tests.keeping.stage import another_database

    with another_database(tmp_path, migrated=False):
        yield
