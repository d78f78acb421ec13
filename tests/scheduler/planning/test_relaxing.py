"""What would help a course without a plan: true, as little as will do, and proven."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduler.planning.blocking import unplaced
from scheduler.planning.changes import Change, read_changes, text_of
from scheduler.planning.changing import changed
from scheduler.planning.easing import families_of
from scheduler.planning.planner import best_plan, find_plan
from scheduler.planning.problem import CourseProblem, NoPlan
from scheduler.planning.relaxing import Relaxation, relaxations
from scheduler.planning.tallying import broken_by
from tests.scheduler.planning.small_clinics import a_problem, with_demands


def without_a_plan(seed: int) -> CourseProblem:
    random = Random(seed)
    problem = a_problem(random)
    if seed % 2:
        problem = with_demands(random, problem)
    assume(isinstance(find_plan(problem), NoPlan))
    return problem


def has_plan(problem: CourseProblem, *changes: Change) -> bool:
    return best_plan(changed(problem, changes)) is not None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_every_relaxation_gives_a_plan_and_each_part_of_it_is_needed(seed: int) -> None:
    problem = without_a_plan(seed)

    for found in relaxations(problem).found:
        assert has_plan(problem, *found.changes)
        if len(found.changes) > 1:
            assert not any(has_plan(problem, change) for change in found.changes)
        for fewer in _one_step_less(problem, found):
            assert not has_plan(problem, *fewer)


def _one_step_less(
    problem: CourseProblem, found: Relaxation
) -> list[tuple[Change, ...]]:
    """The changes with one of them a day less, or without it if it is the least."""
    less = []
    families = families_of(problem, tuple(unplaced(problem)), None)
    for number, change in enumerate(found.changes):
        steps = next(f.changes for f in families if change in f.changes)
        at = steps.index(change)
        weaker = steps[at - 1 : at] if at else ()
        rest = found.changes[:number] + found.changes[number + 1 :]
        less.append((*rest, *weaker))
    return less


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_its_cost_and_deviations_are_counted_by_the_rules_as_they_are(
    seed: int,
) -> None:
    problem = without_a_plan(seed)

    for found in relaxations(problem).found:
        assert found.sentence
        plan = found.plan
        assert plan.deviations == broken_by(problem, plan.sessions, plan.kept)
        if found.overrides:
            assert found.needs in ("prescriber", "manager")


@pytest.mark.parametrize("seed", range(0, 400, 4))
def test_where_windows_may_not_be_left_none_is_left_by_what_helps(seed: int) -> None:
    problem = replace(a_problem(Random(seed)), slack_days=0)
    if not isinstance(find_plan(problem), NoPlan):
        return

    for found in relaxations(problem).found:
        eased = {change.about for change in found.changes}
        soft = [broken for broken in found.plan.deviations if not broken.is_hard]
        labels = {s.label for s in problem.course.sessions if s.key in eased}
        assert {broken.session for broken in soft} <= labels


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_the_same_question_gives_the_same_answer_and_travels_as_text(
    seed: int,
) -> None:
    problem = without_a_plan(seed)

    one, other = relaxations(problem), relaxations(problem)

    assert one == other
    for found in one.found:
        assert read_changes(text_of(found.changes)) == found.changes


def test_no_more_is_tried_than_is_allowed_and_it_says_so() -> None:
    problem = next(
        problem
        for problem in map(a_problem, map(Random, range(200)))
        if isinstance(find_plan(problem), NoPlan)
        and not relaxations(problem).found
        and relaxations(problem).tried > 3
    )

    found = relaxations(problem, most_tries=3)

    assert found.tried == 3
    assert not found.is_complete
