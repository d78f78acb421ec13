"""The planner's answer beside the one that CP-SAT proves, for one generated problem."""

import time
from dataclasses import dataclass

from scheduler.planning.checker import PlanIsWrong
from scheduler.planning.objective import Cost
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Plan
from tests.scheduler.planning.cp_sat import Answer, ask

GAVE_UP = "plan.search_too_long"


@dataclass(frozen=True)
class Compared:
    """Both answers to one problem; `cost` is None where the planner has no plan."""

    cost: Cost | None
    # Why there is no plan; empty when there is one.
    rule: str
    planner_seconds: float
    proof: Answer

    @property
    def outcome(self) -> str:
        """One word for how the two answers stand to each other."""
        if self.rule == GAVE_UP:
            # No answer contradicts nothing, but it is no answer either.
            return "gave up"
        if self.proof.status == "unproven":
            return "unproven"
        if self.cost != self.proof.cost:
            return "disagree"
        return "infeasible" if self.cost is None else "feasible"


def compared(problem: CourseProblem, *, seconds: float) -> Compared:
    """Return what both say; CP-SAT has so many seconds for its proof."""
    began = time.perf_counter()
    cost, rule = _planned(problem)
    took = time.perf_counter() - began
    return Compared(cost, rule, took, ask(problem, seconds=seconds))


def _planned(problem: CourseProblem) -> tuple[Cost | None, str]:
    try:
        found = find_plan(problem)
    except PlanIsWrong as fault:
        return None, f"wrong plan: {fault}"
    if isinstance(found, Plan):
        return found.cost, ""
    return None, found.refusals[0].rule
