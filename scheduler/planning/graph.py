"""A course as a graph: who constrains whom, in which order to place them.

All differences in days that the rules allow are closed under "if A to B and B to C",
which gives every session its range of days and shows which rules can never bind.
The fewer do, the fewer earlier choices the search has to remember.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from scheduler.planning.relations import (
    FAR,
    Apart,
    Clear,
    Gaps,
    InOrder,
    NotTogether,
    Option,
    Reach,
    Relation,
)

ORIGIN = ""


class Rule(NamedTuple):
    """A rule that sees the clock, as a session looks at one that has its start."""

    relation: Relation
    # Whether the session is the second of the relation.
    is_second: bool

    def cost(self, other: Option, option: Option) -> int | None:
        """Return what this start costs beside the other, or None if forbidden."""
        if self.is_second:
            return self.relation.by_clock(other, option)
        return self.relation.by_clock(option, other)

    def clear_of(self, other: Option) -> Clear | None:
        """Return where the rule leaves a start free, if it only forbids."""
        return self.relation.clear_of(other, is_second=self.is_second)


class Pair:
    """Everything that binds two sessions, judged at once."""

    def __init__(self, first: str, second: str, relations: Sequence[Relation]) -> None:
        self.first = first
        self.second = second
        self.relations = tuple(relations)
        self._known: dict[int, tuple[int | None, tuple[Relation, ...]]] = {}

    def by_day(self, gap: int) -> int | None:
        """Judge the days from the first to the second, the clock left aside."""
        return self.at(gap)[0]

    def at(self, gap: int) -> tuple[int | None, tuple[Relation, ...]]:
        """Return what the days alone cost, and the relations that see the clock."""
        if gap not in self._known:
            self._known[gap] = self._judged(gap)
        return self._known[gap]

    def judge(self, first: Option, second: Option) -> int | None:
        """Return the packed cost of this pair of starts, or None if forbidden."""
        cost, timed = self.at(second[0] - first[0])
        if cost is None:
            return None
        more = self.by_clock(timed, first, second)
        return None if more is None else cost + more

    def by_clock(
        self, timed: tuple[Relation, ...], first: Option, second: Option
    ) -> int | None:
        """Judge what the days alone don't tell, by the relations that look at it."""
        cost = 0
        for relation in timed:
            more = (
                relation.by_clock(first, second)
                if relation.first == self.first
                else relation.by_clock(second, first)
            )
            if more is None:
                return None
            cost += more
        return cost

    def least_by_clock(self, gap: int, first: Reach, second: Reach) -> int | None:
        """Return what the clocks cost at least at this distance in days.

        None if no starts in reach are allowed.
        """
        total = 0
        for relation in self.at(gap)[1]:
            turned = relation.first != self.first
            more = (
                relation.least_by_clock(second, first)
                if turned
                else relation.least_by_clock(first, second)
            )
            if more is None:
                return None
            total += more
        return total

    def rules_of(self, key: str, gap: int) -> tuple[Rule, ...]:
        """Return what sees the clock, as one of the two looks at the other.

        `gap` is the days from the first to the second.
        """
        return tuple(Rule(rule, rule.second == key) for rule in self.at(gap)[1])

    def is_timed_at(self, one: str, day: int, others_day: int) -> bool:
        """Tell whether the clock matters when `one` and the other are on these days."""
        gap = others_day - day if one == self.first else day - others_day
        return bool(self.at(gap)[1])

    def is_timed(self, gaps: Gaps) -> bool:
        """Tell whether the clock matters somewhere in this range of days."""
        return any(
            relation.is_timed(self._turned(relation, gaps))
            for relation in self.relations
        )

    def _turned(self, relation: Relation, gaps: Gaps) -> Gaps:
        if relation.first == self.first:
            return gaps
        return Gaps(-gaps.most, -gaps.least)

    def _judged(self, gap: int) -> tuple[int | None, tuple[Relation, ...]]:
        total = 0
        timed: list[Relation] = []
        for relation in self.relations:
            mine = gap if relation.first == self.first else -gap
            cost = relation.by_day(mine)
            if cost is None:
                return None, ()
            total += cost
            if relation.is_timed(Gaps(mine, mine)):
                timed.append(relation)
        return total, tuple(timed)


class CourseGraph:
    """Sessions to place and pinned ones, with their pairs and ranges of days."""

    def __init__(
        self,
        *,
        free: Sequence[str],
        pinned: Mapping[str, int],
        bounds: Mapping[str, Gaps],
        relations: Iterable[Relation],
        doses: Collection[str] = (),
    ) -> None:
        self.free = tuple(free)
        self.doses = frozenset(doses)
        self.pinned = pinned
        self._relations = tuple(relations)
        self._distance = _closure([*free, *pinned], self._bounds(bounds))
        self.is_contradictory = any(
            self._distance[key][key] < 0 for key in self._distance
        )
        self.pairs = {} if self.is_contradictory else self._paired()
        self._near: dict[str, dict[str, Pair]] = {}
        for pair in self.pairs.values():
            self._near.setdefault(pair.first, {})[pair.second] = pair
            self._near.setdefault(pair.second, {})[pair.first] = pair

    def _bounds(self, bounds: Mapping[str, Gaps]) -> Iterator[tuple[str, str, Gaps]]:
        for relation in self._relations:
            yield relation.first, relation.second, relation.gaps()
        for key, days in bounds.items():
            yield ORIGIN, key, days
        for key, day in self.pinned.items():
            yield ORIGIN, key, Gaps(day, day)

    def gaps(self, first: str, second: str) -> Gaps:
        """Return how many days the second may lie after the first."""
        return Gaps(-self._distance[second][first], self._distance[first][second])

    def days(self, key: str) -> Gaps:
        """Return the range of days that the rules leave a session."""
        return self.gaps(ORIGIN, key)

    def _paired(self) -> dict[tuple[str, str], Pair]:
        found: dict[tuple[str, str], list[Relation]] = {}
        position = {key: n for n, key in enumerate((*self.pinned, *self.free))}
        for relation in self._relations:
            first, second = relation.first, relation.second
            if first in self.pinned and second in self.pinned:
                continue
            if relation.binds(self.gaps(first, second)):
                if position[first] > position[second]:
                    first, second = second, first
                found.setdefault((first, second), []).append(relation)
        return {ends: Pair(*ends, _needed(found[ends])) for ends in found}

    def pair(self, one: str, other: str) -> Pair | None:
        """Return what binds the two, in whatever order, if anything does."""
        return self.pairs.get((one, other)) or self.pairs.get((other, one))

    def neighbors(self, key: str) -> dict[str, Pair]:
        """Return the sessions that bind this one, with their pairs."""
        return self._near.get(key, {})

    def may_share_day(self, one: str, other: str) -> bool:
        """Tell whether the two can be on one day."""
        gaps = self.gaps(one, other)
        pair = self.pair(one, other)
        return gaps.least <= 0 <= gaps.most and not (
            pair and any(isinstance(rule, NotTogether) for rule in pair.relations)
        )


def _needed(relations: list[Relation]) -> list[Relation]:
    if any(isinstance(relation, InOrder) for relation in relations):
        # One after the other is never at the same time.
        return [
            rule
            for rule in relations
            if not isinstance(rule, Apart) or rule.first_tail or rule.second_tail
        ]
    return relations


def _closure(
    keys: Sequence[str], bounds: Iterable[tuple[str, str, Gaps]]
) -> dict[str, dict[str, int]]:
    nodes = [ORIGIN, *keys]
    place = {node: number for number, node in enumerate(nodes)}
    most = np.full((len(nodes), len(nodes)), FAR, dtype=np.int64)
    np.fill_diagonal(most, 0)
    for first, second, gaps in bounds:
        one, other = place[first], place[second]
        most[one, other] = min(most[one, other], gaps.most)
        most[other, one] = min(most[other, one], -gaps.least)
    for middle in range(len(nodes)):
        through = most[:, middle, None] + most[None, middle, :]
        np.minimum(most, through, out=most)
    # What passes through nothing that is bounded stays unbounded.
    most[most > FAR // 2] = FAR
    return {
        node: dict(zip(nodes, row, strict=True))
        for node, row in zip(nodes, most.tolist(), strict=True)
    }
