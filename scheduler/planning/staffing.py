"""Who would serve each party of a visit at one minute, and with which units."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
_Able = tuple[int, str, UUID, GivenUnits]


@dataclass(frozen=True)
class Keeping:
    """Whom a course keeps: by continuity group, who must or should serve it.

    `penalties` says what serving a preferred group with somebody else costs, and
    `skill` what each other skill of a resource costs while it is tied up. Those in
    `never` serve nobody.
    """

    required: Mapping[str, UUID] = field(default_factory=dict)
    preferred: Mapping[str, UUID] = field(default_factory=dict)
    penalties: Mapping[str, int] = field(default_factory=dict)
    skill: int = 1
    never: frozenset[UUID] = frozenset()

    def only(self, needs: tuple[Need, ...]) -> UUID | None:
        """Return the one resource that must serve these needs, if there is one."""
        groups = (need.continuity for need in needs if need.continuity)
        return next((self.required[g] for g in groups if g in self.required), None)

    def bars(self, resource_id: UUID, needs: tuple[Need, ...]) -> bool:
        """Tell whether a resource may not serve these needs, whoever else may."""
        barred = {self.preferred.get(need.apart_from) for need in needs}
        return resource_id in self.never or resource_id in barred

    def cost(self, resource: ResourceCalendar, needs: tuple[Need, ...]) -> int:
        """Return what it costs that this resource serves these needs."""
        spare = len(resource.capabilities) - len({need.capability for need in needs})
        cost = self.skill * spare
        for group in {need.continuity for need in needs if need.continuity}:
            if self.preferred.get(group, resource.resource_id) != resource.resource_id:
                cost += self.penalties.get(group, 0)
        return cost


ANYBODY = Keeping()


@dataclass(frozen=True)
class Rather:
    """Who serves a visit already, by party, and what each change of that costs."""

    serving: Mapping[str, UUID] = field(default_factory=dict)
    penalty: int = 0

    def cost(self, party: str, resource_id: UUID) -> int:
        """Return what it costs that this resource serves the party."""
        return self.penalty * (self.serving.get(party, resource_id) != resource_id)


NOBODY = Rather()


def patient_is_free(free: FreeTimes, visit: Visit, begin: int) -> bool:
    """Tell whether the patient is not elsewhere during the patient's own minutes."""
    return free.holds(free.patient_free, begin, begin + visit.patient_minutes)


@lru_cache(maxsize=4096)
def parties_of(visit: Visit) -> tuple[Party, ...]:
    """Return the needs of each party, in the order in which parties are named."""
    names = dict.fromkeys(need.party for need in visit.needs)
    return tuple(
        (name, tuple(need for need in visit.needs if need.party == name))
        for name in names
    )


def candidates_for(
    calendars: Calendars,
    needs: tuple[Need, ...],
    only: UUID | None = None,
    keeping: Keeping = ANYBODY,
) -> list[ResourceCalendar]:
    """Return who could serve a party on some day: cheapest first, then by name."""
    wanted = {need.capability for need in needs}
    only = only or keeping.only(needs)
    able = [
        resource
        for resource in calendars.resources
        if (only is None or resource.resource_id == only)
        and not keeping.bars(resource.resource_id, needs)
        and wanted <= resource.capabilities.keys()
        and all(need.units <= resource.capacity for need in needs)
    ]
    return sorted(able, key=lambda r: (keeping.cost(r, needs), r.name, r.resource_id))


def units_at(free: FreeTime, needs: tuple[Need, ...], begin: int) -> GivenUnits | None:
    """Return the units that one resource would give to a visit, lowest first."""
    at = begin // free.times.tick
    if any(not free.valid(need.capability) >> at & 1 for need in needs):
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


def cheapest_staffing(  # noqa: PLR0917
    free: FreeTimes,
    visit: Visit,
    begin: int,
    fixed: Mapping[str, UUID],
    keeping: Keeping = ANYBODY,
    rather: Rather = NOBODY,
) -> Staffing | None:
    """Return who serves each party at this minute at the least cost.

    Every party with somebody else than `rather` names costs what it says.
    """
    found = priced_staffing(free, visit, begin, fixed, keeping, rather)
    return None if found is None else found[1]


def priced_staffing(  # noqa: PLR0917
    free: FreeTimes,
    visit: Visit,
    begin: int,
    fixed: Mapping[str, UUID],
    keeping: Keeping = ANYBODY,
    rather: Rather = NOBODY,
) -> tuple[int, Staffing] | None:
    """Return the same with what it costs."""
    parties: list[list[_Able]] = []
    for name, needs in parties_of(visit):
        able = []
        for resource in candidates_for(free.calendars, needs, fixed.get(name), keeping):
            units = units_at(free[resource.resource_id], needs, begin)
            if units is not None:
                cost = keeping.cost(resource, needs)
                cost += rather.cost(name, resource.resource_id)
                able.append((cost, name, resource.resource_id, units))
        parties.append(sorted(able, key=lambda one: one[0]))
    if not all(parties):
        return None
    return min(_staffings(parties, frozenset()), key=lambda s: s[0], default=None)


def _staffings(
    parties: list[list[_Able]], taken: frozenset[UUID]
) -> Iterator[tuple[int, Staffing]]:
    if not parties:
        yield 0, ()
        return
    others = {able[2] for party in parties[1:] for able in party} | taken
    for cost, name, chosen, units in parties[0]:
        if chosen in taken:
            continue
        for more, staffing in _staffings(parties[1:], taken | {chosen}):
            yield cost + more, ((name, chosen, units), *staffing)
        if chosen not in others:
            # Nobody else wants this one, so a dearer choice can't help the rest.
            return
