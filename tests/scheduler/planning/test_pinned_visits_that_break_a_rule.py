"""What was booked against a rule stays; the rest of the course is planned around it."""

from datetime import date

import pytest

from courses.rules.shapes import (
    CourseShape,
    Placement,
    SessionShape,
    SpacingShape,
    StepShape,
)
from scheduler.planning.calendar import Calendars, Visit
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Plan
from tests.scheduler.planning.small_clinics import NEW_YORK, wall

MONDAY, TUESDAY = date(2026, 5, 4), date(2026, 5, 5)


@pytest.mark.parametrize("is_hard", [True, False])
def test_two_booked_doses_too_close_together_leave_the_rest_a_plan(
    is_hard: bool,
) -> None:
    steps = (
        StepShape("D1", "D1", "dosing"),
        StepShape("D2", "D2", "dosing"),
        StepShape("T", "T", "therapy", anchor="D2", earliest=1, target=1, latest=3),
    )
    spacing = (SpacingShape("minimum_gap", 2, None, is_hard),)
    problem = CourseProblem(
        course=CourseShape(
            tuple(SessionShape(s.code, s.code, s.kind, s) for s in steps), spacing
        ),
        visits={s.code: Visit(s.code, s.code, s.kind, 60, ()) for s in steps},
        calendars=Calendars(NEW_YORK, MONDAY, date(2026, 5, 15), ()),
        not_before=wall(TUESDAY, 12),
        pinned={
            "D1": Placement(wall(MONDAY, 9), wall(MONDAY, 10), NEW_YORK),
            "D2": Placement(wall(TUESDAY, 9), wall(TUESDAY, 10), NEW_YORK),
        },
        slack_days=0,
    )

    found = find_plan(problem)

    assert isinstance(found, Plan)
    assert [placed.key for placed in found.sessions] == ["T"]
