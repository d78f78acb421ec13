"""The search itself: the cheapest way to place every session, proven to be so.

Partial plans are extended one session at a time, the most promising first. What a
partial plan can still become is bounded from below, exactly for windows and for what
each session costs by itself; so the first complete plan taken up is the optimum. Two
partial plans that look the same to everything not yet placed are one state, of which
only the cheaper is kept: that is dynamic programming, done in the best order. What
hangs on doses that are placed is settled by itself, once for each such case.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from scheduler.planning.bounding import Bounds, Domain, Trips
from scheduler.planning.graph import Pair
from scheduler.planning.ordering import Layer, places_beside_groups
from scheduler.planning.relations import Option, Relation

_Timed = tuple[Pair, tuple[Relation, ...], bool, Option]


class _Node(NamedTuple):
    bound: int
    depth: int  # negative, so that deeper partial plans win ties
    number: int
    memory: tuple[Option, ...]
    before: "_Node | None"
    option: Option | None


# Somebody is waiting for the answer. Courses whose windows can be kept take some
# hundreds of steps; only a search that must break windows may come near this.
MOST_STEPS = 100_000


class SearchTooLong(Exception):
    """The search gave up: it has neither a plan nor a proof that there is none."""


class Search:
    """One way through the sessions, one set of starts, one objective."""

    def __init__(
        self,
        layers: Sequence[Layer],
        domains: Mapping[str, Domain],
        trips: Trips,
    ) -> None:
        self.layers = layers
        self.domains = domains
        self.trips = trips
        self.bounds = Bounds(layers, domains, trips)
        self._beside = places_beside_groups(layers)
        self._settled: dict[
            tuple[int, tuple[int, ...]], tuple[int, tuple[Option, ...]] | None
        ] = {}
        self._numbers = count(1)
        self._deepest: _Node | None = None
        self.expanded = 0

    def cheapest(
        self, below: int | None = None
    ) -> tuple[int, dict[str, Option]] | None:
        """Return the optimum and its cost, or None if none is cheaper than `below`."""
        least = self.bounds.least
        if least is None:
            return None
        first = _Node(least, 0, 0, (), None, None)
        last = self._best_first(first, len(self.layers), self._ways_on, below)
        return None if last is None else (last.bound, self._plan(last))

    def _best_first(
        self,
        first: _Node,
        until: int,
        ways_on: Callable[[_Node], Iterable[_Node]],
        below: int | None = None,
    ) -> _Node | None:
        queue = [first]
        cheapest: dict[tuple[int, ...], int] = {self._key(first): first.bound}
        while queue:
            node = heappop(queue)
            if -node.depth == until:
                return node
            if cheapest[self._key(node)] < node.bound:
                continue
            self._note(node)
            if self.expanded > MOST_STEPS:
                raise SearchTooLong
            for child in ways_on(node):
                if below is not None and child.bound >= below:
                    continue
                key = self._key(child)
                if cheapest.get(key, child.bound + 1) > child.bound:
                    cheapest[key] = child.bound
                    heappush(queue, child)
        return None

    def _ways_on(self, node: _Node) -> Iterable[_Node]:
        if self.layers[-node.depth].group:
            return self._group_settled(node)
        return self._one_more(node)

    def _one_more(self, node: _Node) -> Iterator[_Node]:
        layer = self.layers[-node.depth]
        for bound, option in self._extensions(layer, node):
            yield self._placed(node, bound, option)

    def _placed(self, node: _Node, bound: int, option: Option) -> _Node:
        remembered = self.layers[-node.depth].remembered
        now = (*node.memory, option)
        memory = tuple(now[place] for place in remembered)
        return _Node(bound, node.depth - 1, next(self._numbers), memory, node, option)

    def _group_settled(self, node: _Node) -> Iterator[_Node]:
        """Yield the partial plan with the cheapest placing of the group that follows.

        Nothing placed later sees the group, so its cheapest placing is the best one.
        It depends on nothing but the sessions that bind it.
        """
        depth = -node.depth
        seen = tuple(node.memory[place].start for place in self._beside[depth])
        if (depth, seen) not in self._settled:
            until = depth + self.layers[depth].group
            last = self._by_days_alone(node, until)
            last = last or self._best_first(node, until, self._one_more)
            self._settled[depth, seen] = (
                None
                if last is None
                else (last.bound - node.bound, self._options(last, node))
            )
        settled = self._settled[depth, seen]
        if settled is not None:
            more, options = settled
            bound = node.bound + more
            for option in options:
                node = self._placed(node, bound, option)
            yield node

    def _by_days_alone(self, node: _Node, until: int) -> _Node | None:
        """Return the cheapest placing of a group if no clash of clocks stands in it.

        Looked for with the cheapest start of each day and no eye on the clock. Nothing
        can be cheaper; so if the clocks happen to agree, it is the optimum.
        """
        last = self._best_first(node, until, self._one_more_day)
        if last is None:
            return None
        again = node
        for option in self._options(last, node):
            layer = self.layers[-again.depth]
            for place, pair, is_second in layer.bound_by:
                other = again.memory[place]
                first, second = (other, option) if is_second else (option, other)
                if pair.by_clock(pair.at(second.day - first.day)[1], first, second):
                    return None
                if pair.judge(first, second) is None:
                    return None
            again = self._placed(again, last.bound, option)
        return last

    def _one_more_day(self, node: _Node) -> Iterator[_Node]:
        layer = self.layers[-node.depth]
        for day, so_far in self._days_ahead(layer, node):
            judged = self._by_day(layer, node.memory, day)
            if judged is not None:
                option = self.domains[layer.key][day][0]
                yield self._placed(node, so_far + judged[0], option)

    @staticmethod
    def _options(last: _Node, first: _Node) -> tuple[Option, ...]:
        options: list[Option] = []
        at: _Node | None = last
        while at is not None and at is not first and at.option is not None:
            options.append(at.option)
            at = at.before
        return tuple(reversed(options))

    def _note(self, node: _Node) -> None:
        self.expanded += 1
        if self._deepest is None or node.depth < self._deepest.depth:
            self._deepest = node

    def _extensions(self, layer: Layer, node: _Node) -> Iterator[tuple[int, Option]]:
        domain, memory = self.domains[layer.key], node.memory
        for day, so_far in self._days_ahead(layer, node):
            judged = self._by_day(layer, memory, day)
            if judged is None:
                continue
            cost, timed = judged
            options = domain[day]
            # What hangs on the day was counted with its cheapest start.
            total = so_far + cost - options[0].cost
            if not timed and not layer.keeps_clock:
                yield total + options[0].cost, options[0]
                continue
            for option in options:
                more = _by_clock(timed, option) if timed else 0
                if more is not None:
                    yield total + option.cost + more, option

    def _days_ahead(self, layer: Layer, node: _Node) -> Iterator[tuple[int, int]]:
        hanging, memory = self.bounds.hanging[layer.key], node.memory
        if layer.parent is None:
            days: Iterable[int] = hanging
            settled = node.bound - self.bounds.ahead[layer.key][0]
        else:
            day = memory[layer.parent_place].day
            days = range(day + layer.reach.least, day + layer.reach.most + 1)
            settled = node.bound - self.bounds.ahead[layer.key][day]
        sharing = self.bounds.sharing[layer.key]
        for day in days:
            if day in hanging:
                trip = 0
                # The first of those that may share a day has been counted already.
                if sharing and not (
                    day in self.trips.made_anyway
                    or any(memory[place].day == day for place in sharing)
                ):
                    trip = self.trips.cost
                yield day, settled + hanging[day] + trip

    def _by_day(
        self, layer: Layer, memory: tuple[Option, ...], day: int
    ) -> tuple[int, list[_Timed]] | None:
        total = 0
        timed: list[_Timed] = []
        for place, pair, is_second in layer.bound_by:
            other = memory[place]
            gap = day - other[0] if is_second else other[0] - day
            cost, relations = pair.at(gap)
            if cost is None:
                return None
            total += cost
            if relations:
                timed.append((pair, relations, is_second, other))
        return total, timed

    def _plan(self, node: _Node) -> dict[str, Option]:
        plan: dict[str, Option] = {}
        at: _Node | None = node
        while at is not None and at.option is not None:
            plan[self.layers[-at.depth - 1].key] = at.option
            at = at.before
        return plan

    def dead_end(self) -> tuple[str, dict[str, Option]] | None:
        """Return the session at which the deepest partial plan ended, and that plan."""
        if self._deepest is None:
            return None
        return self.layers[-self._deepest.depth].key, self._plan(self._deepest)

    def _key(self, node: _Node) -> tuple[int, ...]:
        if not node.depth:
            return (0,)
        by_clock = self.layers[-node.depth - 1].by_clock
        return (
            node.depth,
            *[
                option[1] if clock else option[0]
                for option, clock in zip(node.memory, by_clock, strict=True)
            ],
        )


def _by_clock(timed: list[_Timed], option: Option) -> int | None:
    total = 0
    for pair, relations, is_second, other in timed:
        first, second = (other, option) if is_second else (option, other)
        cost = pair.by_clock(relations, first, second)
        if cost is None:
            return None
        total += cost
    return total
