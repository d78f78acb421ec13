"""A course that didn't go as its protocol says is planned by the rules all the same."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from courses.actions.extend_course import extend_course
from courses.rules.shapes import Placement
from scheduler.course_plans import read_problem
from scheduler.models import Closure
from scheduler.planning.checker import check_plan
from scheduler.planning.planner import best_plan
from scheduler.planning.problem import CourseProblem, Demand, Preferences
from tests.builders import DESK, NOW, TODAY
from tests.changed_courses import on_protocol
from tests.scheduler.test_plan_course import a_whole_clinic

pytestmark = pytest.mark.django_db
SOON = Preferences(start_on=TODAY + timedelta(days=1))


def days_of_doses(problem: CourseProblem) -> list[int]:
    """The days of all doses from the first one, in the order of the course."""
    plan = best_plan(problem)
    assert plan is not None
    check_plan(problem, plan)
    placed = {session.key: session.starts_at.date() for session in plan.sessions}
    placed |= {key: at.on for key, at in problem.pinned.items()}
    doses = [placed[s.key] for s in problem.course.sessions if s.kind == "dosing"]
    return [(day - doses[0]).days for day in doses]


def test_the_longest_span_of_an_extended_course_is_kept_in_the_search() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    extend_course(course=course, doses=1, actor=DESK, now=NOW)
    problem = read_problem(course=course, site=site, preferences=SOON, now=NOW)
    assert isinstance(problem, CourseProblem)
    plan = best_plan(problem)
    assert plan is not None
    fifth = next(s for s in plan.sessions if s.label == "Infusion 5")
    begun = {
        s.key: Demand(on=s.starts_at.date())
        for s in plan.sessions
        if s.label in ("Infusion 1", "Infusion 2")
    }
    Closure.objects.create(
        site=site,
        starts_at=fifth.starts_at + timedelta(hours=12),
        ends_at=fifth.starts_at + timedelta(days=11),
        reason="works",
    )
    again = read_problem(course=course, site=site, preferences=SOON, now=NOW)
    assert isinstance(again, CourseProblem)

    found = best_plan(replace(again, demands=begun))

    if found is not None:
        check_plan(again, found)
    assert [rule.only for rule in again.course.spacing if rule.kind == "longest_span"]


@pytest.mark.parametrize("late", [2, 3, 4, 5])
def test_a_dose_that_was_made_up_for_late_keeps_its_distance_to_the_next(
    late: int,
) -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    problem = read_problem(course=course, site=site, preferences=SOON, now=NOW)
    assert isinstance(problem, CourseProblem)
    plan = best_plan(problem)
    assert plan is not None
    third = next(s for s in plan.sessions if s.label == "Infusion 3")
    pinned = {
        s.key: Placement(s.starts_at, s.ends_at, site.zone)
        for s in plan.sessions
        if s.starts_at <= third.starts_at
    }
    second = next(s for s in plan.sessions if s.label == "Infusion 2")
    made_up = third.starts_at + timedelta(days=late)
    length = second.ends_at - second.starts_at
    pinned[second.key] = Placement(made_up, made_up + length, site.zone)

    days = days_of_doses(
        replace(problem, pinned=pinned, not_before=third.ends_at + timedelta(hours=1))
    )

    gaps = [later - earlier for earlier, later in pairwise(sorted(days))]
    assert all(gap >= 2 for gap in gaps[2:])
    assert days[3] > days[1] > days[2]
