"""Which courses should give back their times and be planned again together.

The course that is to gain comes first, with those that hold what it would rather have;
or courses that meet on the same days at the same people and rooms, in some order; or
courses whose patients have to be told another time, which leave each other the visits
that stay where they were told.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from random import Random
from typing import Protocol
from uuid import UUID

from scheduler.planning.calendar import PlannedClaim
from scheduler.planning.problem import Plan
from scheduler.planning.sharing import SharedCalendars, clash

# No more courses are planned anew together: each more multiplies their orders.
MOST_TOGETHER = 3
# More if the visits that stay are left alone.
MOST_MOVERS = 5
# So many tries in a row that were all made before mean that nothing is left to try.
ENOUGH = 200

Barred = dict[str, tuple[PlannedClaim, ...]]


class Courses(Protocol):
    """What this needs to know of the courses that are being repaired."""

    shared: SharedCalendars

    def alone(self, key: str) -> Plan | None: ...
    def loss(self, key: str) -> int: ...
    def know_alone(self, key: str) -> None: ...
    def discontent(self) -> list[str]: ...
    def staying(self, key: str) -> tuple[PlannedClaim, ...]: ...
    def moves_any(self, key: str) -> bool: ...
    def planned_anew(self, order: Sequence[str], barred: Barred) -> bool: ...


class Improving:
    """Tries one exchange of times after another, each at most once between gains."""

    def __init__(self, courses: Courses, random: Random) -> None:
        self.courses = courses
        self.random = random
        self._tried: set[tuple[tuple[str, ...], tuple[PlannedClaim, ...]]] = set()
        self._in_vain = 0

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to try."""
        return self._in_vain >= ENOUGH

    def begin_again(self) -> None:
        """Forget what was tried: the courses lie otherwise now."""
        self._tried.clear()
        self._in_vain = 0

    def step(self) -> None:
        """Let one course gain at the cost of others, if all together gain by it."""
        key = self._chosen()
        if self.courses.alone(key) is None:
            self.courses.know_alone(key)
            if key not in self.courses.discontent():
                return
        order, barred = self._exchange(key)
        attempt = tuple(order), tuple(c for some in barred.values() for c in some)
        if attempt in self._tried:
            self._in_vain += 1
            return
        self._in_vain = 0
        self._tried.add(attempt)
        if self.courses.planned_anew(order, barred):
            self.begin_again()

    def _chosen(self) -> str:
        """Return one of those that could gain: of two at random who loses more."""
        some = self.courses.discontent()
        two = self.random.choice(some), self.random.choice(some)
        return max(two, key=self.courses.loss)

    def _exchange(self, key: str) -> tuple[list[str], Barred]:
        """Return whom to plan again, in which order, and what somebody may not take."""
        wanted = _claims(self.courses.alone(key))
        near = self._near(key, wanted)
        movers = [other for other in near if self.courses.moves_any(other)]
        if movers and self.random.random() < 0.5:
            return self._among_movers(key, movers)
        holders = sorted(self.courses.shared.in_the_way(wanted) - {key})
        way = self.random.random()
        if way < 0.5 or not holders:
            return [key, *self._some(holders or near)], {}
        if way < 0.75:
            group = [key, *self._some(sorted({*holders, *near}))]
            self.random.shuffle(group)
            return group, {}
        return self._after_second_best(key, holders, wanted)

    def _among_movers(self, key: str, movers: list[str]) -> tuple[list[str], Barred]:
        """Let them share anew what they took besides the visits that stay."""
        group = [key, *self._some(movers, MOST_MOVERS - 1)]
        self.random.shuffle(group)
        staying = {one: self.courses.staying(one) for one in group}
        return group, {
            one: tuple(c for other in group if other != one for c in staying[other])
            for one in group
        }

    def _after_second_best(
        self, key: str, holders: list[str], wanted: list[PlannedClaim]
    ) -> tuple[list[str], Barred]:
        """Let one holder take its second best, and only then the others."""
        first = self.random.choice(holders)
        held = self.courses.shared.taken_by(first)
        contested = [c for c in held if any(clash(c, other) for other in wanted)]
        rest = [other for other in self._some(holders) if other != first]
        return [first, key, *rest], {first: (self.random.choice(contested),)}

    def _some(self, others: list[str], most: int = MOST_TOGETHER - 1) -> list[str]:
        count = self.random.randint(1, most)
        return self.random.sample(others, min(count, len(others)))

    def _near(self, key: str, wanted: Iterable[PlannedClaim]) -> list[str]:
        """Return who holds something of the same resource on the same day."""
        shared = self.courses.shared
        mine = _places([*wanted, *shared.taken_by(key)])
        return [
            other
            for other in shared.holders()
            if other != key and not mine.isdisjoint(_places(shared.taken_by(other)))
        ]


def _claims(plan: Plan | None) -> list[PlannedClaim]:
    sessions = () if plan is None else plan.sessions
    return [claim for session in sessions for claim in session.claims]


def _places(claims: Iterable[PlannedClaim]) -> set[tuple[UUID, date]]:
    return {(claim.resource_id, claim.starts_at.date()) for claim in claims}
