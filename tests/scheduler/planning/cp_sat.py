"""The planner's question, solved and proven by OR-Tools CP-SAT.

The terms of the objective are settled one group after another, in their order: each
group's least sum is proven and then kept. Without a proof the answer is "unproven".
"""

import time
from dataclasses import dataclass
from typing import Literal

from ortools.sat.python import cp_model

from scheduler.planning.objective import Cost
from scheduler.planning.problem import CourseProblem
from tests.scheduler.planning.course_model import CourseModel, NothingFits, total
from tests.scheduler.planning.possible_starts import PossibleStarts
from tests.scheduler.planning.rule_constraints import add_rules

# Terms are weighed against each other in one sum while it stays below this.
LARGEST_SUM = 1 << 22


@dataclass(frozen=True)
class Answer:
    """What CP-SAT found: the cost of the best plan, or the proof that there is none."""

    status: Literal["plan", "none", "unproven"]
    cost: Cost | None
    seconds: float


class _NoProof(Exception):
    """The time was up."""


def ask(problem: CourseProblem, *, seconds: float = 60, workers: int = 1) -> Answer:
    """Return the proven answer, or that there was no proof in so many seconds."""
    began = time.perf_counter()
    deadline = began + seconds
    possible = PossibleStarts(problem)
    for slack in _slacks(problem):
        try:
            course = CourseModel(problem, possible, slack)
            add_rules(course)
            cost = _cheapest(course, deadline, workers)
        except NothingFits:
            continue
        except _NoProof:
            return Answer("unproven", None, time.perf_counter() - began)
        return Answer("plan", cost, time.perf_counter() - began)
    return Answer("none", None, time.perf_counter() - began)


def _slacks(problem: CourseProblem) -> list[int]:
    """No broken window is better than any, so that is asked first."""
    is_first = problem.objective.order[:2] == ("broken_windows", "days_outside")
    return sorted({0, problem.slack_days}) if is_first else [problem.slack_days]


def _cheapest(course: CourseModel, deadline: float, workers: int) -> Cost:
    """Return the least cost. Raises NothingFits or _NoProof."""
    found: dict[str, int] = {}
    model = course.model
    for group in _groups(course) or [[]]:
        weighed: cp_model.LinearExpr = total([])
        for term in group:
            weighed = weighed * (course.most(term) + 1) + course.sum(term)
        model.minimize(weighed)
        solver = _solved(model, deadline - time.perf_counter(), workers)
        for term in group:
            found[term] = int(solver.value(course.sum(term)))
            # What a group has settled is traded for nothing that follows.
            model.add(course.sum(term) == found[term])
        model.clear_hints()  # type: ignore[no-untyped-call]
        for index in range(len(model.proto.variables)):
            known = model.get_int_var_from_proto_index(index)
            model.add_hint(known, int(solver.value(known)))
    return Cost(**found)


def _groups(course: CourseModel) -> list[list[str]]:
    groups: list[list[str]] = []
    largest = 1
    for term, added in course.terms.items():
        if not added:
            continue
        largest *= course.most(term) + 1
        if largest > LARGEST_SUM or not groups:
            groups.append([])
            largest = course.most(term) + 1
        groups[-1].append(term)
    return groups


def _solved(model: cp_model.CpModel, seconds: float, workers: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    solver.parameters.num_workers = workers
    solver.parameters.cp_model_probing_level = 0
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        raise NothingFits
    if status != cp_model.OPTIMAL:
        raise _NoProof
    return solver
