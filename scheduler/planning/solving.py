"""The best plan of one course beside others, asked again and again.

The same course is planned many times on nearly the same calendar. What it was told
before it is told again as long as nothing that could serve it is taken otherwise.
Plans are checked once somebody wants to keep them, and reasons are looked for when
somebody wants to read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from courses.errors import Refusal
from scheduler.planning.checker import check_plan
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.crowd import CourseToPlan
from scheduler.planning.planner import find_plan, unchecked_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.sharing import Claims, Row, SharedCalendars
from scheduler.planning.staffing import candidates_for

# A course, and what is taken of each resource that could serve it.
_Asked = tuple[str, tuple[tuple[Row, ...], ...]]

# So many answers are kept in mind; then the search begins to remember afresh.
MOST_KEPT = 2000


@dataclass
class _Answer:
    """A plan, or that none costs less than `below`: None means that there is none."""

    plan: Plan | None
    below: int | None
    is_checked: bool = False


class Solving:
    """Plans courses beside what is taken of the calendars that they share."""

    def __init__(self, shared: SharedCalendars) -> None:
        self.shared = shared
        # Whether it isn't known of some course that it has no better plan.
        self.gave_up = False
        self._nothing_taken = SharedCalendars(shared.calendars)
        self._answers: dict[_Asked, _Answer] = {}
        self._reasons: dict[_Asked, tuple[Refusal, ...]] = {}
        self._serving: dict[str, Sequence[UUID]] = {}
        # The last plan of each course, and what it is the best plan of.
        self._made: dict[str, tuple[_Answer, CourseProblem]] = {}
        # Plans that nobody has asked for yet, as they were found.
        self._fresh: list[tuple[CourseToPlan, Plan]] = []

    def best(
        self, course: CourseToPlan, barred: Claims = (), below: int | None = None
    ) -> Plan | None:
        """Return the course's best plan beside what is taken, if it costs less."""
        problem = self._beside(course, self.shared, barred)
        asked = course.key, self.shared.taken_of(self._able(course), barred)
        answer = self._answers.get(asked)
        if answer is None or not _is_known(answer, below):
            answer = _Answer(self._plan(problem, below), below)
            if len(self._answers) >= MOST_KEPT:
                self._answers.clear()
            self._answers[asked] = answer
            if answer.plan is not None:
                self._fresh.append((course, answer.plan))
        if answer.plan is None or not _costs_less(answer.plan, course, below):
            return None
        self._made[course.key] = answer, problem
        return answer.plan

    def fresh(self) -> list[tuple[CourseToPlan, Plan]]:
        """Return the plans that were found since this was asked before."""
        found, self._fresh = self._fresh, []
        return found

    def alone(self, course: CourseToPlan) -> Plan | None:
        """Return the course's best plan if it has the calendars to itself."""
        problem = self._beside(course, self._nothing_taken)
        plan = self._plan(problem)
        if plan is not None:
            check_plan(problem, plan)
        return plan

    def _plan(self, problem: CourseProblem, below: int | None = None) -> Plan | None:
        try:
            return unchecked_plan(problem, below=below)
        except SearchTooLong:
            self.gave_up = True
            return None

    def check(self, course: CourseToPlan) -> None:
        """Raise PlanIsWrong unless the last plan of the course keeps all rules."""
        answer, problem = self._made[course.key]
        if answer.plan is not None and not answer.is_checked:
            check_plan(problem, answer.plan)
            answer.is_checked = True

    def check_beside(self, course: CourseToPlan, plan: Plan) -> None:
        """Raise PlanIsWrong unless the plan keeps all rules beside what is taken."""
        check_plan(self._beside(course, self.shared), plan)

    def reasons(self, course: CourseToPlan, *, alone: bool) -> tuple[Refusal, ...]:
        """Return why the course has no plan: beside the others, or even by itself."""
        shared = self._nothing_taken if alone else self.shared
        asked = course.key, shared.taken_of(self._able(course))
        if asked not in self._reasons:
            found = find_plan(self._beside(course, shared))
            self._reasons[asked] = found.refusals if isinstance(found, NoPlan) else ()
        return self._reasons[asked]

    def _able(self, course: CourseToPlan) -> Sequence[UUID]:
        """Return all that could serve any visit of the course."""
        if course.key not in self._serving:
            problem, calendars = course.problem, self.shared.calendars
            visits = problem.visits.values()
            needed = {(visit.needs, visit.site): visit for visit in visits}
            able = {
                resource.resource_id
                for visit in needed.values()
                for _, needs in visit.parties
                for resource in candidates_for(calendars.at(visit.site), needs)
            }
            self._serving[course.key] = sorted(able)
        return self._serving[course.key]

    def _beside(
        self, course: CourseToPlan, shared: SharedCalendars, barred: Claims = ()
    ) -> CourseProblem:
        busy = course.problem.calendars.patient_busy
        return replace(course.problem, calendars=shared.free_for(busy, barred))


def _is_known(answer: _Answer, below: int | None) -> bool:
    if answer.plan is not None or answer.below is None:
        return True
    return below is not None and below <= answer.below


def _costs_less(plan: Plan, course: CourseToPlan, below: int | None) -> bool:
    return below is None or course.problem.objective.packed(plan.cost) < below
