"""On clinics of real size the planner finds exactly what a constraint solver proves."""

import pytest

from tests.scheduler.planning.comparing import compared
from tests.scheduler.planning.larger_clinics import LOADS, a_larger_problem

SEEDS = range(100, 108)


@pytest.mark.parametrize("load", LOADS)
def test_the_planner_and_cp_sat_have_the_same_answer_to_whole_courses(
    load: str,
) -> None:
    answers = [
        compared(a_larger_problem(seed, load), seconds=60) for seed in SEEDS
    ]

    assert {answer.proof.status for answer in answers} == {"plan", "none"}
    assert {answer.outcome for answer in answers} == {"feasible", "infeasible"}
