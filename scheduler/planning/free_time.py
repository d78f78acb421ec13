"""Free time as bits: bit n of a mask says that tick n of the timeline is free.

One big integer per unit of each resource. A tick is the longest stretch that the grid,
the needs and the days all are multiples of, five minutes in most clinics; so a whole
quarter fits in some kilobytes and questions about months cost microseconds. A tick is
free when all of it is: since every claim covers whole ticks, nothing is lost by that.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import combinations, pairwise
from math import gcd
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from scheduler.planning.calendar import (
    MADE_FROM,
    Calendars,
    Need,
    ResourceCalendar,
    Visit,
)
from scheduler.planning.spans import (
    Span,
    Spans,
    Taken,
    floor_minute,
    inward_bits,
    outward_bits,
)


def starts_of_runs(mask: int, minutes: int) -> int:
    """Return the bits at which a run of so many set bits begins."""
    have = 1
    while have < minutes:
        step = min(have, minutes - have)
        mask &= mask >> step
        have += step
    return mask


def set_bits(mask: int) -> Iterator[int]:
    """Yield the positions of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


GivenUnits = tuple[tuple[Need, tuple[int, ...]], ...]


class FreeTime:
    """The free ticks of one resource, unit by unit."""

    def __init__(self, resource: ResourceCalendar, times: "FreeTimes") -> None:
        self.resource = resource
        self.times = times
        self._runs: dict[tuple[int, int], int] = {}
        self._starts: dict[tuple[Need, ...], int] = {}
        self._valid: dict[str, int] = {}
        self.known_units: dict[
            tuple[int, int], tuple[tuple[Need, ...], GivenUnits | None]
        ] = {}
        # The same resource with less taken, if that is what it was made from.
        self._before: FreeTime | None = None
        made_from = resource.derived.get(MADE_FROM)
        if made_from is not None:
            before, self._more = made_from
            self._before = times.of(before)
            self._valid = self._before._valid

    @cached_property
    def open(self) -> int:
        """Return the ticks inside working hours, closures left aside."""
        if self._before is not None:
            return self._before.open
        return self.times.inward(Spans.of(self.resource.open, inward=True))

    @cached_property
    def closed(self) -> int:
        """Return the ticks that closures touch."""
        if not self.resource.closed:
            return 0
        return self.times.outward(Spans.of(self.resource.closed))

    @cached_property
    def units(self) -> tuple[int, ...]:
        """Return the free ticks of each unit."""
        if self._before is not None:
            return tuple(
                free & ~self.times.outward(self._more.of_unit(unit))
                for unit, free in enumerate(self._before.units)
            )
        taken = Taken.of(self.resource.busy)
        openings = self.open & ~self.closed
        return tuple(
            openings & ~self.times.outward(taken.of_unit(unit))
            for unit in range(self.resource.capacity)
        )

    def valid(self, capability: str) -> int:
        """Return the ticks of the days on which the resource has the capability."""
        if capability not in self._valid:
            bits = 0
            line = self.times.timeline
            for first, last in self.resource.capabilities.get(capability, ()):
                begin = 0 if first is None else line.day_number(first)
                end = line.days if last is None else line.day_number(last)
                bits |= self.times.days_mask(begin, end)
            self._valid[capability] = bits
        return self._valid[capability]

    def starts(self, needs: tuple[Need, ...]) -> int:
        """Return the visit starts at which this resource can meet all these needs."""
        if needs not in self._starts:
            bits = -1
            for capability in {need.capability for need in needs}:
                bits &= self.valid(capability)
            for cluster in clusters_of(needs):
                bits = bits and bits & self._fitting(cluster, ())
            self._starts[needs] = bits
        return self._starts[needs]

    def _fitting(self, needs: tuple[Need, ...], given: GivenUnits) -> int:
        if not needs:
            return -1
        bits = 0
        after = needs[0].starts_after // self.times.tick
        for units in unit_choices(self.resource.capacity, needs[0], given):
            free = -1
            for unit in units:
                free &= self._run(unit, needs[0].minutes) >> after
            if free:
                bits |= free & self._fitting(needs[1:], (*given, (needs[0], units)))
        return bits

    def _run(self, unit: int, minutes: int) -> int:
        key = (unit, minutes)
        if key not in self._runs:
            self._runs[key] = starts_of_runs(
                self.units[unit], minutes // self.times.tick
            )
        return self._runs[key]

    def is_free(self, unit: int, begin: int, end: int) -> bool:
        """Tell whether a unit is free for all of a span of minutes of the line."""
        return self.times.holds(self.units[unit], begin, end)


def clusters_of(needs: tuple[Need, ...]) -> list[tuple[Need, ...]]:
    """Return one resource's needs in groups that share no minute with each other."""
    clusters: list[tuple[Need, ...]] = []
    reach = -1
    for need in sorted(needs, key=lambda need: (need.starts_after, -need.units)):
        if need.starts_after < reach:
            clusters[-1] = (*clusters[-1], need)
        else:
            clusters.append((need,))
        reach = max(reach, need.starts_after + need.minutes)
    return clusters


def unit_choices(
    capacity: int, need: Need, given: GivenUnits
) -> Iterator[tuple[int, ...]]:
    """Return the sets of units a need may have beside what other needs were given."""
    begin, end = need.starts_after, need.starts_after + need.minutes
    taken = {
        unit
        for other, units in given
        if other.starts_after < end and begin < other.starts_after + other.minutes
        for unit in units
    }
    return combinations([u for u in range(capacity) if u not in taken], need.units)


@lru_cache(maxsize=64)
def _grid(step: int, day_starts: tuple[int, ...], tick: int) -> int:
    bits, step = 0, step // tick
    for begin, end in pairwise(day_starts):
        count = -(-(end - begin) // (step * tick))
        # A geometric series: 1 + 2**step + 2**(2 step) + ... as one division.
        every = ((1 << (step * count)) - 1) // ((1 << step) - 1)
        bits |= every << begin // tick
    return bits


@lru_cache(maxsize=256)
def _same_day(minutes: int, day_starts: tuple[int, ...], tick: int) -> int:
    stay = -(-minutes // tick)
    bits = 0
    for begin, end in pairwise(start // tick for start in day_starts):
        room = end - begin - stay + 1
        if room > 0:
            bits |= ((1 << room) - 1) << begin
    return bits


def longest_tick(
    calendars: Calendars, visits: Iterable[Visit], also: Iterable[datetime] = ()
) -> int:
    """Return the longest tick that these visits can be placed by, in minutes.

    `also` names instants off the grid at which a visit may begin.
    """
    line = calendars.timeline
    grids = (site.grid_minutes for site in calendars.sites.values())
    tick = gcd(calendars.grid_minutes, *grids, *line.lengths_of_days)
    # Sessions of one kind share their needs.
    kinds = {(visit.patient_minutes, id(visit.needs)): visit for visit in visits}
    for visit in kinds.values():
        tick = gcd(tick, visit.patient_minutes)
        for need in visit.needs:
            tick = gcd(tick, need.starts_after, need.minutes)
    return gcd(tick, *(line.floor(instant) for instant in also)) or 1


def free_times(calendars: Calendars, tick: int) -> "FreeTimes":
    """Return the free time of calendars, which don't change, worked out once."""
    key = "free", tick
    if key not in calendars.derived:
        calendars.derived[key] = FreeTimes(calendars, tick)
    found: FreeTimes = calendars.derived[key]
    return found


class FreeTimes:
    """The free time of every resource of a site, worked out when first asked for."""

    def __init__(self, calendars: Calendars, tick: int = 1) -> None:
        self.calendars = calendars
        self.timeline = line = calendars.timeline
        self.tick = tick
        self.length = self.timeline.minutes // tick
        # What the bits of a resource depend on, but for its own calendar.
        self._key = "free", tick, line.zone.key, line.first_on, line.last_on
        self._first = floor_minute(self.timeline.starts_at)
        self._by_id: dict[UUID, FreeTime] = {}
        self._opened: dict[int, tuple[Spans, int]] = {}

    def __getitem__(self, resource_id: UUID) -> FreeTime:
        if resource_id not in self._by_id:
            self._by_id[resource_id] = self.of(self.calendars.by_id[resource_id])
        return self._by_id[resource_id]

    def at(self, site: str) -> "FreeTimes":
        """Return the free time as another site of the same calendars sees it."""
        calendars = self.calendars.at(site)
        return self if calendars is self.calendars else free_times(calendars, self.tick)

    def of(self, resource: ResourceCalendar) -> FreeTime:
        """Return the free time of a resource of any calendars of the same days."""
        if self._key not in resource.derived:
            resource.derived[self._key] = FreeTime(resource, self)
        found: FreeTime = resource.derived[self._key]
        return found

    def inward(self, spans: Spans) -> int:
        """Return the ticks that lie wholly within the spans."""
        # Resources that keep the same hours share them.
        if id(spans) not in self._opened:
            bits = inward_bits(spans, self._first, self.tick, self.length)
            self._opened[id(spans)] = spans, bits
        return self._opened[id(spans)][1]

    def outward(self, spans: Spans) -> int:
        """Return the ticks that any of the spans touches."""
        return outward_bits(spans, self._first, self.tick, self.length)

    def days_mask(self, first: int, last: int) -> int:
        """Return the ticks of the days from `first` to `last`, both included."""
        line = self.timeline
        first, last = max(first, 0), min(last, line.days - 1)
        if first > last:
            return 0
        begin, end = line.day_starts[first], line.day_starts[last + 1]
        return (1 << end // self.tick) - (1 << begin // self.tick)

    def holds(self, bits: int, begin: int, end: int) -> bool:
        """Tell whether the bits of all ticks that a span of minutes touches are set."""
        if begin < 0 or end > self.timeline.minutes:
            return False
        first, last = begin // self.tick, -(-end // self.tick)
        span = (1 << (last - first)) - 1
        return (bits >> first) & span == span

    def days_of(self, bits: int) -> int:
        """Return the days that have any of these ticks set, as bits."""
        line = np.frombuffer(bits.to_bytes(self.length // 8 + 1, "little"), np.uint8)
        ticks = np.unpackbits(line, bitorder="little")
        has_any = np.logical_or.reduceat(ticks, self._day_begins)
        return int.from_bytes(
            np.packbits(has_any, bitorder="little").tobytes(), "little"
        )

    @cached_property
    def _day_begins(self) -> NDArray[np.int64]:
        starts: NDArray[np.int64] = np.array(self.timeline.day_starts[:-1])
        return starts // self.tick

    @cached_property
    def grid(self) -> int:
        """Return the ticks at which the site's visits may begin."""
        return _grid(self.calendars.grid_minutes, self.timeline.day_starts, self.tick)

    def same_day(self, minutes: int) -> int:
        """Return the ticks from which so many minutes end on the same local day."""
        return _same_day(minutes, self.timeline.day_starts, self.tick)

    def patient_free(self, visit: Visit) -> int:
        """Return the ticks at which the patient is not elsewhere, nor on the way."""
        return self._reachable if visit.is_remote else self._free_to_come

    @cached_property
    def _free_to_come(self) -> int:
        return self._all_but(self.calendars.patient_barred)

    @cached_property
    def _reachable(self) -> int:
        busy = self.calendars.patient_busy
        return self._all_but(Span(stay.starts_at, stay.ends_at) for stay in busy)

    def _all_but(self, spans: Iterable[Span]) -> int:
        return ((1 << self.length) - 1) & ~self.outward(Spans.of(spans))
