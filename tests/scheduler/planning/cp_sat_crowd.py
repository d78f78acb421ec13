"""The question of a repair, asked of OR-Tools CP-SAT: times for all of these courses.

Only plans that place every course are looked for. Where there is one, the terms are
settled one group after another, as for a single course, and each is the sum over all
courses. Without a proof the best that was found is the answer.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ortools.sat.python import cp_model

from scheduler.planning.calendar import Calendars
from scheduler.planning.crowd import CourseToPlan
from scheduler.planning.problem import Plan
from tests.scheduler.planning.course_model import Expr, total
from tests.scheduler.planning.crowd_model import MemberModel, Shared
from tests.scheduler.planning.crowds import alone_in
from tests.scheduler.planning.rule_constraints import add_rules

# Terms are weighed against each other in one sum while it stays below this.
LARGEST_SUM = 1 << 40


@dataclass(frozen=True)
class CrowdAnswer:
    """The sums of the terms in their order, and whether they are proven the least."""

    status: Literal["proven", "found", "none", "unknown"]
    terms: tuple[int, ...] = ()
    # Without how long it took to build the model.
    seconds: float = 0


class CrowdModel:
    """All courses in one model. Raises NothingFits where one has no plan at all."""

    def __init__(
        self,
        courses: Sequence[CourseToPlan],
        calendars: Calendars,
        *,
        keeps_windows: bool,
        fixed: Mapping[str, Plan] | None = None,
    ) -> None:
        self.shared = Shared()
        self.order = courses[0].problem.objective.order
        self.members: list[MemberModel] = []
        for course in courses:
            problem = alone_in(course.problem, calendars)
            slack = 0 if keeps_windows else problem.slack_days
            member = MemberModel(problem, slack, self.shared)
            add_rules(member)
            self.members.append(member)
            for session in fixed[course.key].sessions if fixed else ():
                at = member.clock.floor(session.starts_at)
                self.shared.model.add(member.placed[session.key].start == at)
        self.shared.keep_apart()

    def sum(self, term: str) -> Expr:
        """The term over all courses."""
        return total(member.sum(term) for member in self.members)

    def most(self, term: str) -> int:
        """The most that it can be."""
        return sum(member.most(term) for member in self.members)


def ask_for_all(
    crowd: CrowdModel, *, seconds: float = 60, workers: int = 1
) -> CrowdAnswer:
    """Return the best times for all courses that were found in so many seconds."""
    began = time.perf_counter()
    found: dict[str, int] = {}
    groups = _groups(crowd) or [[]]
    is_proven = True
    for group in groups:
        left = seconds - (time.perf_counter() - began)
        # What ranks highest gets the most time, what is left goes to the rest.
        share = left if group is groups[-1] else left * 0.75
        solver, status = _solved(crowd, group, share, workers)
        if status == cp_model.INFEASIBLE:
            return CrowdAnswer("none", seconds=time.perf_counter() - began)
        is_proven &= status == cp_model.OPTIMAL
        if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            found = {t: int(solver.value(crowd.sum(t))) for t in crowd.order}
            _go_on_from(crowd, group, solver)
    status_told: Literal["proven", "found", "unknown"] = (
        "proven" if is_proven else "found" if found else "unknown"
    )
    terms = tuple(found[term] for term in crowd.order) if found else ()
    return CrowdAnswer(status_told, terms, time.perf_counter() - began)


def _solved(
    crowd: CrowdModel, group: Sequence[str], seconds: float, workers: int
) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    weighed: Expr = total([])
    for term in group:
        weighed = weighed * (crowd.most(term) + 1) + crowd.sum(term)
    crowd.shared.model.minimize(weighed)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    solver.parameters.num_workers = workers
    return solver, solver.solve(crowd.shared.model)


def _go_on_from(
    crowd: CrowdModel, group: Sequence[str], solver: cp_model.CpSolver
) -> None:
    """What the group has reached is traded for nothing that follows."""
    model = crowd.shared.model
    for term in group:
        model.add(crowd.sum(term) <= int(solver.value(crowd.sum(term))))
    model.clear_hints()  # type: ignore[no-untyped-call]
    for index in range(len(model.proto.variables)):
        known = model.get_int_var_from_proto_index(index)
        model.add_hint(known, int(solver.value(known)))


def _groups(crowd: CrowdModel) -> list[list[str]]:
    groups: list[list[str]] = []
    largest = 1
    for term in crowd.order:
        if not crowd.most(term):
            continue
        largest *= crowd.most(term) + 1
        if largest > LARGEST_SUM or not groups:
            groups.append([])
            largest = crowd.most(term) + 1
        groups[-1].append(term)
    return groups
