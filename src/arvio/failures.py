"""What may be told of an exception wherever it is read: its kind, where it broke, what a database
or the system calls it. Never its message, which may hold a name, an address or a review's words.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from pathlib import PurePath

LONGEST_CHAIN = 5
DEEPEST = 25
# The parts of a database's diagnosis that name its own things; the detail beside them quotes rows.
DIAGNOSIS = ("sqlstate", "table_name", "column_name", "constraint_name")


def describe(error: BaseException) -> str:
    """`IntegrityError (23505, table review, constraint …) at arvio/reviews/rows.py:98`."""
    return f"{kind(error)}{_place(error)}"


def kind(error: BaseException) -> str:
    details = ", ".join(_details(error))
    return f"{type(error).__name__} ({details})" if details else type(error).__name__


def frames(error: BaseException) -> list[str]:
    """The chain, cause first, as lines: each exception's kind, then where it came through."""
    lines: list[str] = []
    for one in reversed(list(_chain(error))):
        lines.append(kind(one))
        lines.extend(f"  {place}" for place in _places(one)[-DEEPEST:])
    return lines


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(LONGEST_CHAIN):
        if error is None:
            return
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _details(error: BaseException) -> Iterator[str]:
    if isinstance(error, OSError) and error.errno:
        yield errno.errorcode.get(error.errno, str(error.errno))
    cause = error.__cause__
    diagnosis = getattr(error, "diag", None) or getattr(cause, "diag", None)
    for name in DIAGNOSIS:
        if found := getattr(diagnosis, name, None):
            yield found if name == "sqlstate" else f"{name.removesuffix('_name')} {found}"
    for one in (error, cause):
        if code := getattr(one, "sqlite_errorname", None):
            yield code


def _place(error: BaseException) -> str:
    """The innermost place in our own code, else the innermost of all."""
    places = _places(error)
    ours = [place for place in places if place.startswith("arvio/")]
    return f" at {(ours or places)[-1]}" if places else ""


def _places(error: BaseException) -> list[str]:
    walked = traceback.walk_tb(error.__traceback__)
    return [f"{_file(frame.f_code.co_filename)}:{number}" for frame, number in walked]


def _file(name: str) -> str:
    """From the package on: where it is installed is nobody's business."""
    parts = PurePath(name).parts
    for root in ("site-packages", "src"):
        if root in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(root) :])
    return "/".join(parts[-2:])
