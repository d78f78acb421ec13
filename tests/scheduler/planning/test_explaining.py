"""Why there is no plan: the fewest sessions in each other's way, and what bars them."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from courses.rules.shapes import CourseShape, Placement, SessionShape, StepShape
from scheduler.planning.blocking import Blocking, Parts
from scheduler.planning.calendar import (
    Calendars,
    Need,
    ResourceCalendar,
    Span,
    ValidDays,
    Visit,
)
from scheduler.planning.planner import best_plan, find_plan
from scheduler.planning.problem import CourseProblem, Demand, NoPlan
from tests.scheduler.planning.small_clinics import NEW_YORK, a_problem, wall

MONDAY = date(2026, 3, 2)
DAYS = [MONDAY + timedelta(days=number) for number in range(7)]
CHAIR, NURSE, OTHER_NURSE = (UUID(int=number) for number in (1, 2, 3))
ALWAYS = (ValidDays(None, None),)


def somebody(
    resource_id: UUID, name: str, skill: str, open_on: list[date]
) -> ResourceCalendar:
    return ResourceCalendar(
        resource_id=resource_id,
        name=name,
        kind="person",
        capacity=1,
        capabilities={skill: ALWAYS},
        open=tuple(Span(wall(on, 9), wall(on, 17)) for on in open_on),
    )


def a_week(
    chair_on: list[date] | None = None, nurses_on: list[date] | None = None
) -> CourseProblem:
    """Infusion 3 was on Sunday; Infusion 4 belongs two to four days after it."""
    names = ("Infusion 3", "Infusion 4")
    steps = (
        StepShape(code="D3", name=names[0], kind="dosing"),
        StepShape(
            code="D4",
            name=names[1],
            kind="dosing",
            anchor="D3",
            target=2,
            earliest=2,
            latest=4,
            is_hard=True,
        ),
    )
    needs = (
        Need("chair", "infusion-chair", 0, 120),
        Need("nurse", "monitoring-nurse", 0, 120),
    )
    before = wall(MONDAY - timedelta(days=1), 9)
    return CourseProblem(
        course=CourseShape(
            tuple(SessionShape(step.code, step.name, "dosing", step) for step in steps)
        ),
        visits={"D4": Visit("D4", names[1], "dosing", 120, needs)},
        calendars=Calendars(
            zone=NEW_YORK,
            first_on=MONDAY,
            last_on=DAYS[-1],
            resources=(
                somebody(CHAIR, "Chair 1", "infusion-chair", chair_on or DAYS),
                somebody(NURSE, "Nurse A", "monitoring-nurse", nurses_on or DAYS),
                somebody(OTHER_NURSE, "Nurse B", "monitoring-nurse", nurses_on or DAYS),
            ),
            capability_names={
                "infusion-chair": "Infusion chair",
                "monitoring-nurse": "Monitoring nurse",
            },
        ),
        not_before=wall(MONDAY, 8),
        pinned={"D3": Placement(before, before + timedelta(hours=2), NEW_YORK)},
    )


def sentence_of(problem: CourseProblem) -> str:
    found = find_plan(problem)
    assert isinstance(found, NoPlan)
    (refusal,) = found.refusals
    assert refusal.session == "Infusion 4"
    return refusal.sentence


def test_it_names_the_session_its_days_what_holds_it_there_and_what_bars_each() -> None:
    problem = a_week(chair_on=[DAYS[0], DAYS[2], DAYS[3]], nurses_on=DAYS[:2])

    assert sentence_of(problem) == (
        "Infusion 4 must be between Tue, Mar 3 and Thu, Mar 5, 2026 because of "
        "Infusion 3: on Wed, Mar 4 and Thu, Mar 5 Nurse A and Nurse B have no working "
        "hours; on Tue, Mar 3 Chair 1 has no working hours. Open more hours, move "
        "Infusion 3, or plan at another site."
    )


def test_a_closure_is_told_from_hours_that_are_not_worked() -> None:
    problem = a_week()
    closed = Span(wall(DAYS[0], 0), wall(DAYS[5], 0))
    chair, *nurses = problem.calendars.resources
    resources = (replace(chair, closed=(closed,)), *nurses)
    calendars = replace(problem.calendars, resources=resources)

    said = sentence_of(replace(problem, calendars=calendars))

    assert "on each of these days Chair 1 is closed" in said
    assert "End the closure" in said


def test_what_is_asked_for_is_named_as_such() -> None:
    never = frozenset({NURSE, OTHER_NURSE})

    said = sentence_of(replace(a_week(), demands={"D4": Demand(not_served_by=never)}))

    assert "whoever could serve as Monitoring nurse is not to" in said
    assert "Take back what is asked for" in said


def test_a_time_that_is_asked_for_says_what_is_in_its_way() -> None:
    at_seven = Demand(starts_at=wall(DAYS[2], 7))

    said = sentence_of(replace(a_week(), demands={"D4": at_seven}))

    assert "must be on Wed, Mar 4, 2026" in said
    assert "Chair 1 is outside working hours from 07:00 to 09:00" in said


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_sessions_named_have_no_plan_and_every_one_of_them_matters(
    seed: int,
) -> None:
    problem = a_problem(Random(seed))
    assume(isinstance(find_plan(problem), NoPlan))

    blocking = Blocking(problem, best_plan)
    keys = blocking.sessions

    assert keys
    assert best_plan(blocking.parts.only(keys)) is None
    for key in keys:
        fewer = [other for other in keys if other != key]
        assert best_plan(blocking.parts.only(fewer)) is not None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sets(st.sampled_from(["S0", "S1", "S2", "S3"])))
def test_a_part_has_a_plan_whenever_the_whole_has_one(
    seed: int, some: set[str]
) -> None:
    problem = a_problem(Random(seed))
    assume(best_plan(problem) is not None)

    assert best_plan(Parts(problem).only(some & problem.visits.keys())) is not None
