"""The search itself: the cheapest way to place every session, proven to be so.

Days are searched, clocks follow: as soon as sessions that look at each other's clocks
have their days, their starts are settled exactly, and what that costs is known.
Partial plans are extended one session at a time, the most promising first. What a
partial plan can still become is bounded from below, so the first complete plan taken
up is the optimum. Two partial plans that look the same to everything not yet placed
are one state, of which only the cheaper is kept: that is dynamic programming, done in
the best order. What hangs on doses that are placed is settled by itself, once for each
such case.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from scheduler.planning.bounding import Bounds
from scheduler.planning.clocks import Clocks, Cluster, SearchTooLong
from scheduler.planning.free_time import set_bits
from scheduler.planning.ordering import Layer
from scheduler.planning.relations import Domain, Option
from scheduler.planning.routes import Routes

# Somebody is waiting for the answer. Courses whose windows can be kept take some
# hundreds of steps; only a search that must break windows may come near this.
MOST_STEPS = 100_000
# From so many steps on a search costs more than all around it.
LONG = 200


class _Node(NamedTuple):
    bound: int
    depth: int  # negative, so that deeper partial plans win ties
    number: int
    # What is settled, and the least that hangs on it by the rules of the tree; of a
    # complete plan it is the cost.
    total: int
    # The days of the sessions that bind what is still to come.
    days: tuple[int, ...]
    # Clusters that may still grow, except those of one session.
    open: tuple[Cluster, ...]
    before: "_Node | None"
    day: int


_Settled = tuple[int, tuple[int, ...]] | None


class Search:
    """One way through the sessions, one set of starts, one objective."""

    def __init__(
        self, routes: Routes, domains: Mapping[str, Domain], bounds: Bounds
    ) -> None:
        self.routes = routes
        self.layers = routes.layers
        self.domains = domains
        self.bounds = bounds
        self.clocks = Clocks(routes.graph, domains)
        self._settled: dict[tuple[object, ...], _Settled] = {}
        # Where there is nothing to place, the empty plan is complete.
        first = routes.layers[0].key if routes.layers else None
        self._beginnings = iter(bounds.ordered(first)) if first else iter(())
        self._numbers = count(1)
        self._steps = 0

    def cheapest(
        self, below: int | None = None
    ) -> tuple[int, dict[str, Option]] | None:
        """Return the optimum and its cost, or None if none is cheaper than `below`.

        Raises SearchTooLong.
        """
        least = self.bounds.least
        if least is None:
            return None
        first = _Node(least, 0, 0, least, (), (), None, 0)
        last = self._best_first(first, len(self.layers), self._ways_on, below)
        if last is None:
            return None
        return last.total, self.clocks.of_days(self._plan(last))

    @property
    def was_long(self) -> bool:
        """Tell whether this took so long that asking otherwise may be quicker."""
        return self._steps > LONG or self.clocks.tries > LONG

    def _best_first(
        self,
        first: _Node,
        until: int,
        ways_on: Callable[[_Node], Iterable[_Node]],
        below: int | None = None,
    ) -> _Node | None:
        queue = [first]
        cheapest: dict[tuple[object, ...], int] = {_state(first): first.total}
        while queue:
            node = heappop(queue)
            if -node.depth == until:
                return node
            if node.depth and cheapest[_state(node)] < node.total:
                continue
            self._count()
            for child in ways_on(node):
                if below is not None and child.bound >= below:
                    continue
                state = _state(child)
                if not child.depth:
                    heappush(queue, child)
                elif cheapest.get(state, child.total + 1) > child.total:
                    cheapest[state] = child.total
                    heappush(queue, child)
        return None

    def _count(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise SearchTooLong

    def _begun(self, node: _Node) -> Iterator[_Node]:
        """Yield the plan that begins best, and the empty one of all other beginnings.

        Most days on which a course could begin are never looked at that way.
        """
        key = self.layers[0].key
        settled = (self.bounds.least or 0) - self.bounds.least_of[key]
        begun = next(self._beginnings, None)
        if begun is not None:
            yield from self._on_days(self.layers[0], node, [begun[1]], settled)
            left = settled + begun[0]
            yield _Node(left, 0, next(self._numbers), left, (), (), None, 0)

    def _ways_on(self, node: _Node) -> Iterable[_Node]:
        if not node.depth and not self.layers[0].group:
            return self._begun(node)
        if self.layers[-node.depth].group:
            return self._group_settled(node)
        return self._one_more(node)

    def _group_settled(self, node: _Node) -> Iterator[_Node]:
        """Yield the partial plan with the cheapest placing of the group that follows.

        Nothing placed later sees the group, so its cheapest placing is the best one.
        It depends on nothing but the sessions that bind it.
        """
        depth = -node.depth
        beside = tuple(node.days[place] for place in self.routes.beside.get(depth, ()))
        seen = (depth, beside, node.open)
        if seen not in self._settled:
            until = depth + self.layers[depth].group
            # Only what the group costs counts here, not what is known of the finish.
            alone = node._replace(bound=node.total)
            last = self._best_first(alone, until, self._one_more)
            self._settled[seen] = (
                None
                if last is None
                else (last.total - alone.total, self._days_since(last, alone))
            )
        settled = self._settled[seen]
        if settled is not None:
            more, days = settled
            total = node.total + more
            bound = max(node.bound, total)
            for day in days:
                node = self._placed(node, bound, total, day, node.open)
            yield node

    def _one_more(self, node: _Node) -> Iterator[_Node]:
        layer = self.layers[-node.depth]
        bounds, key = self.bounds, layer.key
        if layer.parent is None:
            settled = node.total - bounds.least_of[key]
            days: Iterable[int] = set_bits(bounds.feasible[key])
        else:
            at = node.days[layer.parent_place]
            settled = node.total - bounds.ahead(key, at)
            days = range(max(at + layer.reach.least, 0), at + layer.reach.most + 1)
        return self._on_days(layer, node, days, settled)

    def _on_days(
        self, layer: Layer, node: _Node, days: Iterable[int], settled: int
    ) -> Iterator[_Node]:
        """Yield the plans with the next session on one of these days.

        `settled` is what everything but that session and what hangs on it costs.
        """
        bounds, key = self.bounds, layer.key
        sharing, made = self.routes.sharers.get(key), bounds.trips.made(key)
        for day in days:
            hanging = bounds.hanging(key, day)
            judged = self._judged(layer, node, day) if hanging is not None else None
            if hanging is None or judged is None:
                continue
            # The first of those that may share a day has been counted already.
            if sharing and not (
                day in made or any(node.days[place] == day for place in sharing)
            ):
                hanging += bounds.trips.cost
            cost, clusters = judged
            total = settled + hanging + cost
            bound = max(total, node.bound, bounds.finish_from(key, day))
            yield self._placed(node, bound, total, day, clusters)

    def _judged(
        self, layer: Layer, node: _Node, day: int
    ) -> tuple[int, tuple[Cluster, ...]] | None:
        """Return what the rules to earlier sessions cost, and the clusters then."""
        total = 0
        timed: list[int] = []
        for place, pair, is_second in layer.bound_by:
            other = node.days[place]
            cost, relations = pair.at(day - other if is_second else other - day)
            if cost is None:
                return None
            total += cost
            if relations:
                timed.append(place)
        if not timed:
            return total, node.open
        extra, clusters = self._joined(layer, node, day, timed)
        return None if extra is None else (total + extra, clusters)

    def _joined(
        self, layer: Layer, node: _Node, day: int, timed: list[int]
    ) -> tuple[int | None, tuple[Cluster, ...]]:
        """Join the session with the clusters it looks at; return what that costs."""
        apart = list(node.open)
        members: list[tuple[str, int]] = []
        known = 0
        for place in timed:
            one = self.routes.memories[-node.depth][place], node.days[place]
            if one in members:
                continue
            cluster = next((some for some in apart if one in some), None)
            if cluster is None:
                members.append(one)
            else:
                apart.remove(cluster)
                members.extend(cluster)
                known += self.clocks.surcharge(cluster) or 0
        joined = tuple(sorted([*members, (layer.key, day)]))
        extra = self.clocks.surcharge(joined)
        return None if extra is None else extra - known, (*apart, joined)

    def _placed(
        self,
        node: _Node,
        bound: int,
        total: int,
        day: int,
        clusters: tuple[Cluster, ...],
    ) -> _Node:
        layer = self.layers[-node.depth]
        now = (*node.days, day)
        days = tuple(now[place] for place in layer.remembered)
        if clusters:
            clusters = tuple(
                sorted(
                    some
                    for some in clusters
                    if any(key in layer.looked_at for key, _ in some)
                )
            )
        number = next(self._numbers)
        depth = node.depth - 1
        return _Node(bound, depth, number, total, days, clusters, node, day)

    @staticmethod
    def _days_since(last: _Node, first: _Node) -> tuple[int, ...]:
        days: list[int] = []
        at: _Node | None = last
        while at is not None and at is not first:
            days.append(at.day)
            at = at.before
        return tuple(reversed(days))

    def _plan(self, node: _Node) -> dict[str, int]:
        """Return the days of a partial plan, and of what hangs on them alone."""
        plan: dict[str, int] = {}
        at = node
        while at.before is not None:
            plan[self.layers[-at.depth - 1].key] = at.day
            at = at.before
        searched = {layer.key for layer in self.layers}
        waiting = list(plan)
        while waiting:
            key = waiting.pop()
            for branch in self.routes.branches[key]:
                if branch.key not in searched:
                    plan[branch.key] = self.bounds.cheapest_beside(branch, plan[key])
                    waiting.append(branch.key)
        return plan


def _state(node: _Node) -> tuple[object, ...]:
    return node.depth, node.days, node.open
