"""Who would serve each party of a visit at one minute, and with which units."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from uuid import UUID

from scheduler.planning.calendar import Calendars, Need, ResourceCalendar, Visit
from scheduler.planning.free_time import (
    FreeTime,
    FreeTimes,
    GivenUnits,
    clusters_of,
    unit_choices,
)

Party = tuple[str, tuple[Need, ...]]
Staffing = tuple[tuple[str, UUID, GivenUnits], ...]


def patient_is_free(free: FreeTimes, visit: Visit, begin: int) -> bool:
    """Tell whether the patient is not elsewhere during the patient's own minutes."""
    if begin < 0 or begin + visit.patient_minutes > free.timeline.minutes:
        return False
    span = (1 << visit.patient_minutes) - 1
    return (free.patient_free >> begin) & span == span


@lru_cache(maxsize=4096)
def parties_of(visit: Visit) -> tuple[Party, ...]:
    """Return the needs of each party, in the order in which parties are named."""
    names = dict.fromkeys(need.party for need in visit.needs)
    return tuple(
        (name, tuple(need for need in visit.needs if need.party == name))
        for name in names
    )


def candidates_for(
    calendars: Calendars, needs: tuple[Need, ...], only: UUID | None
) -> list[ResourceCalendar]:
    """Return who could serve a party on some day: cheapest first, then by name."""
    wanted = {need.capability for need in needs}
    able = [
        resource
        for resource in calendars.resources
        if (only is None or resource.resource_id == only)
        and wanted <= resource.capabilities.keys()
        and all(need.units <= resource.capacity for need in needs)
    ]
    return sorted(able, key=lambda r: (spare_skills(r, needs), r.name, r.resource_id))


def spare_skills(resource: ResourceCalendar, needs: tuple[Need, ...]) -> int:
    """Return how many other skills are tied up while the resource serves this party."""
    return len(resource.capabilities) - len({need.capability for need in needs})


def units_at(free: FreeTime, needs: tuple[Need, ...], begin: int) -> GivenUnits | None:
    """Return the units that one resource would give to a visit, lowest first."""
    day = 1 << begin
    if any(not free.valid(need.capability) & day for need in needs):
        return None
    units: GivenUnits = ()
    for cluster in clusters_of(needs):
        given = next(_given(free, cluster, begin, ()), None)
        if given is None:
            return None
        units += given
    return units


def _given(
    free: FreeTime, needs: tuple[Need, ...], begin: int, given: GivenUnits
) -> Iterator[GivenUnits]:
    if not needs:
        yield given
        return
    need = needs[0]
    start = begin + need.starts_after
    for units in unit_choices(free.resource.capacity, need, given):
        if all(free.is_free(unit, start, start + need.minutes) for unit in units):
            yield from _given(free, needs[1:], begin, (*given, (need, units)))


def cheapest_staffing(
    free: FreeTimes, visit: Visit, begin: int, fixed: Mapping[str, UUID]
) -> Staffing | None:
    """Return who serves each party at this minute, versatile resources last."""
    best: tuple[int, Staffing] | None = None
    for cost, staffing in _staffings(free, parties_of(visit), begin, fixed, ()):
        if best is None or cost < best[0]:
            best = cost, staffing
        if cost == 0:
            break
    return None if best is None else best[1]


def _staffings(
    free: FreeTimes,
    parties: tuple[Party, ...],
    begin: int,
    fixed: Mapping[str, UUID],
    taken: tuple[UUID, ...],
) -> Iterator[tuple[int, Staffing]]:
    if not parties:
        yield 0, ()
        return
    name, needs = parties[0]
    for resource in candidates_for(free.calendars, needs, fixed.get(name)):
        chosen = resource.resource_id
        if chosen in taken:
            continue
        units = units_at(free[chosen], needs, begin)
        if units is None:
            continue
        cost = spare_skills(resource, needs)
        rest = _staffings(free, parties[1:], begin, fixed, (*taken, chosen))
        for more, staffing in rest:
            yield cost + more, ((name, chosen, units), *staffing)
