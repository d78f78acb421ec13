"""The starts that one session could have, day by day, each with its own cost.

Sessions of one shape (the same needs and minutes, the same people kept) share one
set, since what a start costs by itself depends on nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from uuid import UUID

import numpy as np

from scheduler.planning.calendar import Visit
from scheduler.planning.foreseeing import VERY_MUCH, Costs, flags_of
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.problem import Preferences
from scheduler.planning.ranked import Ranked
from scheduler.planning.relations import Option, Reach
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
        free = costs.free.at(visit.site)
        # A visit ends on the day on which it begins, and none begins in the past.
        past = -(-max(not_before, 0) // free.tick)
        allowed = free.same_day(self._minutes) >> past << past
        found = start_layers(free, visit, fixed, keeping, allowed)
        self._tick = free.tick
        length = free.length // 8 + 1
        self._layers = [
            (cost, bits.to_bytes(length, "little")) for cost, bits in found.items()
        ]
        self._all: dict[int, Ranked[Option]] = {}
        self._cheapest: dict[int, Option | None] = {}
        self._reaches: dict[int, Reach | None] = {}
        self._rough: dict[int, Costs] = {}
        self._found = found
        self._union = 0
        for bits in found.values():
            self._union |= bits

    @cached_property
    def days(self) -> int:
        """Return the days that have any start, as bits."""
        return self._costs.free.days_of(self._union)

    def roughly(self, cut: int) -> Costs:
        """Return what staffing costs at least on each day, the lowest bits cut off."""
        if cut not in self._rough:
            alike: dict[int, int] = {}
            for cost, bits in self._found.items():
                alike[cost >> cut] = alike.get(cost >> cut, 0) | bits
            count = self._costs.free.timeline.days
            rough = np.full(count, VERY_MUCH)
            for cost in sorted(alike, reverse=True):
                days = (
                    self.days
                    if len(alike) == 1
                    else self._costs.free.days_of(alike[cost])
                )
                rough[flags_of(days, count)] = cost
            self._rough[cut] = rough
        return self._rough[cut]

    def on(self, number: int) -> Ranked[Option]:
        """Return every start of a day, cheapest first, worked out as far as asked."""
        if number not in self._all:
            self._all[number] = Ranked(self._ranked(number))
        return self._all[number]

    def _ranked(self, number: int) -> Iterator[Option]:
        day = self._costs.day(number)
        first = -(-max(day.opens - day.begin, 0) // self._tick)
        last = max(day.closes - day.begin - self._minutes, -1) // self._tick
        inside = ((1 << (last + 1)) - 1) >> first << first
        seen = 0
        streams: list[Iterator[Option]] = []
        for staffing, bits in self._bits_on(number):
            fresh = bits & ~seen
            seen |= bits
            # Within the wished hours, and outside of them, earlier is cheaper.
            for some in (fresh & inside, fresh & ~inside):
                streams.append(self._in_order(number, some, staffing))
        return merge(*streams, key=rank)

    def _in_order(self, number: int, bits: int, staffing: int) -> Iterator[Option]:
        return (self._option(number, place, staffing) for place in set_bits(bits))

    def cheapest_on(self, number: int) -> Option | None:
        """Return the cheapest start of a day, if it has any."""
        if number not in self._cheapest:
            self._cheapest[number] = self._find_cheapest(number)
        return self._cheapest[number]

    def _find_cheapest(self, number: int) -> Option | None:
        best: Option | None = None
        day = self._costs.day(number)
        first = -(-max(day.opens - day.begin, 0) // self._tick)
        for staffing, bits in self._bits_on(number):
            if best is not None and staffing >= best.cost:
                # Layers come by what they cost.
                break
            # The earliest start, and the earliest within the wished hours.
            for some in (bits, bits >> first << first) if first else (bits,):
                if some:
                    option = self._option(number, lowest(some), staffing)
                    if best is None or rank(option) < rank(best):
                        best = option
        return best

    def reach(self, number: int) -> Reach | None:
        """Return the first and the last start of a day, if it has any."""
        if number not in self._reaches:
            bits = 0
            for _, some in self._bits_on(number):
                bits |= some
            self._reaches[number] = (
                Reach(
                    self._option(number, lowest(bits), 0),
                    self._option(number, bits.bit_length() - 1, 0),
                )
                if bits
                else None
            )
        return self._reaches[number]

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
