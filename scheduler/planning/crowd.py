"""Courses that share one calendar, and what is proposed for them: plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from courses.errors import Refusal
from scheduler.planning.calendar import PlannedClaim
from scheduler.planning.objective import Cost, Objective
from scheduler.planning.problem import CourseProblem, Plan, PlannedSession

Sums = tuple[int, ...]

# Wide enough for the sum of any term over all courses.
BITS_OF_A_SUM = 24


@dataclass(frozen=True)
class CourseToPlan:
    """One of the courses: what it needs, and what it holds until it has a plan.

    The problem's calendars are not looked at but for the times at which the patient is
    elsewhere. `now` is where its visits are that may move, `hit` are those of them that
    can't stay; a new course has none. A course that finds no plan stays as it is.
    """

    key: str
    problem: CourseProblem
    now: tuple[PlannedSession, ...] = ()
    hit: frozenset[str] = frozenset()

    @cached_property
    def standing(self) -> tuple[PlannedClaim, ...]:
        """Return what the course holds now."""
        return tuple(claim for session in self.now for claim in session.claims)

    @property
    def to_place(self) -> int:
        """Return how many visits go without a time as long as there is no plan."""
        return len(self.hit) or len(self.problem.visits) - len(self.problem.pinned)

    @property
    def urgency(self) -> tuple[bool, bool, str, str]:
        """Return the rank: begun before new, hard windows first, then who is next."""
        problem = self.problem
        about = self.hit or problem.visits.keys() - problem.pinned.keys()
        is_hard = any(
            session.step.is_hard
            for session in problem.course.sessions
            if session.key in about and session.step is not None
        )
        told = [told.placement.starts_at for told in problem.told.values()]
        first = min(told, default=problem.not_before).isoformat()
        return not problem.pinned, not is_hard, first, self.key


class Total(NamedTuple):
    """What a proposal costs: fewest visits without a time, then the terms in order."""

    visits: int
    courses: int
    terms: Sums


def total_of(
    courses: Sequence[CourseToPlan],
    plans: Sequence[Plan | None],
    objective: Objective,
) -> Total:
    """Return what these courses cost with these plans, or without one."""
    pairs = zip(courses, plans, strict=True)
    without = [course.to_place for course, plan in pairs if plan is None]
    costs = [plan.cost for plan in plans if plan is not None]
    terms = tuple(
        sum(getattr(cost, term) for cost in costs) for term in objective.order
    )
    return Total(sum(without), len(without), terms)


def weighed(total: Total) -> int:
    """Return the same as one number: the most important sum in the highest bits."""
    packed = 0
    for value in (total.visits, total.courses, *total.terms):
        packed = (packed << BITS_OF_A_SUM) + value
    return packed


@dataclass(frozen=True)
class Proposal:
    """New times for all courses that have a plan, and why the others have none.

    `steps` counts the tries it took. `is_best` says that no better one exists.
    """

    plans: Mapping[str, Plan]
    unplaced: Mapping[str, tuple[Refusal, ...]]
    total: Total
    cost: Cost
    steps: int = 0
    is_best: bool = False


def claims_of(plan: Plan) -> list[PlannedClaim]:
    """Return everything that a plan claims."""
    return [claim for session in plan.sessions for claim in session.claims]
