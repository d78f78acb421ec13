"""The planner places a course that is no longer its protocol's own, at its best."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from courses.rules.reanchoring import Standing, reanchored
from courses.rules.repeating import repeated
from courses.rules.shapes import CourseShape, SessionShape, SpacingShape, StepShape
from scheduler.planning.calendar import (
    Calendars,
    Need,
    ResourceCalendar,
    Span,
    ValidDays,
    Visit,
)
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Plan
from tests.scheduler.planning.small_clinics import NEW_YORK, least_cost, wall

FIRST_ON = date(2026, 5, 4)
DAYS = 14


def a_step(code: str, kind: str, *window: int, anchor: str = "") -> StepShape:
    earliest, target, latest = window or (0, 0, 0)
    is_pair = kind == "integration"
    return StepShape(
        code=code,
        name=code,
        kind=kind,
        anchor=anchor,
        earliest=earliest,
        target=target,
        latest=latest,
        pair_of=anchor if is_pair else "",
        is_allowed_on_dosing_day=not is_pair,
    )


D1 = a_step("D1", "dosing")
D2 = a_step("D2", "dosing", 2, 2, 4, anchor="D1")
D3 = a_step("D3", "dosing", 2, 2, 4, anchor="D2")
INT = a_step("INT", "integration", 1, 1, 2, anchor="D3")
AS_PLANNED = Standing()
END = a_step("END", "review", 1, 2, 3, anchor="INT")


def a_course(*steps: StepShape, standing: Standing = AS_PLANNED) -> CourseShape:
    sessions = tuple(SessionShape(s.code, s.name, s.kind, s) for s in steps)
    spacing = (SpacingShape("minimum_gap", 2), SpacingShape("longest_span", 5))
    return reanchored(CourseShape(sessions, spacing), standing)


def planned(course: CourseShape, *left_out: str) -> Mapping[str, int]:
    """The day of each session, counted from the first, in a clinic with one nurse.

    The plan is no worse than any that trying everything finds.
    """
    need = Need("nurse", "nurse", 0, 60, 1, "")
    nurse = ResourceCalendar(
        resource_id=UUID(int=1),
        name="Nurse",
        kind="person",
        capacity=1,
        capabilities={"nurse": (ValidDays(None, None),)},
        open=tuple(
            Span(wall(day, 9), wall(day, 10))
            for day in (FIRST_ON + timedelta(days=n) for n in range(DAYS))
        ),
        closed=(),
        busy=(),
    )
    problem = CourseProblem(
        course=course,
        visits={
            s.key: Visit(s.key, s.label, s.kind, 60, (need,))
            for s in course.sessions
            if s.key not in left_out
        },
        calendars=Calendars(
            zone=NEW_YORK,
            first_on=FIRST_ON,
            last_on=FIRST_ON + timedelta(days=DAYS - 1),
            resources=(nurse,),
            grid_minutes=60,
        ),
        not_before=wall(FIRST_ON, 0),
        slack_days=0,
    )
    plan = find_plan(problem)
    assert isinstance(plan, Plan), plan
    assert problem.objective.packed(plan.cost) == least_cost(problem)
    assert plan.deviations == ()
    return {
        s.key: (s.starts_at.astimezone(NEW_YORK).date() - FIRST_ON).days
        for s in plan.sessions
    }


def test_a_course_as_its_protocol_has_it() -> None:
    days = planned(a_course(D1, D2, D3, INT, END))
    assert days == {"D1": 0, "D2": 2, "D3": 4, "INT": 5, "END": 7}


def test_a_shortened_course_ends_after_the_last_dose_that_is_left() -> None:
    gone = Standing(omitted=frozenset({"D3", "INT"}))
    days = planned(a_course(D1, D2, D3, INT, END, standing=gone), "D3", "INT")
    assert days == {"D1": 0, "D2": 2, "END": 4}


def test_an_extended_course_ends_after_its_new_last_therapy() -> None:
    dose = repeated(D3, code="+4", name="+4", anchor="D3")
    therapy = repeated(INT, code="+INT", name="+INT", anchor="+4", pair_of="+4")
    more = Standing(repeated=frozenset({"+4", "+INT"}))
    course = a_course(D1, D2, D3, INT, dose, therapy, END, standing=more)
    days = planned(course)
    assert days == {"D1": 0, "D2": 2, "D3": 4, "INT": 5, "+4": 6, "+INT": 7, "END": 9}


def test_an_added_dose_pushes_the_next_one_and_keeps_its_distance() -> None:
    extra = a_step("+X", "dosing", 3, 3, 4, anchor="D1")
    more = Standing(added=frozenset({"+X"}))
    days = planned(a_course(D1, extra, D2, D3, INT, standing=more))
    assert days == {"D1": 0, "+X": 3, "D2": 5, "D3": 7, "INT": 8}


def test_a_dose_left_out_of_the_middle_leaves_the_others_on_their_days() -> None:
    gone = Standing(omitted=frozenset({"D2"}))
    days = planned(a_course(D1, D2, D3, INT, END, standing=gone), "D2")
    assert days == {"D1": 0, "D3": 4, "INT": 5, "END": 7}
