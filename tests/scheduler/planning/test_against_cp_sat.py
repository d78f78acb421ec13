"""On clinics of real size the planner finds exactly what a constraint solver proves."""

from random import Random

import pytest

from tests.scheduler.planning.comparing import compared
from tests.scheduler.planning.cp_sat import ask
from tests.scheduler.planning.larger_clinics import LOADS, a_larger_problem
from tests.scheduler.planning.small_clinics import (
    a_problem,
    least_cost,
    ways_to_try,
    with_demands,
    with_protocol_rules,
)

SEEDS = (130, 131, 133, 134, 135, 139)


@pytest.mark.parametrize("load", LOADS)
def test_the_planner_and_cp_sat_have_the_same_answer_to_whole_courses(
    load: str,
) -> None:
    answers = [compared(a_larger_problem(seed, load), seconds=60) for seed in SEEDS]

    assert {answer.proof.status for answer in answers} == {"plan", "none"}
    assert {answer.outcome for answer in answers} == {"feasible", "infeasible"}


def test_cp_sat_itself_has_the_same_answer_as_trying_everything() -> None:
    answers = set()
    for seed in range(60):
        random = Random(seed)
        problem = a_problem(random)
        if seed % 2:
            problem = with_demands(random, problem)
        if seed % 3:
            problem = with_protocol_rules(random, problem)
        if ways_to_try(problem) <= 5_000:
            answer = ask(problem)
            cost = answer.cost
            assert (cost and problem.objective.packed(cost)) == least_cost(problem)
            answers.add(answer.status)
    assert answers == {"plan", "none"}
