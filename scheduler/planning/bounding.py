"""What a partial plan will still cost at least.

Windows to one earlier session each, and what each session costs by itself, are counted
exactly, from the last session back to the first; the other rules are left aside. So
no plan is ever cheaper than its bound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduler.planning.ordering import Layer, memories_of
from scheduler.planning.relations import Domain


@dataclass(frozen=True)
class Trips:
    """On which sessions the patient travels, and what one more day of it costs."""

    cost: int
    # For each session that may share its day with others that travel: which ones.
    # A trip of any other session is part of what its starts cost.
    sharing: Mapping[str, frozenset[str]]
    # Days on which the patient travels anyway.
    made_anyway: frozenset[int] = frozenset()


class Bounds:
    """Lower bounds for one way through the sessions."""

    def __init__(
        self, layers: Sequence[Layer], domains: Mapping[str, Domain], trips: Trips
    ) -> None:
        self.layers = layers
        self.domains = domains
        self.trips = trips
        # Where each session's sharers of a day are remembered; None if it has none.
        self.sharing = self._places_of_sharers()
        # What a session and all that hangs on it cost, by its own day.
        self.hanging: dict[str, dict[int, int]] = {}
        # The same, by the day of the session that it hangs on.
        self.ahead = self._bound_from_below()

    def _places_of_sharers(self) -> dict[str, tuple[int, ...] | None]:
        places: dict[str, tuple[int, ...] | None] = {}
        for layer, memory in zip(self.layers, memories_of(self.layers), strict=True):
            others = self.trips.sharing.get(layer.key)
            places[layer.key] = (
                None
                if others is None
                else tuple(n for n, key in enumerate(memory) if key in others)
            )
        return places

    def _bound_from_below(self) -> dict[str, dict[int, int]]:
        """Return what each session and all that hang on it cost at least.

        By the day of the parent; by day 0 for a session that hangs on nothing.
        """
        ahead: dict[str, dict[int, int]] = {}
        children: dict[str, list[str]] = {}
        for layer in reversed(self.layers):
            below = self._below(layer.key, children.get(layer.key, []), ahead)
            self.hanging[layer.key] = below
            if layer.parent is None:
                best = min(below.values(), default=None)
                ahead[layer.key] = {} if best is None else {0: best}
                continue
            children.setdefault(layer.parent, []).append(layer.key)
            ahead[layer.key] = self._seen_from_parent(layer, below)
        return ahead

    def _below(
        self, key: str, children: list[str], ahead: dict[str, dict[int, int]]
    ) -> dict[int, int]:
        below: dict[int, int] = {}
        for day in self.domains[key].cheapest:
            costs = [ahead[child].get(day) for child in children]
            if None not in costs:
                below[day] = sum(cost for cost in costs if cost is not None)
        trip = self.trips.cost if self.sharing[key] == () else 0
        return {
            day: cost
            + self.domains[key].cheapest[day].cost
            + (0 if day in self.trips.made_anyway else trip)
            for day, cost in below.items()
        }

    def _seen_from_parent(
        self, layer: Layer, below: Mapping[int, int]
    ) -> dict[int, int]:
        place = layer.parent_place
        pair, is_second = next(
            (pair, is_second) for at, pair, is_second in layer.bound_by if at == place
        )
        least, most = layer.reach
        priced = [
            (gap, cost)
            for gap in range(least, most + 1)
            if (cost := pair.by_day(gap if is_second else -gap)) is not None
        ]
        seen: dict[int, int] = {}
        for day in self.domains[layer.parent or ""].cheapest:
            costs = [
                cost + below[day + gap] for gap, cost in priced if day + gap in below
            ]
            if costs:
                seen[day] = min(costs)
        return seen

    @property
    def least(self) -> int | None:
        """Return a cost that no plan is below, or None when there is no plan."""
        total = 0
        for layer in self.layers:
            if layer.parent is None:
                if not self.ahead[layer.key]:
                    return None
                total += self.ahead[layer.key][0]
        return total

    def first_conflict(self) -> tuple[str, dict[str, int]]:
        """Return a session that leaves those it hangs on no day that suits all."""
        left = {
            layer.key: set(self.domains[layer.key].cheapest) for layer in self.layers
        }
        for layer in reversed(self.layers):
            if layer.parent is not None:
                left[layer.parent] &= self.ahead[layer.key].keys()
                if not left[layer.parent]:
                    return layer.key, {}
        return self.layers[0].key, {}
