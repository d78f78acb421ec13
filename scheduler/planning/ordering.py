"""In which order to place sessions, so that the search remembers as little as it can.

A placed session must be remembered until the last one that it binds is placed. The
order is chosen step by step: always the session that leaves the fewest remembered.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.planning.graph import CourseGraph, Pair
from scheduler.planning.relations import Gaps, WindowInDays, WindowInHours


@dataclass(frozen=True)
class Layer:
    """One step of the search: the session to place and what it is judged against."""

    key: str
    # The session whose day the range of days is counted from; None begins afresh.
    parent: str | None
    reach: Gaps
    # Earlier sessions that bind this one: their place in memory, and the pair.
    bound_by: tuple[tuple[int, Pair, bool], ...]
    # Places in memory (the new session last) that are still needed afterwards.
    remembered: tuple[int, ...]
    # For each of them, whether its clock still matters or only its day.
    by_clock: tuple[bool, ...]
    keeps_clock: bool
    parent_place: int


def order_of(graph: CourseGraph) -> tuple[str, ...]:
    """Return the free sessions in the order in which to place them."""
    bit = {key: 1 << number for number, key in enumerate(graph.free)}
    near = {
        key: sum(bit[other] for other in graph.neighbors(key) if other in bit)
        for key in graph.free
    }
    anchors = {key: anchor_of(graph, key) for key in graph.free}
    order: list[str] = []
    placed, everything = 0, (1 << len(bit)) - 1
    while placed != everything:
        ready = [
            key
            for key in graph.free
            if not placed & bit[key]
            and (anchors[key] is None or placed & bit[anchors[key] or ""])
        ]
        ready = ready or [key for key in graph.free if not placed & bit[key]]

        def remembered(key: str, placed: int = placed) -> int:
            after = placed | bit[key]
            return sum(
                1 for k, mask in near.items() if after & bit[k] and mask & ~after
            )

        chosen = min(ready, key=remembered)
        order.append(chosen)
        placed |= bit[chosen]
    return tuple(order)


def anchor_of(graph: CourseGraph, key: str) -> str | None:
    """Return the free session on which this one is anchored, if it is."""
    for other, pair in graph.neighbors(key).items():
        if other in graph.pinned:
            continue
        for relation in pair.relations:
            is_window = isinstance(relation, WindowInDays | WindowInHours)
            if is_window and relation.second == key:
                return other
    return None


def layers_of(graph: CourseGraph) -> list[Layer]:
    """Return the steps of the search, in the order that remembers little."""
    order = order_of(graph)
    neighbors = {key: graph.neighbors(key) for key in order}
    layers: list[Layer] = []
    memory: list[str] = []
    for number, key in enumerate(order):
        later = set(order[number + 1 :])
        now = [*memory, key]
        kept = [place for place, k in enumerate(now) if later & neighbors[k].keys()]
        parent = _parent(graph, key, memory, neighbors[key])
        by_clock = tuple(
            _is_timed(graph, neighbors[now[place]], later) for place in kept
        )
        layers.append(
            Layer(
                key=key,
                parent=parent,
                reach=graph.gaps(parent, key) if parent else graph.days(key),
                bound_by=tuple(
                    (memory.index(other), pair, pair.second == key)
                    for other, pair in neighbors[key].items()
                    if other in memory
                ),
                remembered=tuple(kept),
                by_clock=by_clock,
                keeps_clock=bool(kept) and kept[-1] == len(memory) and by_clock[-1],
                parent_place=memory.index(parent) if parent else -1,
            )
        )
        memory = [now[place] for place in kept]
    return layers


def _parent(
    graph: CourseGraph, key: str, memory: list[str], neighbors: Mapping[str, Pair]
) -> str | None:
    anchor = anchor_of(graph, key)
    if anchor in memory:
        return anchor
    known = [other for other in neighbors if other in memory]

    def width(other: str) -> int:
        gaps = graph.gaps(other, key)
        return gaps.most - gaps.least

    return min(known, key=width, default=None)


def _is_timed(
    graph: CourseGraph, neighbors: Mapping[str, Pair], later: set[str]
) -> bool:
    return any(
        pair.is_timed(graph.gaps(pair.first, pair.second))
        for other, pair in neighbors.items()
        if other in later
    )
