"""Many spans of time as arrays of minutes, and as bits.

Thousands of rows of the calendar are read for one plan. As arrays they cost a few
operations of numpy; as objects they would cost more than the plan. Minutes count from
the epoch. A span that begins or ends within a minute is held outward, to whole ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Minutes = NDArray[np.int64]


class Span(NamedTuple):
    """Half-open: it holds `starts_at` and not `ends_at`."""

    starts_at: datetime
    ends_at: datetime


class Busy(NamedTuple):
    """One unit of a resource taken for a span."""

    unit: int
    starts_at: datetime
    ends_at: datetime


def floor_minute(instant: datetime) -> int:
    """Return the minute since the epoch that holds the instant."""
    return (instant - EPOCH) // MINUTE


def ceil_minute(instant: datetime) -> int:
    """Return the first minute since the epoch that begins at the instant or later."""
    return -((EPOCH - instant) // MINUTE)


def _instant(minute: int) -> datetime:
    return EPOCH + MINUTE * int(minute)


@dataclass(frozen=True, eq=False)
class Spans(Sequence[Span]):
    """Spans of one resource; they may touch or overlap."""

    begins: Minutes
    ends: Minutes

    @classmethod
    def of(cls, spans: Iterable[Span], *, inward: bool = False) -> "Spans":
        """Return the spans as arrays; cut inward to whole minutes if asked for."""
        if isinstance(spans, Spans):
            return spans
        begin, end = (
            (ceil_minute, floor_minute) if inward else (floor_minute, ceil_minute)
        )
        pairs = [(begin(starts_at), end(ends_at)) for starts_at, ends_at in spans]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1])

    def __len__(self) -> int:
        return len(self.begins)

    @overload
    def __getitem__(self, index: int) -> Span: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Span]: ...
    def __getitem__(self, index: int | slice) -> Span | Sequence[Span]:
        if isinstance(index, slice):
            return tuple(self[n] for n in range(*index.indices(len(self))))
        return Span(_instant(self.begins[index]), _instant(self.ends[index]))


@dataclass(frozen=True, eq=False)
class Taken(Sequence[Busy]):
    """What is taken of one resource, unit by unit."""

    units: Minutes
    begins: Minutes
    ends: Minutes

    @classmethod
    def of(cls, busy: Iterable[Busy]) -> "Taken":
        """Return the same as arrays."""
        if isinstance(busy, Taken):
            return busy
        rows = [(u, floor_minute(begin), ceil_minute(end)) for u, begin, end in busy]
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1], table[:, 2])

    def of_unit(self, unit: int) -> Spans:
        """Return what is taken of one unit."""
        mine = self.units == unit
        return Spans(self.begins[mine], self.ends[mine])

    def __len__(self) -> int:
        return len(self.begins)

    @overload
    def __getitem__(self, index: int) -> Busy: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Busy]: ...
    def __getitem__(self, index: int | slice) -> Busy | Sequence[Busy]:
        if isinstance(index, slice):
            return tuple(self[n] for n in range(*index.indices(len(self))))
        begin, end = _instant(self.begins[index]), _instant(self.ends[index])
        return Busy(int(self.units[index]), begin, end)


def outward_bits(spans: Spans, first: int, tick: int, length: int) -> int:
    """Return the ticks that any of the spans touches, from the minute `first` on."""
    begins = (spans.begins - first) // tick
    ends = -((first - spans.ends) // tick)
    return _bits(begins, ends, length)


def inward_bits(spans: Spans, first: int, tick: int, length: int) -> int:
    """Return the ticks that lie wholly within the spans, from the minute `first` on."""
    begins, ends = merged(spans.begins, spans.ends)
    return _bits(-((first - begins) // tick), (ends - first) // tick, length)


def merged(begins: Minutes, ends: Minutes) -> tuple[Minutes, Minutes]:
    """Return the spans in order, with those that touch or overlap as one."""
    if not len(begins) or (begins[1:] > ends[:-1]).all():
        return begins, ends
    order = np.argsort(begins, kind="stable")
    begins, reach = begins[order], np.maximum.accumulate(ends[order])
    is_fresh = np.empty(len(begins), dtype=bool)
    is_fresh[0] = True
    np.greater(begins[1:], reach[:-1], out=is_fresh[1:])
    last = np.append(np.flatnonzero(is_fresh)[1:] - 1, len(begins) - 1)
    return begins[is_fresh], reach[last]


def _bits(begins: Minutes, ends: Minutes, length: int) -> int:
    begins, ends = np.maximum(begins, 0), np.minimum(ends, length)
    some = begins < ends
    begins, ends = begins[some], ends[some]
    if not len(begins):
        return 0
    # Spans that only touch need no merging: what they share cancels out below.
    if (begins[1:] < ends[:-1]).any():
        begins, ends = merged(begins, ends)
    # Each span is 2**end - 2**begin; subtracting the sums at once keeps this linear.
    return _sum_of_powers(ends, length) - _sum_of_powers(begins, length)


def _sum_of_powers(positions: Minutes, length: int) -> int:
    line = np.zeros(length + 8, dtype=np.uint8)
    line[positions] = 1
    return int.from_bytes(np.packbits(line, bitorder="little").tobytes(), "little")
