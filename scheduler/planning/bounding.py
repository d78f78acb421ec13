"""What a partial plan will still cost at least.

What each session costs by itself, and the rules to the one that it hangs on, are
counted exactly, from the leaves of the tree to its roots; the other rules are left
aside. So no plan is ever cheaper than its bound. Only days that somebody asks about
are worked out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush

from scheduler.planning.foreseeing import Foreseen
from scheduler.planning.free_time import set_bits
from scheduler.planning.ranked import Ranked
from scheduler.planning.relations import Domain
from scheduler.planning.routes import Branch, Routes

_Known = dict[str, dict[int, int | None]]


_NEVER: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Trips:
    """What one more trip costs, and on which days a session's is made anyway."""

    cost: int
    made_anyway: Mapping[str, frozenset[int]]

    def made(self, key: str) -> frozenset[int]:
        """Return the days on which the patient comes to the session's site anyway."""
        return self.made_anyway.get(key, _NEVER)


@dataclass
class Bounds:
    """Lower bounds for one way through the sessions.

    `feasible` has the days of each session on which all that hangs on it can be placed,
    `finish` what each day costs, and what is added, for those that the last hangs on.
    Bounds that share their `known` share what they found about equal branches. Those
    `beneath`, if given, are never higher than these.
    """

    routes: Routes
    domains: Mapping[str, Domain]
    trips: Trips
    feasible: Mapping[str, int]
    finish: Mapping[str, tuple[int, int]]
    known: dict[object, dict[int, int | None]] = field(default_factory=dict)
    beneath: "Bounds | None" = None
    # How many bits of costs are cut off to foresee them; None to do without.
    cut: int | None = None
    # The least of each session that hangs on nothing; known once `least` is.
    least_of: dict[str, int] = field(init=False, default_factory=dict)
    _ordered: dict[str, Ranked[tuple[int, int]]] = field(
        init=False, default_factory=dict
    )
    _hanging: _Known = field(init=False, default_factory=dict)
    _ahead: _Known = field(init=False, default_factory=dict)
    _foreseen: Foreseen | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        alike: dict[str, object] = {}
        for key in self.routes.upward:
            below = (alike[branch.key] for branch in self.routes.branches[key])
            # The starts themselves, which so stay alive: a mere id may come again.
            alike[key] = (key, self.domains[key], *below)
            self._hanging[key] = self.known.setdefault(alike[key], {})
            for branch in self.routes.branches[key]:
                # Whom the clock of the one that it hangs on concerns, depends on that.
                beside = self.domains[key] if branch.timed else None
                ahead = "ahead", alike[branch.key], beside
                self._ahead[branch.key] = self.known.setdefault(ahead, {})
        if self.cut is not None:
            self._foreseen = Foreseen(self.routes, self.domains, self.cut)

    def hanging(self, key: str, day: int) -> int | None:
        """Return what a session and all that hangs on it cost at least, on a day."""
        known = self._hanging[key]
        if day not in known:
            known[day] = self._below(key, day)
        return known[day]

    def _below(self, key: str, day: int) -> int | None:
        if day < 0 or not self.feasible[key] >> day & 1:
            return None
        option = self.domains[key].cheapest(day)
        if option is None:
            return None
        total = option.cost
        if self.routes.sharers.get(key) == () and day not in self.trips.made(key):
            total += self.trips.cost
        for branch in self.routes.branches[key]:
            ahead = self._seen(branch, day)
            if ahead is None:
                return None
            total += ahead
        return total

    def finish_from(self, key: str, day: int) -> int:
        """Return what the finish costs at least when a session is on a day.

        Rules off the tree may keep the last session further away than the tree does.
        """
        rate, base = self.finish.get(key, (0, 0))
        return rate * day + base

    def ahead(self, key: str, day: int) -> int:
        """Return what a session and all that hangs on it will cost at least.

        By a day, which must be possible, of the one that it hangs on.
        """
        found = self._ahead[key][day]
        if found is None:
            raise AssertionError("Nothing is ahead of an impossible day.")
        return found

    def _seen(self, branch: Branch, day: int) -> int | None:
        known = self._ahead[branch.key]
        if day not in known:
            best = self._best(branch, day)
            known[day] = None if best is None else best[0]
        return known[day]

    def _best(self, branch: Branch, day: int) -> tuple[int, int] | None:
        """Return the least cost of what hangs beside a day, and its own day."""
        best: tuple[int, int] | None = None
        for least, cost, gap in self._likely(branch, day):
            if best is not None and least >= best[0]:
                break
            below = self.hanging(branch.key, day + gap)
            if below is None or (best is not None and cost + below >= best[0]):
                continue
            clocks = self._by_clock(branch, day, day + gap) if branch.timed else 0
            if clocks is not None and (best is None or cost + below + clocks < best[0]):
                best = cost + below + clocks, day + gap
        return best

    def _likely(self, branch: Branch, day: int) -> Iterable[tuple[int, int, int]]:
        """Return the distances, the most promising first: the least, cost and gap."""
        if self._foreseen is not None:
            return self._foreseen.beside(branch, day)
        return ((cost, cost, gap) for gap, cost in branch.priced)

    def _by_clock(self, branch: Branch, day: int, others_day: int) -> int | None:
        """Return what their clocks cost at least; None if they can't be on these days.

        Starts may cost more by themselves if they are to suit each other; that is left
        aside, since others may ask the same of them.
        """
        pair = branch.timed
        if pair is None or not pair.is_timed_at(branch.parent, day, others_day):
            return 0
        mine = self.domains[branch.parent].reach(day)
        theirs = self.domains[branch.key].reach(others_day)
        if mine is None or theirs is None:
            return None
        if pair.first == branch.parent:
            return pair.least_by_clock(others_day - day, mine, theirs)
        return pair.least_by_clock(day - others_day, theirs, mine)

    def cheapest_beside(self, branch: Branch, day: int) -> int:
        """Return the best day of what hangs beside a possible day."""
        best = self._best(branch, day)
        if best is None:
            raise AssertionError("A session was left without a day.")
        return best[1]

    def firsts(self, key: str) -> Iterator[tuple[int, int]]:
        """Yield the days of a session that hangs on nothing, by their bound.

        No more of them are worked out than somebody asks for.
        """
        known: list[tuple[int, int]] = []
        for least, day in self._roughly(key):
            while known and known[0][0] <= least:
                yield heappop(known)
            cost = self.hanging(key, day)
            if cost is not None:
                heappush(known, (cost, day))
        while known:
            yield heappop(known)

    def _roughly(self, key: str) -> Iterator[tuple[int, int]]:
        """Yield the same days by a bound that is quickly found."""
        if self.beneath is not None:
            return iter(self.beneath.ordered(key))
        if self._foreseen is not None:
            return iter(
                sorted(
                    (max(least, self.finish_from(key, day)), day)
                    for least, day in self._foreseen.days(key)
                )
            )
        days = set_bits(self.feasible[key])
        return ((self.finish_from(key, day), day) for day in days)

    def ordered(self, key: str) -> "Ranked[tuple[int, int]]":
        """Return what `firsts` yields, for several to look at."""
        if key not in self._ordered:
            self._ordered[key] = Ranked(self.firsts(key))
        return self._ordered[key]

    @cached_property
    def least(self) -> int | None:
        """Return a cost that no plan is below, or None when there is no plan."""
        for key in self.routes.roots:
            first = next(iter(self.ordered(key)), None)
            if first is None:
                return None
            self.least_of[key] = first[0]
        return sum(self.least_of.values())


def feasible_days(
    routes: Routes, domains: Mapping[str, Domain]
) -> dict[str, int] | None:
    """Return the days of each session on which all that hangs on it has some day.

    None when a session is left without any.
    """
    feasible = {key: domains[key].days for key in routes.upward}
    for key in routes.upward:
        for branch in routes.branches[key]:
            feasible[key] &= _beside(feasible[branch.key], branch.stretches)
        if not feasible[key]:
            return None
    return feasible


def _beside(days: int, stretches: Sequence[tuple[int, int]]) -> int:
    """Return the days from which some of these days lies at an allowed distance."""
    found = 0
    for least, most in stretches:
        reach = _smeared(days, most - least + 1)
        found |= reach >> most if most >= 0 else reach << -most
    return found


def _smeared(days: int, count: int) -> int:
    """Return all days from each of these on, so many in a row."""
    have = 1
    while have < count:
        step = min(have, count - have)
        days |= days << step
        have += step
    return days
