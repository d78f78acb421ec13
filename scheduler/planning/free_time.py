"""Free time as bits: bit m of a mask says that minute m of the timeline is free.

One big integer per unit of each resource. A whole quarter fits in some 16 kB, and one
machine instruction looks at 64 minutes, so questions about months cost microseconds.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import combinations
from uuid import UUID

from scheduler.planning.calendar import Calendars, Need, ResourceCalendar
from scheduler.planning.timeline import Timeline


def mask_of(spans: Iterable[tuple[int, int]], length: int) -> int:
    """Return the bits of the union of half-open spans of minutes."""
    starts = bytearray(length // 8 + 1)
    ends = bytearray(length // 8 + 1)
    for begin, end in merged(spans, length):
        starts[begin >> 3] |= 1 << (begin & 7)
        ends[end >> 3] |= 1 << (end & 7)
    # Each span is 2**end - 2**begin; subtracting the sums at once keeps this linear.
    return int.from_bytes(ends, "little") - int.from_bytes(starts, "little")


def merged(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return the spans cut to the line, in order, with those that touch as one."""
    joined: list[tuple[int, int]] = []
    for wanted_begin, wanted_end in sorted(spans):
        begin, end = max(wanted_begin, 0), min(wanted_end, length)
        if begin >= end:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


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
    """The free minutes of one resource, unit by unit."""

    def __init__(self, resource: ResourceCalendar, timeline: Timeline) -> None:
        self.resource = resource
        self.timeline = timeline
        self._runs: dict[tuple[int, int], int] = {}
        self._starts: dict[tuple[Need, ...], int] = {}
        self._valid: dict[str, int] = {}

    @cached_property
    def open(self) -> int:
        """Return the minutes inside working hours, closures left aside."""
        line = self.timeline
        spans = [(line.ceil(a), line.floor(b)) for a, b in self.resource.open]
        return mask_of(spans, line.minutes)

    @cached_property
    def closed(self) -> int:
        """Return the minutes inside closures."""
        line = self.timeline
        spans = [(line.floor(a), line.ceil(b)) for a, b in self.resource.closed]
        return mask_of(spans, line.minutes)

    @cached_property
    def units(self) -> tuple[int, ...]:
        """Return the free minutes of each unit."""
        line = self.timeline
        busy: list[list[tuple[int, int]]] = [[] for _ in range(self.resource.capacity)]
        for unit, begin, end in self.resource.busy:
            if unit < len(busy):
                busy[unit].append((line.floor(begin), line.ceil(end)))
        openings = self.open & ~self.closed
        return tuple(openings & ~mask_of(spans, line.minutes) for spans in busy)

    def valid(self, capability: str) -> int:
        """Return the minutes of the days on which the resource has the capability."""
        if capability not in self._valid:
            bits = 0
            line = self.timeline
            for first, last in self.resource.capabilities.get(capability, ()):
                begin = 0 if first is None else line.day_number(first)
                end = line.days if last is None else line.day_number(last)
                bits |= line.days_mask(begin, end)
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
        for units in unit_choices(self.resource.capacity, needs[0], given):
            free = -1
            for unit in units:
                free &= self._run(unit, needs[0].minutes) >> needs[0].starts_after
            if free:
                bits |= free & self._fitting(needs[1:], (*given, (needs[0], units)))
        return bits

    def _run(self, unit: int, minutes: int) -> int:
        key = (unit, minutes)
        if key not in self._runs:
            self._runs[key] = starts_of_runs(self.units[unit], minutes)
        return self._runs[key]

    def is_free(self, unit: int, begin: int, end: int) -> bool:
        """Tell whether a unit is free for all of a span of minutes."""
        if begin < 0 or end > self.timeline.minutes:
            return False
        span = (1 << (end - begin)) - 1
        return (self.units[unit] >> begin) & span == span


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


class FreeTimes:
    """The free time of every resource of a site, worked out when first asked for."""

    def __init__(self, calendars: Calendars) -> None:
        self.calendars = calendars
        self.timeline = calendars.timeline
        self._by_id: dict[UUID, FreeTime] = {}

    def __getitem__(self, resource_id: UUID) -> FreeTime:
        if resource_id not in self._by_id:
            self._by_id[resource_id] = FreeTime(
                self.calendars.by_id[resource_id], self.timeline
            )
        return self._by_id[resource_id]

    @cached_property
    def grid(self) -> int:
        """Return the bits of the site's start times."""
        return self.timeline.grid(self.calendars.grid_minutes)

    @cached_property
    def patient_free(self) -> int:
        """Return the minutes at which the patient is not elsewhere."""
        line = self.timeline
        spans = [(line.floor(a), line.ceil(b)) for a, b in self.calendars.patient_busy]
        return ((1 << line.minutes) - 1) & ~mask_of(spans, line.minutes)
