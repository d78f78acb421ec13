"""The checker finds what is wrong with a plan, whoever made it."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from scheduler.planning.checker import PlanIsWrong, check_plan
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Plan
from tests.scheduler.planning.small_clinics import a_problem

HOUR = timedelta(hours=1)


@pytest.fixture
def made() -> tuple[CourseProblem, Plan]:
    for seed in range(1000):
        problem = a_problem(Random(seed))
        plan = find_plan(problem)
        if (
            isinstance(plan, Plan)
            and len(plan.sessions) > 1
            and plan.sessions[0].claims
        ):
            return problem, plan
    raise AssertionError("No seed gives a plan.")


def test_a_plan_of_the_planner_passes(made: tuple[CourseProblem, Plan]) -> None:
    check_plan(*made)


def test_a_missing_session_is_found(made: tuple[CourseProblem, Plan]) -> None:
    problem, plan = made
    with pytest.raises(PlanIsWrong, match="not every session"):
        check_plan(problem, replace(plan, sessions=plan.sessions[1:]))


def test_missing_claims_are_found(made: tuple[CourseProblem, Plan]) -> None:
    problem, plan = made
    bare = replace(plan.sessions[0], claims=())
    with pytest.raises(PlanIsWrong):
        check_plan(problem, replace(plan, sessions=(bare, *plan.sessions[1:])))


def test_another_time_than_its_claims_is_found(
    made: tuple[CourseProblem, Plan],
) -> None:
    problem, plan = made
    first = plan.sessions[0]
    moved = replace(
        first, starts_at=first.starts_at + HOUR, ends_at=first.ends_at + HOUR
    )
    with pytest.raises(PlanIsWrong, match="claims something else"):
        check_plan(problem, replace(plan, sessions=(moved, *plan.sessions[1:])))


def test_a_closed_resource_is_found(made: tuple[CourseProblem, Plan]) -> None:
    problem, plan = made
    calendars = problem.calendars
    shut = tuple(replace(resource, open=()) for resource in calendars.resources)
    closed = replace(problem, calendars=replace(calendars, resources=shut))
    with pytest.raises(PlanIsWrong, match="isn't open"):
        check_plan(closed, plan)


def test_a_cost_that_is_not_what_the_plan_costs_is_found(
    made: tuple[CourseProblem, Plan],
) -> None:
    problem, plan = made
    cheaper = replace(plan.cost, minutes_into_day=plan.cost.minutes_into_day + 1)
    with pytest.raises(PlanIsWrong, match="the cost is"):
        check_plan(problem, replace(plan, cost=cheaper))
