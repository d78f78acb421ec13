"""The starts that one session could have, day by day, each with its own cost.

Sessions of one shape (the same needs and minutes, the same people kept) share one
set, since what a start costs by itself depends on nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from scheduler.planning.calendar import Visit
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.problem import Preferences
from scheduler.planning.relations import Option
from scheduler.planning.staffing import Keeping
from scheduler.planning.starts import start_layers


@dataclass(frozen=True)
class _Day:
    ordinal: int
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
        self.weights = weights
        self._preferences = preferences
        self._days: dict[int, _Day] = {}

    def day(self, ordinal: int) -> _Day:
        """Return where a day begins and ends, and what of it is preferred."""
        if ordinal not in self._days:
            self._days[ordinal] = self._read(ordinal)
        return self._days[ordinal]

    def _read(self, ordinal: int) -> _Day:
        line, wish = self.free.timeline, self._preferences
        number = ordinal - line.first_on.toordinal()
        on = line.date_of(number)
        begin, end = line.day_starts[number], line.day_starts[number + 1]
        opens = line.minute_at(on, wish.earliest) if wish.earliest else begin
        closes = line.minute_at(on, wish.latest) if wish.latest else end
        is_preferred = wish.weekdays is None or on.weekday() in wish.weekdays
        return _Day(ordinal, begin, end, is_preferred, opens, closes)

    def of(self, day: _Day, start: int, end: int, staffing: int) -> int:
        """Return the packed cost of one start by itself."""
        late = start < day.opens or end > day.closes
        missed = int(late) + int(not day.is_preferred)
        return (
            staffing
            + self.weights["not_preferred"] * missed
            + self.weights["minutes_into_day"] * (start - day.begin)
        )


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
        layers = start_layers(costs.free, visit, fixed, keeping)
        past = max(not_before, 0)
        length = costs.free.timeline.minutes // 8 + 1
        self._layers = [
            (cost, (bits >> past << past).to_bytes(length, "little"))
            for cost, bits in layers.items()
        ]
        self._all: dict[int, tuple[Option, ...]] = {}
        self._cheapest: dict[int, Option | None] = {}

    def on(self, ordinal: int) -> tuple[Option, ...]:
        """Return every start of a day, cheapest first."""
        if ordinal not in self._all:
            found: list[Option] = []
            seen = 0
            for staffing, bits in self._bits_on(ordinal):
                fresh = bits & ~seen
                seen |= bits
                found.extend(
                    self._option(ordinal, m, staffing) for m in set_bits(fresh)
                )
            self._all[ordinal] = tuple(sorted(found, key=rank))
        return self._all[ordinal]

    def cheapest_on(self, ordinal: int) -> Option | None:
        """Return the cheapest start of a day, if it has any."""
        if ordinal not in self._cheapest:
            day = self._costs.day(ordinal)
            first = max(day.opens - day.begin, 0)
            found: list[Option] = []
            for staffing, bits in self._bits_on(ordinal):
                # The earliest start, and the earliest within the preferred hours.
                for some in (bits, bits >> first << first):
                    if some:
                        minute = (some & -some).bit_length() - 1
                        found.append(self._option(ordinal, minute, staffing))
            self._cheapest[ordinal] = min(found, key=rank, default=None)
        return self._cheapest[ordinal]

    def _bits_on(self, ordinal: int) -> Iterator[tuple[int, int]]:
        day = self._costs.day(ordinal)
        byte, shift = day.begin >> 3, day.begin & 7
        last = (day.end >> 3) + 1
        # A visit ends on the day on which it begins.
        room = day.end - day.begin - self._minutes
        inside = (1 << max(room + 1, 0)) - 1
        for staffing, layer in self._layers:
            bits = int.from_bytes(layer[byte:last], "little") >> shift & inside
            if bits:
                yield staffing, bits

    def _option(self, ordinal: int, minute: int, staffing: int) -> Option:
        day = self._costs.day(ordinal)
        start = day.begin + minute
        end = start + self._minutes
        return Option(ordinal, start, end, self._costs.of(day, start, end, staffing))


def rank(option: Option) -> tuple[int, int]:
    """Order starts by their cost, then by time."""
    return option.cost, option.start
