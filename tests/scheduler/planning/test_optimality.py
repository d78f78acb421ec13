"""The planner finds exactly what trying everything finds, or that there is nothing."""

from random import Random

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scheduler.planning.planner import find_plan
from scheduler.planning.problem import NoPlan, Plan
from tests.scheduler.planning.small_clinics import (
    a_problem,
    least_cost,
    ways_to_try,
)

# Trying everything takes a second or two at most; one problem in twelve has more.
MOST_WAYS = 50_000


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
# Two sessions that wait for each other.
@example(10000202)
# Claims that outlast the patient's stay and could meet the next visit's.
@example(17)
def test_the_plan_is_the_optimum_and_no_plan_means_that_none_exists(seed: int) -> None:
    problem = a_problem(Random(seed))
    assume(ways_to_try(problem) <= MOST_WAYS)

    found = find_plan(problem)

    least = least_cost(problem)
    if least is None:
        assert isinstance(found, NoPlan)
        assert all(refusal.sentence for refusal in found.refusals)
    else:
        assert isinstance(found, Plan)
        assert problem.objective.packed(found.cost) == least
