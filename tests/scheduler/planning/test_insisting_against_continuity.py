"""Nobody can insist on another person than the one whom the course must keep."""

from datetime import date
from uuid import UUID

from courses.rules.shapes import CourseShape, SessionShape, StepShape
from scheduler.planning.calendar import Calendars, Need, ResourceCalendar, Visit
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Demand, NoPlan
from scheduler.planning.spans import Span
from tests.scheduler.planning.clinics_at_random import ALWAYS
from tests.scheduler.planning.small_clinics import NEW_YORK, wall

ON = date(2026, 5, 4)
KEPT, OTHER = UUID(int=1), UUID(int=2)


def test_insisting_on_another_person_than_the_course_must_keep_leaves_no_plan() -> None:
    step = StepShape("R", "Review", "review")
    need = Need("prescriber", "prescriber", 0, 30, 1, "prescriber")
    people = tuple(
        ResourceCalendar(
            resource_id=who,
            name=f"Prescriber {who.int}",
            kind="person",
            capacity=1,
            capabilities={"prescriber": ALWAYS},
            open=(Span(wall(ON, 8), wall(ON, 18)),),
        )
        for who in (KEPT, OTHER)
    )
    problem = CourseProblem(
        course=CourseShape(
            (SessionShape("R", "Review", "review", step),),
            keeps=frozenset({"prescriber"}),
        ),
        visits={"R": Visit("R", "Review", "review", 30, (need,))},
        calendars=Calendars(NEW_YORK, ON, ON, people),
        not_before=wall(ON, 0),
        kept={"prescriber": KEPT},
        demands={"R": Demand(serving={"prescriber": OTHER})},
    )

    assert isinstance(find_plan(problem), NoPlan)
