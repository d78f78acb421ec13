"""All the times at which a visit could begin, as bits, by what its staffing costs.

The same rules as `staffing`, asked for every minute at once: parties that no resource
could serve two of are independent; parties that share candidates are matched exactly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from scheduler.planning.calendar import Party, Visit
from scheduler.planning.free_time import FreeTimes, starts_of_runs
from scheduler.planning.staffing import (
    ANYBODY,
    Keeping,
    candidates_for,
)

# The bits of the starts that some staffing of exactly this cost allows.
Layers = dict[int, int]


@dataclass(frozen=True, slots=True)
class _Choice:
    resource_id: UUID
    cost: int
    starts: int


def free_start_bits(
    free: FreeTimes,
    visit: Visit,
    fixed: Mapping[str, UUID],
    keeping: Keeping = ANYBODY,
) -> int:
    """Return the ticks of the grid at which the visit can begin."""
    bits = 0
    for layer in start_layers(free, visit, fixed, keeping).values():
        bits |= layer
    return bits


def start_layers(
    free: FreeTimes,
    visit: Visit,
    fixed: Mapping[str, UUID],
    keeping: Keeping = ANYBODY,
    among: int = -1,
) -> Layers:
    """Return the ticks of the grid at which it can begin, by cost, cheapest first.

    Only ticks in `among` count. The cost is what it costs to keep to, or depart from,
    whom the course keeps. A tick may stand in several layers; the first that holds it
    is its true cost.
    """
    allowed = _grid_starts(free, visit) & among
    layers: Layers = {0: allowed}
    for group in _groups(free, visit, fixed, keeping):
        layers = _both(layers, _matchings(group, frozenset()))
        if not layers:
            return {}
    return dict(sorted(layers.items()))


def _grid_starts(free: FreeTimes, visit: Visit) -> int:
    room = free.length + visit.reach // -free.tick
    if room < 0:
        return 0
    inside = (1 << (room + 1)) - 1
    stay = -(-max(visit.patient_minutes, 1) // free.tick)
    return free.grid & starts_of_runs(free.patient_free(visit), stay) & inside


def _groups(
    free: FreeTimes, visit: Visit, fixed: Mapping[str, UUID], keeping: Keeping
) -> list[list[list[_Choice]]]:
    groups: list[list[list[_Choice]]] = []
    for party in visit.parties:
        group = [_choices(free, party, fixed.get(party[0]), keeping)]
        mine = {choice.resource_id for choice in group[0]}
        apart: list[list[list[_Choice]]] = []
        for other in groups:
            theirs = {choice.resource_id for member in other for choice in member}
            if mine & theirs:
                group = other + group
                mine |= theirs
            else:
                apart.append(other)
        groups = [*apart, group]
    return groups


def _choices(
    free: FreeTimes, party: Party, only: UUID | None, keeping: Keeping
) -> list[_Choice]:
    _, needs = party
    return [
        _Choice(resource.resource_id, keeping.cost(resource, needs), starts)
        for resource in candidates_for(free.calendars, needs, only, keeping)
        if (starts := free[resource.resource_id].starts(needs))
    ]


def _matchings(parties: list[list[_Choice]], taken: frozenset[UUID]) -> Layers:
    if not parties:
        return {0: -1}
    layers: Layers = {}
    is_last = len(parties) == 1
    for choice in parties[0]:
        if choice.resource_id in taken:
            continue
        rest = (
            {0: -1}
            if is_last
            else _matchings(parties[1:], taken | {choice.resource_id})
        )
        _add(layers, _both({choice.cost: choice.starts}, rest).items())
    return layers


def _both(one: Layers, other: Layers) -> Layers:
    layers: Layers = {}
    for cost, bits in one.items():
        _add(layers, ((cost + more, bits & also) for more, also in other.items()))
    return layers


def _add(layers: Layers, items: Iterable[tuple[int, int]]) -> None:
    for cost, bits in items:
        if bits:
            layers[cost] = layers.get(cost, 0) | bits
