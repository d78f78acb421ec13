"""Which courses should give back their times and be planned again together.

The course that is to gain comes first, with those that hold what it would rather have;
or courses that meet on the same days at the same people and rooms, in some order.
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
MOST_TOGETHER = 4
# So many tries in a row that were all made before mean that nothing is left to try.
ENOUGH = 200


class Courses(Protocol):
    """What this needs to know of the courses that are being repaired."""

    shared: SharedCalendars

    def alone(self, key: str) -> Plan | None: ...
    def loss(self, key: str) -> int: ...
    def know_alone(self, key: str) -> None: ...
    def discontent(self) -> list[str]: ...
    def planned_anew(
        self, order: Sequence[str], barred: "dict[str, tuple[PlannedClaim, ...]]"
    ) -> bool: ...


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
        held = {other: self.courses.shared.taken_by(other) for other in order}
        if self.courses.planned_anew(order, barred) and any(
            set(self.courses.shared.taken_by(other)) != set(claims)
            for other, claims in held.items()
        ):
            self._tried.clear()

    def _chosen(self) -> str:
        """Return one of those that could gain: of two at random who loses more."""
        some = self.courses.discontent()
        two = self.random.choice(some), self.random.choice(some)
        return max(two, key=self.courses.loss)

    def _exchange(
        self, key: str
    ) -> tuple[list[str], dict[str, tuple[PlannedClaim, ...]]]:
        """Return whom to plan again, in which order, and what somebody may not take."""
        alone = self.courses.alone(key)
        wanted = _claims(alone)
        holders = sorted(self.courses.shared.in_the_way(wanted) - {key})
        way = self.random.random()
        if way < 0.5 or not holders:
            others = holders or self._near(key, wanted)
            return [key, *self._some(others)], {}
        if way < 0.75:
            group = [key, *self._some(sorted({*holders, *self._near(key, wanted)}))]
            self.random.shuffle(group)
            return group, {}
        # Let one holder take its second best, and only then the others.
        first = self.random.choice(holders)
        held = self.courses.shared.taken_by(first)
        contested = [c for c in held if any(clash(c, other) for other in wanted)]
        rest = [other for other in self._some(holders) if other != first]
        return [first, key, *rest], {first: (self.random.choice(contested),)}

    def _some(self, others: list[str]) -> list[str]:
        most = self.random.randint(1, MOST_TOGETHER - 1)
        return self.random.sample(others, min(most, len(others)))

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
