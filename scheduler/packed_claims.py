"""Claims as the database packs them: one value for each resource.

PostgreSQL sends numbers: unit, first and last minute. SQLite sends text: the unit plus
100, and the two instants as Django stores them, with nothing in between.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from scheduler.planning.spans import Taken

# "YYYY-MM-DD HH:MM:SS", and what stands between its parts, in both instants.
STAMP = 19
ROW = 3 + 2 * STAMP
BETWEEN = [3 + first + at for first in (0, STAMP) for at in (4, 7, 10, 13, 16)]
MARKS = np.frombuffer(b"-- ::" * 2, dtype=np.uint8)
# The bytes of a row of three numbers.
NUMBERS = 12

Digits = NDArray[np.int64]


def unpacked(packed: Mapping[UUID, bytes | memoryview | str]) -> dict[UUID, Taken]:
    """Return the claims of each resource, all of them unpacked at once.

    A resource is left out whose text has an instant without whole seconds.
    """
    texts = {key: one.encode() for key, one in packed.items() if isinstance(one, str)}
    if texts:
        return _from_texts(texts)
    whole = b"".join(bytes(one) for one in packed.values() if not isinstance(one, str))
    table = np.frombuffer(whole, dtype=">i4").astype(np.int64).reshape(-1, 3)
    rows = Taken(table[:, 0], table[:, 1], table[:, 2])
    counts = {key: len(one) // NUMBERS for key, one in packed.items()}
    return dict(_each(rows, counts))


def _from_texts(texts: Mapping[UUID, bytes]) -> dict[UUID, Taken]:
    whole = {key: text for key, text in texts.items() if _is_whole(text)}
    table = np.frombuffer(b"".join(whole.values()), dtype=np.uint8).reshape(-1, ROW)
    begin, _ = _minutes(table[:, 3 : 3 + STAMP])
    end, seconds = _minutes(table[:, 3 + STAMP :])
    rows = Taken(_number(table, 0, 3) - 100, begin, end + (seconds > 0))
    return dict(_each(rows, {key: len(text) // ROW for key, text in whole.items()}))


def _is_whole(text: bytes) -> bool:
    """Tell whether every instant of the text is as long as one of whole seconds."""
    if len(text) % ROW:
        return False
    table = np.frombuffer(text, dtype=np.uint8).reshape(-1, ROW)
    return bool((table[:, BETWEEN] == MARKS).all())


def _each(rows: Taken, counts: Mapping[UUID, int]) -> Iterator[tuple[UUID, Taken]]:
    first = 0
    for key, count in counts.items():
        last = first + count
        yield (
            key,
            Taken(
                rows.units[first:last], rows.begins[first:last], rows.ends[first:last]
            ),
        )
        first = last


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
