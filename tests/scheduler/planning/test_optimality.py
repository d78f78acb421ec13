"""The planner finds exactly what trying everything finds, or that there is nothing."""

from dataclasses import replace
from random import Random

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from tests.scheduler.planning.small_clinics import (
    a_problem,
    least_cost,
    ways_to_try,
    with_demands,
    with_protocol_rules,
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
    _find_the_optimum(a_problem(Random(seed)))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
# Windows that would let the therapy come before the dose that it belongs to.
@example(37)
@example(79)
# Several ways to place a group that a bound for the finish made look alike.
@example(8572735)
def test_therapy_is_planned_after_the_dose_that_it_belongs_to(seed: int) -> None:
    _find_the_optimum(_with_pairs(a_problem(Random(seed))))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_insisted_on_is_kept_and_what_was_told_moves_least(seed: int) -> None:
    random = Random(seed)
    _find_the_optimum(with_demands(random, a_problem(random)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_rules_that_only_some_protocols_have_are_kept_exactly(seed: int) -> None:
    random = Random(seed)
    _find_the_optimum(with_protocol_rules(random, a_problem(random)))


def _with_pairs(problem: CourseProblem) -> CourseProblem:
    """The same problem, with every session that is no dose paired with the last dose.

    The windows stay as they are, so some of these problems have no plan.
    """
    course, dose = problem.course, ""
    sessions = []
    for session in course.sessions:
        step = session.step
        if session.kind == "dosing":
            dose = step.code if step else ""
        elif step is not None:
            step = replace(step, pair_of=dose)
        sessions.append(replace(session, step=step))
    return replace(problem, course=replace(course, sessions=tuple(sessions)))


def _find_the_optimum(problem: CourseProblem) -> None:
    assume(ways_to_try(problem) <= MOST_WAYS)

    found = find_plan(problem)

    least = least_cost(problem)
    if least is None:
        assert isinstance(found, NoPlan)
        assert all(refusal.sentence for refusal in found.refusals)
    else:
        assert isinstance(found, Plan)
        assert problem.objective.packed(found.cost) == least
