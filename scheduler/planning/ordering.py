"""In which order to place sessions, so that the search remembers as little as it can.

Doses come in their order. What hangs on them falls into groups that know nothing of
each other; each group follows as soon as the last dose that binds it is placed, and
can then be settled by itself.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from scheduler.planning.graph import ORIGIN, CourseGraph, Pair
from scheduler.planning.relations import Gaps, WindowInDays, WindowInHours

# On how many doses a group may hang before it is taken apart: what remembers less wins.
MOST_BESIDE = (99, 2)


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
    # Those of them whose clock may still matter, and not only their day.
    looked_at: frozenset[str]
    parent_place: int
    # How many layers from here on form a group that is settled by itself; else 0.
    group: int = 0


def groups_of(
    graph: CourseGraph, keys: Sequence[str], most_beside: int
) -> list[tuple[str, ...]]:
    """Return these sessions in order, as doses alone and groups between them.

    Sessions that look at the clock of one dose are in one group, since they share it.
    A group that hangs on more than `most_beside` doses is taken apart: each of its
    sessions follows the last dose that binds it, so that no dose is remembered until
    the last session of the group is placed.
    """
    doses = [key for key in keys if key in graph.doses]
    near: dict[str, Set[str]] = {
        key: graph.neighbors(key).keys() & set(keys) for key in keys
    }
    waiting: list[set[str]] = []
    for group in _groups(graph, near, doses):
        beside = {key for member in group for key in near[member]} - group
        if len(beside) <= most_beside:
            waiting.append(group)
        else:
            near |= _waited_for(graph, near, group)
            waiting.extend({key} for key in _anchors_first(graph, keys, group))
    order: list[tuple[str, ...]] = []
    placed: set[str] = set()
    for at in (None, *doses):
        if at is not None:
            order.append((at,))
            placed.add(at)
        for group in list(waiting):
            beside = {key for member in group for key in near[member]} - group
            if beside <= placed:
                waiting.remove(group)
                listed = [key for key in keys if key in group]
                order.append(_inside(graph, listed, near, placed))
                placed |= group
    return order


def _looked_at_by(graph: CourseGraph, key: str) -> set[str]:
    """Return the sessions to place that may look at this one's clock."""
    return {
        other
        for other, pair in graph.neighbors(key).items()
        if other not in graph.pinned
        and pair.is_timed(graph.gaps(pair.first, pair.second))
    }


def _groups(
    graph: CourseGraph, near: Mapping[str, Set[str]], doses: Sequence[str]
) -> list[set[str]]:
    others = near.keys() - set(doses)
    bound = dict(near)
    for dose in doses:
        sharing = _looked_at_by(graph, dose) & others
        for key in sharing:
            bound[key] = bound[key] | sharing
    return _components(bound, others)


def _waited_for(
    graph: CourseGraph, near: Mapping[str, Set[str]], group: Set[str]
) -> dict[str, Set[str]]:
    """Return what each session of a group follows once the group is taken apart."""
    anchors = {key: anchor_of(graph, key) for key in group}
    return {
        key: near[key] - group | {other for other in near[key] if other == anchors[key]}
        for key in group
    }


def _anchors_first(
    graph: CourseGraph, keys: Sequence[str], group: Set[str]
) -> list[str]:
    order: list[str] = []
    left = [key for key in keys if key in group]
    while left:
        ready = [key for key in left if anchor_of(graph, key) not in left]
        order.append((ready or left)[0])
        left.remove(order[-1])
    return order


def _is_settled_alone(
    graph: CourseGraph, keys: Sequence[str], group: Sequence[str]
) -> bool:
    """Tell whether nobody outside a group can care about its days and clocks."""
    near = {key for member in group for key in graph.neighbors(member)}
    outside = near & set(keys) - set(group)
    if group[0] in graph.doses or not outside <= graph.doses:
        return False
    seen = {dose for key in group for dose in _looked_at_by(graph, key) & graph.doses}
    return not any(_looked_at_by(graph, dose) - set(group) for dose in seen)


def _components(near: Mapping[str, Set[str]], keys: set[str]) -> list[set[str]]:
    found: list[set[str]] = []
    left = sorted(keys)
    while left:
        group, edge = set(), [left[0]]
        while edge:
            key = edge.pop()
            if key not in group:
                group.add(key)
                edge.extend(near[key] & keys)
        found.append(group)
        left = [key for key in left if key not in group]
    return found


def _inside(
    graph: CourseGraph,
    group: Sequence[str],
    near: Mapping[str, Set[str]],
    outside: set[str],
) -> tuple[str, ...]:
    """Return a group in the order that remembers the fewest, anchors first."""
    left = list(group)
    placed = set(outside)
    order: list[str] = []
    while left:
        ready = [key for key in left if anchor_of(graph, key) not in left]

        def remembered(key: str) -> int:
            after = placed | {key}
            return sum(1 for k in after & set(group) if near[k] - after)

        chosen = min(ready or left, key=remembered)
        left.remove(chosen)
        placed.add(chosen)
        order.append(chosen)
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


def layers_of(graph: CourseGraph, keys: Sequence[str]) -> list[Layer]:
    """Return the steps of a search of these sessions that remembers little."""
    ways = [_layers(graph, groups_of(graph, keys, most), keys) for most in MOST_BESIDE]
    return min(ways, key=lambda layers: days_remembered(graph, layers))


def days_remembered(graph: CourseGraph, layers: Sequence[Layer]) -> int:
    """Return how many ways there are at most to remember days, all layers together.

    Every remembered session counts the days that it may lie from the nearest other.
    """
    return sum(ways_to_remember(graph, memory) for memory in memories_of(layers))


def ways_to_remember(graph: CourseGraph, memory: Sequence[str]) -> int:
    """Return on how many ways these sessions may lie on days, at most."""
    ways, near = 1, [ORIGIN]
    for key in memory:
        gaps = [graph.gaps(other, key) for other in near]
        ways *= 1 + min(gap.most - gap.least for gap in gaps)
        near.append(key)
    return ways


def _layers(
    graph: CourseGraph, groups: Sequence[tuple[str, ...]], keys: Sequence[str]
) -> list[Layer]:
    order = [key for group in groups for key in group]
    sizes = {g[0]: len(g) for g in groups if _is_settled_alone(graph, keys, g)}
    neighbors = {key: graph.neighbors(key) for key in order}
    layers: list[Layer] = []
    memory: list[str] = []
    for number, key in enumerate(order):
        later = set(order[number + 1 :])
        now = [*memory, key]
        kept = [place for place, k in enumerate(now) if later & neighbors[k].keys()]
        parent = _parent(graph, key, memory, neighbors[key])
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
                looked_at=frozenset(
                    now[place]
                    for place in kept
                    if _looked_at_by(graph, now[place]) & later
                ),
                parent_place=memory.index(parent) if parent else -1,
                group=sizes.get(key, 0),
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


def memories_of(layers: Sequence[Layer]) -> list[list[str]]:
    """Return which sessions are remembered when each layer's turn comes."""
    memories: list[list[str]] = [[]]
    for layer in layers[:-1]:
        now = [*memories[-1], layer.key]
        memories.append([now[place] for place in layer.remembered])
    return memories[: len(layers)]


def places_beside_groups(layers: Sequence[Layer]) -> dict[int, tuple[int, ...]]:
    """Return, for each group by its depth, where those that bind it are remembered."""
    places: dict[int, tuple[int, ...]] = {}
    for depth, memory in enumerate(memories_of(layers)):
        near = {
            key
            for member in layers[depth : depth + layers[depth].group]
            for _, pair, _ in member.bound_by
            for key in (pair.first, pair.second)
        }
        if layers[depth].group:
            places[depth] = tuple(n for n, key in enumerate(memory) if key in near)
    return places
