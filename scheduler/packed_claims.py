"""Claims as the database packs them: one value for each resource.

PostgreSQL sends numbers: unit, first and last minute. SQLite sends text: the unit plus
100, and the two instants as Django stores them, with nothing in between.
"""

import numpy as np
from numpy.typing import NDArray

from scheduler.planning.spans import Taken

# "YYYY-MM-DD HH:MM:SS", where each part begins, and what stands between them.
STAMP = 19
ROW = 3 + 2 * STAMP
BETWEEN = ((4, "-"), (7, "-"), (10, " "), (13, ":"), (16, ":"))

Digits = NDArray[np.int64]


def unpacked(packed: bytes | memoryview | str) -> Taken | None:
    """Return the claims; None for text in which not every instant has whole seconds."""
    if isinstance(packed, str):
        return _from_text(packed.encode())
    table = np.frombuffer(packed, dtype=">i4").astype(np.int64).reshape(-1, 3)
    return Taken(table[:, 0], table[:, 1], table[:, 2])


def _from_text(text: bytes) -> Taken | None:
    if len(text) % ROW:
        return None
    table = np.frombuffer(text, dtype=np.uint8).reshape(-1, ROW)
    starts, ends = table[:, 3 : 3 + STAMP], table[:, 3 + STAMP :]
    for stamps in (starts, ends):
        if any((stamps[:, place] != ord(mark)).any() for place, mark in BETWEEN):
            return None
    begin, _ = _minutes(starts)
    end, seconds = _minutes(ends)
    return Taken(_number(table, 0, 3) - 100, begin, end + (seconds > 0))


def _number(table: NDArray[np.uint8], first: int, count: int) -> Digits:
    number = np.zeros(len(table), dtype=np.int64)
    for place in range(first, first + count):
        number = number * 10 + (table[:, place] - ord("0"))
    return number


def _minutes(stamps: NDArray[np.uint8]) -> tuple[Digits, Digits]:
    """Return the minutes since the epoch, rounded down, and the seconds left."""
    day = _days_since_epoch(
        _number(stamps, 0, 4), _number(stamps, 5, 2), _number(stamps, 8, 2)
    )
    clock = _number(stamps, 11, 2) * 60 + _number(stamps, 14, 2)
    return day * 1440 + clock, _number(stamps, 17, 2)


def _days_since_epoch(year: Digits, month: Digits, day: Digits) -> Digits:
    months = (year - 1970) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    return first.astype(np.int64) + day - 1
