"""How a course is searched: what is known of its rules before any calendar is read.

The sessions form a tree: each hangs on an earlier one, whose day bounds its own. Most
rules run along the tree; the few that don't are judged by the search. Sessions that
meet no rule but that to the one they hang on need no search at all: the cheapest day
beside each day of that one is all there is to know.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scheduler.planning.graph import CourseGraph, Pair
from scheduler.planning.ordering import (
    Layer,
    layers_of,
    memories_of,
    places_beside_groups,
)
from scheduler.planning.relations import MostHours, WindowInHours


@dataclass(frozen=True)
class Branch:
    """A session that hangs on another: how far off, and what each distance costs."""

    key: str
    # Distances in days with their costs, the cheapest first.
    priced: tuple[tuple[int, int], ...]
    # The same distances as stretches without holes, both ends included.
    stretches: tuple[tuple[int, int], ...]
    # The one that it hangs on, and the rules between them if they count hours.
    parent: str
    timed: Pair | None


@dataclass(frozen=True)
class Routes:
    """The layers to search, and the tree behind them."""

    graph: CourseGraph
    layers: tuple[Layer, ...]
    memories: tuple[tuple[str, ...], ...]
    beside: Mapping[int, tuple[int, ...]]
    # What hangs on each session, those that need no search included.
    branches: Mapping[str, tuple[Branch, ...]]
    # All sessions to place, whatever hangs on one before it.
    upward: tuple[str, ...]
    # Which other sessions may spare the patient a trip, for those that may share one.
    sharing: Mapping[str, frozenset[str]]
    # Where those are remembered when a layer's turn comes.
    sharers: Mapping[str, tuple[int, ...]]

    def below(self, key: str) -> set[str]:
        """Return a session and all that hang on it, near or far."""
        found = {key}
        for branch in self.branches[key]:
            found |= self.below(branch.key)
        return found

    @property
    def roots(self) -> tuple[str, ...]:
        """Return the sessions that hang on nothing."""
        return tuple(layer.key for layer in self.layers if layer.parent is None)


def routes_of(graph: CourseGraph, travelling: Mapping[str, str]) -> Routes:
    """Return how to search the graph; it must not contradict itself."""
    sharing = _sharing(graph, travelling)
    everything = layers_of(graph, graph.free)
    by_itself = _counted(graph, everything, sharing)
    layers = layers_of(graph, [key for key in graph.free if key not in by_itself])
    parents = {layer.key: layer.parent for layer in (*everything, *layers)}
    branches: dict[str, tuple[Branch, ...]] = dict.fromkeys(graph.free, ())
    for key, parent in parents.items():
        if parent is not None:
            branches[parent] = (*branches[parent], _branch(graph, parent, key))
    memories = memories_of(layers)
    return Routes(
        graph=graph,
        layers=tuple(layers),
        memories=tuple(tuple(memory) for memory in memories),
        beside=places_beside_groups(layers),
        branches=branches,
        upward=_upward(parents),
        sharing=sharing,
        sharers={
            layer.key: tuple(
                n for n, key in enumerate(memory) if key in sharing[layer.key]
            )
            for layer, memory in zip(layers, memories, strict=True)
            if layer.key in sharing
        },
    )


def _sharing(
    graph: CourseGraph, travelling: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    going = [key for key in graph.free if key in travelling]
    sharing = {
        key: frozenset(
            other
            for other in going
            if other != key
            and travelling[other] == travelling[key]
            and graph.may_share_day(key, other)
        )
        for key in going
    }
    return {key: others for key, others in sharing.items() if others}


def _counted(
    graph: CourseGraph, layers: Collection[Layer], sharing: Collection[str]
) -> set[str]:
    """Return the sessions whose only rule runs to the one that they hang on."""
    parents = {layer.key: layer.parent for layer in layers}
    counted: set[str] = set()
    for key in reversed([layer.key for layer in layers]):
        parent = parents[key]
        near = {
            other for other in graph.neighbors(key) if other not in graph.pinned
        } - {parent}
        if parent is None or key in sharing or not near <= counted:
            continue
        if all(parents[other] == key for other in near):
            pair = graph.neighbors(key)[parent]
            if not pair.is_timed(graph.gaps(pair.first, pair.second)):
                counted.add(key)
    return counted


def _branch(graph: CourseGraph, parent: str, key: str) -> Branch:
    pair: Pair = graph.neighbors(key)[parent]
    least, most = graph.gaps(parent, key)
    priced = [
        (gap, cost)
        for gap in range(least, most + 1)
        if (cost := pair.by_day(gap if pair.second == key else -gap)) is not None
    ]
    stretches: list[tuple[int, int]] = []
    for gap, _ in priced:
        if stretches and stretches[-1][1] == gap - 1:
            stretches[-1] = (stretches[-1][0], gap)
        else:
            stretches.append((gap, gap))
    priced.sort(key=lambda one: (one[1], one[0]))
    # Other rules that see the clock hardly ever cost anything on the right days.
    is_timed = any(
        isinstance(rule, WindowInHours | MostHours) for rule in pair.relations
    )
    timed = pair if is_timed else None
    return Branch(key, tuple(priced), tuple(stretches), parent, timed)


def _upward(parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the sessions so that each comes before the one that it hangs on."""

    def depth(key: str) -> int:
        parent = parents[key]
        return 0 if parent is None else 1 + depth(parent)

    return tuple(sorted(parents, key=depth, reverse=True))
