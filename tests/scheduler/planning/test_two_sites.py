"""A course at two sites is placed at the optimum, and no rule is broken."""

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Plan
from tests.scheduler.planning.comparing import compared
from tests.scheduler.planning.cp_sat import ask
from tests.scheduler.planning.hard_rules import broken_rules
from tests.scheduler.planning.larger_clinics import LOADS, a_larger_problem
from tests.scheduler.planning.small_clinics import (
    a_problem,
    least_cost,
    ways_to_try,
    with_demands,
    with_protocol_rules,
)
from tests.scheduler.planning.two_sites import with_two_sites

MOST_WAYS = 20_000
SEEDS = (130, 134, 139)


def at_two_sites(seed: int) -> CourseProblem:
    """A small problem, sometimes with demands and sometimes with more rules."""
    random = Random(seed)
    problem = a_problem(random)
    if seed % 4 == 1:
        problem = with_demands(random, problem)
    if seed % 4 == 2:
        problem = with_protocol_rules(random, problem)
    return with_two_sites(random, problem, grids=(30, 60))


def answered(problem: CourseProblem) -> int | None:
    """The planner's cost, whose plan breaks no rule; None if it finds none."""
    found = find_plan(problem)
    if not isinstance(found, Plan):
        assert all(refusal.sentence for refusal in found.refusals)
        return None
    assert broken_rules(problem, found) == []
    return problem.objective.packed(found.cost)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
@example(0)
def test_a_course_at_two_sites_is_placed_as_well_as_trying_everything_does(
    seed: int,
) -> None:
    problem = at_two_sites(seed)

    if ways_to_try(problem) <= MOST_WAYS:
        assert answered(problem) == least_cost(problem)


def test_cp_sat_has_the_same_answer_to_courses_at_two_sites() -> None:
    answers = set()
    for seed in range(60):
        problem = at_two_sites(seed)
        if ways_to_try(problem) <= MOST_WAYS:
            proof = ask(problem)
            cost = proof.cost
            assert (cost and problem.objective.packed(cost)) == answered(problem)
            answers.add(proof.status)
    assert answers == {"plan", "none"}


@pytest.mark.parametrize("load", LOADS)
def test_whole_courses_at_two_sites_have_the_answer_that_cp_sat_proves(
    load: str,
) -> None:
    outcomes = set()
    for seed in SEEDS:
        problem = with_two_sites(Random(seed), a_larger_problem(seed, load), (15, 30))
        outcomes.add(compared(problem, seconds=60).outcome)

    assert outcomes <= {"feasible", "infeasible"}
