"""What hangs on each day costs at least: a rough answer for all days at once.

Costs are packed in more than a hundred bits. Here their lowest bits are cut off, so
that a whole calendar of days is a few operations of numpy. No exact cost is below the
rough one, so only days that look promising need be worked out exactly.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from scheduler.planning.objective import BITS, Objective
from scheduler.planning.relations import Domain
from scheduler.planning.routes import Branch, Routes

Costs = NDArray[np.int64]

# The highest bits that are looked at.
KEPT = 56
# More than any cost, and little enough that some dozens can be summed up.
VERY_MUCH = 1 << 57
# What costs nothing as long as every soft rule is kept.
BROKEN = {"broken_windows", "days_outside"}


def flags_of(days: int, count: int) -> NDArray[np.bool_]:
    """Return days that are given as bits as an array of so many flags."""
    size = max((count + 7) // 8, 1)
    kept = days & ((1 << count) - 1)
    line = np.frombuffer(kept.to_bytes(size, "little"), np.uint8)
    return np.unpackbits(line, count=count, bitorder="little").view(bool)


def cut_of(objective: Objective, *, is_strict: bool, keeps: bool) -> int:
    """Return how many bits to cut off; when rules are kept, fewer are enough."""
    nothing = (BROKEN if is_strict else set()) | (
        {"other_therapist"} if is_strict and keeps else set()
    )
    order = list(objective.order)
    while order and order[0] in nothing:
        del order[0]
    return max(sum(BITS[term] for term in order) - KEPT, 0)


class Foreseen:
    """The rough costs of every session by day, what hangs on it included."""

    def __init__(
        self,
        routes: Routes,
        domains: Mapping[str, Domain],
        cut: int,
    ) -> None:
        self.cut = cut
        self._domains = domains
        self._branches = routes.branches
        self._lists: dict[str, list[int]] = {}
        self._costs: dict[str, Costs] = {}
        for key in routes.upward:
            self._costs[key] = self._hanging(key)

    def of(self, key: str) -> list[int]:
        """Return what the session and all that hangs on it cost, by its day."""
        if key not in self._lists:
            self._lists[key] = self._costs[key].tolist()
        return self._lists[key]

    def _hanging(self, key: str) -> Costs:
        total = self._domains[key].roughly(self.cut).copy()
        for branch in self._branches[key]:
            total += self._beside(branch, len(total))
        return np.minimum(total, VERY_MUCH, out=total)

    def _beside(self, branch: Branch, count: int) -> Costs:
        """Return the least cost of what hangs beside each day."""
        near = [gap for gap, _ in branch.priced]
        before, after = max(-min(near, default=0), 0), max(*near, 0, 0)
        line = np.full(before + count + after, VERY_MUCH)
        line[before : before + count] = self._costs[branch.key]
        best = np.full(count, VERY_MUCH)
        for gap, cost in branch.priced:
            begin = before + gap
            some = line[begin : begin + count]
            if cost >> self.cut:
                some = some + (cost >> self.cut)
            np.minimum(best, some, out=best)
        return best

    def beside(self, branch: Branch, day: int) -> list[tuple[int, int, int]]:
        """Return the distances, the most promising first: what is known, cost, gap."""
        costs, cut = self.of(branch.key), self.cut
        count = len(costs)
        found = [
            (costs[day + gap] + (cost >> cut) << cut, cost, gap)
            for gap, cost in branch.priced
            if 0 <= day + gap < count
        ]
        found.sort()
        return found

    def days(self, key: str) -> Iterator[tuple[int, int]]:
        """Yield the days of a session, each with its rough cost in full length."""
        for day, cost in enumerate(self.of(key)):
            if cost < VERY_MUCH:
                yield cost << self.cut, day
