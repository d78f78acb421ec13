"""The starts that one session could have, day by day, each with its own cost.

Sessions of one shape (the same needs and minutes, the same people kept) share one
set, since what a start costs by itself depends on nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.planning.calendar import Visit
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.graph import Wishes
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
    """The starts of one shape of visit."""

    def __init__(
        self, visit: Visit, costs: StartCosts, keeping: Keeping, not_before: int
    ) -> None:
        self._minutes = visit.patient_minutes
        self._costs = costs
        layers = start_layers(costs.free, visit, {}, keeping)
        past = max(not_before, 0)
        length = costs.free.timeline.minutes // 8 + 1
        self._layers = [
            (cost, (bits >> past << past).to_bytes(length, "little"))
            for cost, bits in layers.items()
        ]
        self._by_day: dict[tuple[int, Wishes], tuple[Option, ...]] = {}

    def on(self, ordinal: int, wishes: Wishes) -> tuple[Option, ...]:
        """Return the starts of a day that can matter, cheapest first."""
        key = (ordinal, wishes)
        if key not in self._by_day:
            self._by_day[key] = self._worth_keeping(self._all(ordinal), wishes)
        return self._by_day[key]

    def _all(self, ordinal: int) -> list[Option]:
        day = self._costs.day(ordinal)
        byte, shift = day.begin >> 3, day.begin & 7
        last = (day.end >> 3) + 1
        inside = (1 << (day.end - day.begin)) - 1
        found: list[Option] = []
        seen = 0
        for staffing, layer in self._layers:
            bits = int.from_bytes(layer[byte:last], "little") >> shift & inside & ~seen
            seen |= bits
            for minute in set_bits(bits):
                start = day.begin + minute
                end = start + self._minutes
                if end <= day.end:
                    cost = self._costs.of(day, start, end, staffing)
                    found.append(Option(ordinal, start, end, cost))
        return found

    @staticmethod
    def _worth_keeping(options: list[Option], wishes: Wishes) -> tuple[Option, ...]:
        ranked = sorted(options, key=lambda option: (option.cost, option.start))
        if not (wishes.is_early_better and wishes.is_late_better):
            # A dearer start is worth keeping only if it suits the neighbors better.
            sign = 1 if wishes.is_early_better else -1 if wishes.is_late_better else 0
            kept: list[Option] = []
            for option in ranked:
                if not kept or sign * option.start < sign * kept[-1].start:
                    kept.append(option)
            ranked = kept
        return tuple(ranked)
