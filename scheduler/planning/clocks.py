"""At which minutes sessions lie whose days are chosen already.

Only sessions that share a day, or whose rules count hours, have to do with each
other's clocks. Such a cluster is settled by itself, exactly; every other session takes
the cheapest start of its day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from scheduler.planning.graph import CourseGraph, Pair
from scheduler.planning.relations import Domain, Option

# Sessions and their days, in the order of their keys.
Cluster = tuple[tuple[str, int], ...]
Settled = tuple[int, tuple[Option, ...]]


class SearchTooLong(Exception):
    """The search gave up: it has neither a plan nor a proof that there is none."""


# A day on which the patient comes five times has some thousand ways to lie.
MOST_TRIES = 200_000


@dataclass
class Clocks:
    """Settles clusters, each once."""

    graph: CourseGraph
    domains: Mapping[str, Domain]
    _known: dict[Cluster, Settled | None] = field(default_factory=dict)
    _tries: int = 0

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
        judges = self._judges(cluster)
        cheapest = self._all_cheapest(cluster, judges)
        if cheapest is not None:
            return 0, cheapest
        options = [self.domains[key].on(day) for key, day in cluster]
        firsts = [next(iter(some), None) for some in options]
        least = [first.cost for first in firsts if first is not None]
        if len(least) < len(options):
            return None
        best: Settled | None = None
        chosen: list[Option] = []

        def extend(so_far: int) -> None:
            nonlocal best
            number = len(chosen)
            if number == len(cluster):
                best = so_far, tuple(chosen)
                return
            for option in options[number]:
                cost = so_far + option.cost - least[number]
                if best is not None and cost >= best[0]:
                    break
                self._count()
                more = _judged(judges[number], chosen, option)
                if more is None or (best is not None and cost + more >= best[0]):
                    continue
                chosen.append(option)
                extend(cost + more)
                chosen.pop()

        extend(0)
        return best

    def _all_cheapest(
        self, cluster: Cluster, judges: Sequence[Sequence[tuple[int, Pair, bool]]]
    ) -> tuple[Option, ...] | None:
        """Return the cheapest start of each session's day, if no rule minds."""
        found = [self.domains[key].cheapest(day) for key, day in cluster]
        chosen = [option for option in found if option is not None]
        if len(chosen) == len(found) and all(
            _judged(judge, chosen, option) == 0
            for judge, option in zip(judges, chosen, strict=True)
        ):
            return tuple(chosen)
        return None

    def _judges(self, cluster: Cluster) -> list[list[tuple[int, Pair, bool]]]:
        """Return, for each session, the earlier ones of the cluster that bind it."""
        judges: list[list[tuple[int, Pair, bool]]] = [[] for _ in cluster]
        for (one, (first, day)), (other, (second, later)) in combinations(
            enumerate(cluster), 2
        ):
            pair = self.graph.pair(first, second)
            if pair is not None and pair.is_timed_at(first, day, later):
                judges[other].append((one, pair, pair.second == second))
        return judges

    def _count(self) -> None:
        self._tries += 1
        if self._tries > MOST_TRIES:
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


def _judged(
    judges: Sequence[tuple[int, Pair, bool]], chosen: Sequence[Option], option: Option
) -> int | None:
    total = 0
    for number, pair, is_second in judges:
        other = chosen[number]
        first, second = (other, option) if is_second else (option, other)
        timed = pair.at(second.day - first.day)[1]
        more = pair.by_clock(timed, first, second)
        if more is None:
            return None
        total += more
    return total
