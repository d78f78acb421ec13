"""Other plans are really others, and each is the best answer to its own question."""

from datetime import date
from random import Random
from uuid import UUID

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scheduler.planning.alternatives import alternatives
from scheduler.planning.changes import read_changes, text_of
from scheduler.planning.changing import changed
from scheduler.planning.checker import check_plan
from scheduler.planning.planner import best_plan, find_plan
from scheduler.planning.problem import CourseProblem, Plan, PlannedSession
from tests.scheduler.planning.small_clinics import (
    NEW_YORK,
    a_problem,
    least_cost,
    ways_to_try,
)

MOST_WAYS = 20_000


def with_a_plan(seed: int) -> tuple[CourseProblem, Plan]:
    problem = a_problem(Random(seed))
    best = find_plan(problem)
    assume(isinstance(best, Plan))
    assert isinstance(best, Plan)
    return problem, best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
# The wished hours begin between two starts of the grid.
@example(57781)
def test_each_is_the_proven_optimum_of_the_question_that_it_states(seed: int) -> None:
    problem, best = with_a_plan(seed)

    for other in alternatives(problem, best):
        assert other.sentence
        asked = changed(problem, read_changes(text_of(other.changes)))
        again = best_plan(asked)
        assert again is not None
        assert again.sessions == other.plan.sessions
        check_plan(asked, again)
        if ways_to_try(asked) <= MOST_WAYS:
            assert asked.objective.packed(again.cost) == least_cost(asked)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_they_differ_from_the_best_plan_and_from_each_other(seed: int) -> None:
    problem, best = with_a_plan(seed)

    found = alternatives(problem, best)

    assert len(found) <= 3
    plans = [best, *(other.plan for other in found)]
    for number, one in enumerate(plans):
        for other in plans[:number]:
            assert 3 * unlike(problem, one, other) >= len(one.sessions)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_they_come_best_first_and_always_the_same(seed: int) -> None:
    problem, best = with_a_plan(seed)

    found = alternatives(problem, best)

    costs = [problem.objective.packed(other.plan.cost) for other in found]
    assert costs == sorted(costs)
    assert found == alternatives(problem, best)


def unlike(problem: CourseProblem, one: Plan, other: Plan) -> int:
    """How many visits are on another day or half of it, or with other people kept."""
    theirs = {session.key: seen(problem, session) for session in other.sessions}
    return sum(theirs[s.key] != seen(problem, s) for s in one.sessions)


def seen(
    problem: CourseProblem, session: PlannedSession
) -> tuple[date, bool, set[UUID]]:
    local = session.starts_at.astimezone(NEW_YORK)
    kept = {n.party for n in problem.visits[session.key].needs if n.continuity}
    people = {claim.resource_id for claim in session.claims if claim.party in kept}
    return local.date(), local.hour < 12, people
