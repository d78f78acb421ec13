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

Staffing = tuple[tuple[str, UUID, GivenUnits], ...]
_Able = tuple[int, str, UUID, GivenUnits]


@lru_cache(maxsize=4096)
def _asked(needs: tuple[Need, ...]) -> tuple[int, frozenset[str]]:
    """Return how many capabilities the needs ask for, and their continuity groups."""
    groups = frozenset(need.continuity for need in needs if need.continuity)
    return len({need.capability for need in needs}), groups


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

    def prefers(self, needs: tuple[Need, ...]) -> bool:
        """Tell whether more than skills matters in who serves these needs."""
        return any(need.continuity in self.preferred for need in needs)

    def barred(self, needs: tuple[Need, ...]) -> frozenset[UUID]:
        """Return who may not serve these needs, whoever else may."""
        apart = {
            self.preferred[need.apart_from]
            for need in needs
            if need.apart_from in self.preferred
        }
        return self.never | apart if apart else self.never

    def cost(self, resource: ResourceCalendar, needs: tuple[Need, ...]) -> int:
        """Return what it costs that this resource serves these needs."""
        capabilities, groups = _asked(needs)
        cost = self.skill * (len(resource.capabilities) - capabilities)
        for group in groups:
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
    return free.holds(free.patient_free(visit), begin, begin + visit.patient_minutes)


def candidates_for(
    calendars: Calendars,
    needs: tuple[Need, ...],
    only: UUID | None = None,
    keeping: Keeping = ANYBODY,
) -> tuple[ResourceCalendar, ...]:
    """Return who could serve a party on some day: cheapest first, then by name."""
    kept = keeping.only(needs)
    if only is not None and kept not in (None, only):
        return ()
    only = only or kept
    able = calendars.able(needs)
    barred = keeping.barred(needs)
    if only is not None or barred:
        able = tuple(
            resource
            for resource in able
            if (only is None or resource.resource_id == only)
            and resource.resource_id not in barred
        )
    if not keeping.prefers(needs):
        return able
    return tuple(sorted(able, key=lambda resource: keeping.cost(resource, needs)))


def units_at(free: FreeTime, needs: tuple[Need, ...], begin: int) -> GivenUnits | None:
    """Return the units that one resource would give to a visit, lowest first."""
    # Asked again and again about the few minutes that patients were told.
    known = free.known_units.get((id(needs), begin))
    if known is None:
        # What is asked about is kept too, so that nothing else gets its identity.
        known = needs, _units_at(free, needs, begin)
        free.known_units[id(needs), begin] = known
    return known[1]


def _units_at(free: FreeTime, needs: tuple[Need, ...], begin: int) -> GivenUnits | None:
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
    parties = visit.parties
    able = [
        _serving(free, needs, name, begin, fixed.get(name), keeping, rather)
        for name, needs in parties
    ]
    # Each party's cheapest, unless two of them want the same one.
    firsts = [next(each, None) for each in able]
    chosen = [first for first in firsts if first is not None]
    if len(chosen) < len(parties):
        return None
    if len({id_ for _, _, id_, _ in chosen}) == len(chosen):
        cost = sum(each[0] for each in chosen)
        return cost, tuple((name, id_, units) for _, name, id_, units in chosen)
    every = [[first, *rest] for first, rest in zip(chosen, able, strict=True)]
    return min(_staffings(every, frozenset()), key=lambda s: s[0], default=None)


def _serving(  # noqa: PLR0917
    free: FreeTimes,
    needs: tuple[Need, ...],
    name: str,
    begin: int,
    only: UUID | None,
    keeping: Keeping,
    rather: Rather,
) -> Iterator[_Able]:
    """Yield who can serve a party at this minute, the cheapest first."""
    priced = [
        (
            keeping.cost(resource, needs) + rather.cost(name, resource.resource_id),
            resource,
        )
        for resource in candidates_for(free.calendars, needs, only, keeping)
    ]
    for cost, resource in sorted(priced, key=lambda one: one[0]):
        units = units_at(free[resource.resource_id], needs, begin)
        if units is not None:
            yield cost, name, resource.resource_id, units


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
