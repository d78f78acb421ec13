"""The starts that one session could have, day by day, each with its own cost.

Sessions of one shape (the same needs and minutes, the same people kept) share one
set, since what a start costs by itself depends on nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from scheduler.planning.calendar import Visit
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.problem import Preferences
from scheduler.planning.relations import Option
from scheduler.planning.staffing import Keeping
from scheduler.planning.starts import start_layers


@dataclass(frozen=True, slots=True)
class _Day:
    begin: int
    end: int
    is_preferred: bool
    opens: int
    closes: int


class StartCosts:
    """What it costs to begin at a minute, by preferences, staffing and the clock."""

    def __init__(
        self, free: FreeTimes, preferences: Preferences, weights: Mapping[str, int]
    ) -> None:
        self.free = free
        self._preferences = preferences
        self._missed = weights["not_preferred"]
        self._late = weights["minutes_into_day"]
        self._days: dict[int, _Day] = {}

    def day(self, number: int) -> _Day:
        """Return where a day begins and ends, and what of it is preferred."""
        if number not in self._days:
            self._days[number] = self._read(number)
        return self._days[number]

    def _read(self, number: int) -> _Day:
        line, wish = self.free.timeline, self._preferences
        begin, end = line.day_starts[number], line.day_starts[number + 1]
        opens, closes, is_preferred = begin, end, True
        if wish.earliest or wish.latest or wish.weekdays is not None:
            on = line.date_of(number)
            opens = line.minute_at(on, wish.earliest) if wish.earliest else begin
            closes = line.minute_at(on, wish.latest) if wish.latest else end
            is_preferred = wish.weekdays is None or on.weekday() in wish.weekdays
        return _Day(begin, end, is_preferred, opens, closes)

    def of(self, day: _Day, start: int, end: int, staffing: int) -> int:
        """Return the packed cost of one start by itself."""
        missed = int(not day.is_preferred)
        if start < day.opens or end > day.closes:
            missed += 1
        return staffing + self._missed * missed + self._late * (start - day.begin)


class Options:
    """The starts of one shape of visit; `fixed` names who must serve a party."""

    def __init__(
        self,
        visit: Visit,
        costs: StartCosts,
        keeping: Keeping,
        not_before: int,
        fixed: Mapping[str, UUID],
    ) -> None:
        self._minutes = visit.patient_minutes
        self._costs = costs
        free = costs.free
        # A visit ends on the day on which it begins, and none begins in the past.
        past = -(-max(not_before, 0) // free.tick)
        allowed = free.same_day(self._minutes) >> past << past
        found = start_layers(free, visit, fixed, keeping, allowed)
        self._tick = free.tick
        length = free.length // 8 + 1
        self._layers = [
            (cost, bits.to_bytes(length, "little")) for cost, bits in found.items()
        ]
        self._all: dict[int, tuple[Option, ...]] = {}
        self._cheapest: dict[int, Option | None] = {}
        self._union = 0
        for bits in found.values():
            self._union |= bits

    @cached_property
    def days(self) -> int:
        """Return the days that have any start, as bits."""
        return self._costs.free.days_of(self._union)

    def on(self, number: int) -> tuple[Option, ...]:
        """Return every start of a day, cheapest first."""
        if number not in self._all:
            found: list[Option] = []
            seen = 0
            for staffing, bits in self._bits_on(number):
                fresh = bits & ~seen
                seen |= bits
                found.extend(self._option(number, m, staffing) for m in set_bits(fresh))
            self._all[number] = tuple(sorted(found, key=rank))
        return self._all[number]

    def cheapest_on(self, number: int) -> Option | None:
        """Return the cheapest start of a day, if it has any."""
        if number not in self._cheapest:
            day = self._costs.day(number)
            first = max(day.opens - day.begin, 0) // self._tick
            found: list[Option] = []
            for staffing, bits in self._bits_on(number):
                # The earliest start, and the earliest within the preferred hours.
                found.append(self._option(number, lowest(bits), staffing))
                if first and bits >> first:
                    inside = lowest(bits >> first << first)
                    found.append(self._option(number, inside, staffing))
            self._cheapest[number] = min(found, key=rank, default=None)
        return self._cheapest[number]

    def _bits_on(self, number: int) -> Iterator[tuple[int, int]]:
        day = self._costs.day(number)
        begin, end = day.begin // self._tick, day.end // self._tick
        byte, shift, last = begin >> 3, begin & 7, (end >> 3) + 1
        inside = (1 << (end - begin)) - 1
        for staffing, layer in self._layers:
            bits = int.from_bytes(layer[byte:last], "little") >> shift & inside
            if bits:
                yield staffing, bits

    def _option(self, number: int, position: int, staffing: int) -> Option:
        day = self._costs.day(number)
        start = day.begin + position * self._tick
        end = start + self._minutes
        return Option(number, start, end, self._costs.of(day, start, end, staffing))


def lowest(bits: int) -> int:
    """Return the position of the lowest set bit."""
    return (bits & -bits).bit_length() - 1


def rank(option: Option) -> tuple[int, int]:
    """Order starts by their cost, then by time."""
    return option.cost, option.start
