"""Whom a rule keeps throughout is one person, even if the course names nobody."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from courses.rules.shapes import CourseShape, SessionShape, StepShape
from scheduler.planning.calendar import Calendars, Need, ResourceCalendar, Visit
from scheduler.planning.checker import PlanIsWrong, check_plan
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.spans import Span
from tests.scheduler.planning.clinics_at_random import ALWAYS
from tests.scheduler.planning.small_clinics import NEW_YORK, wall

ON = date(2026, 5, 4)
FIRST, SECOND = UUID(int=1), UUID(int=2)


def _prescriber(who: UUID, days: Collection[int]) -> ResourceCalendar:
    at = [ON + timedelta(days=day) for day in days]
    return ResourceCalendar(
        resource_id=who,
        name=f"Prescriber {who.int}",
        kind="person",
        capacity=1,
        capabilities={"prescriber": ALWAYS},
        open=tuple(Span(wall(day, 8), wall(day, 18)) for day in at),
    )


def _reviews(first_on: Collection[int], second_on: Collection[int]) -> CourseProblem:
    """Two reviews on days in a row, and the days of two prescribers."""
    one = StepShape("R1", "One", "review")
    other = StepShape(
        "R2", "Other", "review", anchor="R1", target=1, earliest=1, latest=1
    )
    need = Need("prescriber", "prescriber", 0, 30, 1, "prescriber")
    return CourseProblem(
        course=CourseShape(
            tuple(
                SessionShape(
                    step.code, step.name, "review", replace(step, is_hard=True)
                )
                for step in (one, other)
            ),
            keeps=frozenset({"prescriber"}),
        ),
        visits={key: Visit(key, key, "review", 30, (need,)) for key in ("R1", "R2")},
        calendars=Calendars(
            NEW_YORK,
            ON,
            ON + timedelta(days=4),
            (_prescriber(FIRST, first_on), _prescriber(SECOND, second_on)),
        ),
        not_before=wall(ON, 0),
    )


def test_the_plan_waits_for_days_on_which_one_person_serves_all() -> None:
    problem = _reviews([0], [1, 2])
    plan = find_plan(problem)
    assert isinstance(plan, Plan)
    assert [session.starts_at.date().day for session in plan.sessions] == [5, 6]
    assert {c.resource_id for s in plan.sessions for c in s.claims} == {SECOND}
    assert plan.kept == {"prescriber": SECOND}


def test_without_one_person_for_all_there_is_no_plan() -> None:
    assert isinstance(find_plan(_reviews([0, 2], [1, 3])), NoPlan)


def test_a_plan_with_two_people_is_wrong_whoever_made_it() -> None:
    problem = _reviews([0], [1])
    loose = replace(problem, course=replace(problem.course, keeps=frozenset()))
    plan = find_plan(loose)
    assert isinstance(plan, Plan)
    with pytest.raises(PlanIsWrong, match="more than one prescriber"):
        check_plan(problem, plan)
