"""At which minutes sessions lie whose days are chosen already.

Only sessions that share a day, or whose rules count hours, have to do with each
other's clocks. Such a cluster is settled by itself, exactly; every other session takes
the cheapest start of its day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from scheduler.planning.graph import CourseGraph, Rule
from scheduler.planning.relations import Apart, Domain, Option
from scheduler.planning.settling import Judge, Settling

# Sessions and their days, in the order of their keys.
Cluster = tuple[tuple[str, int], ...]
Settled = tuple[int, tuple[Option, ...]]


class SearchTooLong(Exception):
    """The search gave up: it has neither a plan nor a proof that there is none."""


# A day on which the patient comes five times has some thousand ways to lie.
MOST_TRIES = 500_000
# A rule that keeps two clocks near each other binds more than many that part them.
CLOSE = 100


@dataclass
class Clocks:
    """Settles clusters, each once."""

    graph: CourseGraph
    domains: Mapping[str, Domain]
    _known: dict[Cluster, Settled | None] = field(default_factory=dict)
    tries: int = 0

    def surcharge(self, cluster: Cluster) -> int | None:
        """Return what a cluster costs above the cheapest start of each of its days.

        None if its sessions can't all be on these days.
        """
        if len(cluster) == 1:
            return 0
        settled = self.settled(cluster)
        return None if settled is None else settled[0]

    def settled(self, cluster: Cluster) -> Settled | None:
        """Return that cost, and the starts of the sessions in the cluster's order."""
        if cluster not in self._known:
            self._known[cluster] = self._settle(cluster)
        return self._known[cluster]

    def _settle(self, cluster: Cluster) -> Settled | None:
        cheapest = [self.domains[key].cheapest(day) for key, day in cluster]
        firsts = [option for option in cheapest if option is not None]
        if len(firsts) < len(cluster):
            return None
        if self._are_apart(cluster, firsts):
            return 0, tuple(firsts)
        order = self._order(cluster)
        found = Settling(
            options=[self.domains[key].on(day) for key, day in order],
            least=[firsts[cluster.index(one)].cost for one in order],
            judges=[self._judges(order, number) for number in range(len(order))],
            count=self._count,
        ).cheapest()
        if found is None:
            return None
        starts = dict(zip(order, found.starts, strict=True))
        return found.cost, tuple(starts[one] for one in cluster)

    def _are_apart(self, cluster: Cluster, starts: Sequence[Option]) -> bool:
        """Tell whether these starts cost nothing by each other's clocks."""
        return all(
            rule.cost(starts[judge.place], start) == 0
            for number, start in enumerate(starts)
            for judge in self._judges(cluster, number)
            for rule in judge.rules
        )

    def _order(self, cluster: Cluster) -> Cluster:
        """Return the sessions so that those fail first that are bound the most.

        Each looks at one before it, if it can.
        """
        ties = {
            (one, other): self._tie(one, other)
            for one, other in permutations(cluster, 2)
        }
        left = list(cluster)
        order: list[tuple[str, int]] = []
        while left:
            beside = order or cluster
            bound = [
                sum(ties[one, other] for other in beside if other != one)
                for one in left
            ]
            order.append(left.pop(bound.index(max(bound))))
        return tuple(order)

    def _tie(self, one: tuple[str, int], other: tuple[str, int]) -> int:
        """Return how closely two sessions bind each other's clocks.

        Those that must only be apart leave each other nearly everything.
        """
        return sum(
            1 if isinstance(rule.relation, Apart) else CLOSE
            for rule in self._rules(one, other)
        )

    def _rules(self, one: tuple[str, int], other: tuple[str, int]) -> tuple[Rule, ...]:
        """Return the rules that see the clock, as the second looks at the first."""
        pair = self.graph.pair(one[0], other[0])
        if pair is None:
            return ()
        is_second = pair.second == other[0]
        gap = other[1] - one[1]
        return pair.rules_of(other[0], gap if is_second else -gap)

    def _judges(self, cluster: Cluster, number: int) -> list[Judge]:
        """Return the earlier sessions of the cluster that bind one of them."""
        mine = cluster[number]
        return [
            Judge(place, rules)
            for place, other in enumerate(cluster[:number])
            if (rules := self._rules(other, mine))
        ]

    def _count(self) -> None:
        self.tries += 1
        if self.tries > MOST_TRIES:
            raise SearchTooLong

    def of_days(self, days: Mapping[str, int]) -> dict[str, Option]:
        """Return the best start of every session, on days that the search has found."""
        found = {key: self.domains[key].cheapest(day) for key, day in days.items()}
        starts = {key: option for key, option in found.items() if option is not None}
        for cluster in self._clusters(days):
            settled = self.settled(cluster)
            if settled is None:
                raise AssertionError("Days were chosen that leave no starts.")
            keys = (key for key, _ in cluster)
            starts.update(zip(keys, settled[1], strict=True))
        return starts

    def _clusters(self, days: Mapping[str, int]) -> list[Cluster]:
        cluster_of = {key: {key} for key in days}
        for first, second in combinations(days, 2):
            pair = self.graph.pair(first, second)
            if pair is None or cluster_of[first] is cluster_of[second]:
                continue
            if pair.is_timed_at(first, days[first], days[second]):
                joined = cluster_of[first] | cluster_of[second]
                cluster_of.update(dict.fromkeys(joined, joined))
        several = {id(some): some for some in cluster_of.values() if len(some) > 1}
        return [
            tuple(sorted((key, days[key]) for key in some)) for some in several.values()
        ]
