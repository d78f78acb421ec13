"""A course at two sites is placed at the optimum, and no rule is broken."""

from dataclasses import replace
from datetime import date
from random import Random
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from courses.rules.shapes import CourseShape, Placement, SessionShape, StepShape
from scheduler.planning.calendar import (
    Calendars,
    Need,
    Opening,
    ResourceCalendar,
    SiteFacts,
    Span,
    ValidDays,
    Visit,
)
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.repairing import Repair
from tests.scheduler.planning.comparing import compared
from tests.scheduler.planning.cp_sat import ask
from tests.scheduler.planning.crowds import alone_in, faults, new_courses
from tests.scheduler.planning.hard_rules import broken_rules
from tests.scheduler.planning.larger_clinics import LOADS, a_larger_problem
from tests.scheduler.planning.small_clinics import (
    NEW_YORK,
    a_problem,
    least_cost,
    wall,
    ways_to_try,
    with_demands,
    with_protocol_rules,
)
from tests.scheduler.planning.two_sites import with_two_sites

MOST_WAYS = 20_000
SEEDS = (130, 134, 139)


def at_two_sites(seed: int) -> CourseProblem:
    """A small problem, sometimes with demands and sometimes with more rules."""
    random = Random(seed)
    problem = a_problem(random)
    if seed % 4 == 1:
        problem = with_demands(random, problem)
    if seed % 4 == 2:
        problem = with_protocol_rules(random, problem)
    return with_two_sites(random, problem, grids=(30, 60))


def answered(problem: CourseProblem) -> int | None:
    """The planner's cost, whose plan breaks no rule; None if it finds none."""
    found = find_plan(problem)
    if not isinstance(found, Plan):
        assert all(refusal.sentence for refusal in found.refusals)
        return None
    assert broken_rules(problem, found) == []
    return problem.objective.packed(found.cost)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
@example(0)
def test_a_course_at_two_sites_is_placed_as_well_as_trying_everything_does(
    seed: int,
) -> None:
    problem = at_two_sites(seed)

    if ways_to_try(problem) <= MOST_WAYS:
        assert answered(problem) == least_cost(problem)


def test_cp_sat_has_the_same_answer_to_courses_at_two_sites() -> None:
    answers = set()
    for seed in range(60):
        problem = at_two_sites(seed)
        if ways_to_try(problem) <= MOST_WAYS:
            proof = ask(problem)
            cost = proof.cost
            assert (cost and problem.objective.packed(cost)) == answered(problem)
            answers.add(proof.status)
    assert answers == {"plan", "none"}


@pytest.mark.parametrize("load", LOADS)
def test_whole_courses_at_two_sites_have_the_answer_that_cp_sat_proves(
    load: str,
) -> None:
    outcomes = set()
    for seed in SEEDS:
        problem = with_two_sites(Random(seed), a_larger_problem(seed, load), (15, 30))
        outcomes.add(compared(problem, seconds=60).outcome)

    assert outcomes <= {"feasible", "infeasible"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_new_times_for_many_courses_at_two_sites_break_no_rule(seed: int) -> None:
    random = Random(seed)
    courses, _ = new_courses(random)
    calendars = with_two_sites(random, courses[0].problem, grids=(30, 60)).calendars
    at_sites = []
    for course in courses:
        problem = with_two_sites(random, course.problem)
        busy = problem.calendars.patient_busy
        mine = calendars.with_resources(calendars.resources, busy)
        at_sites.append(
            replace(course, problem=replace(problem, calendars=mine, told={}))
        )
    repair = Repair(at_sites, calendars)

    proposal = repair.first()

    assert list(faults(at_sites, calendars, proposal)) == []
    for course in at_sites:
        plan = proposal.plans.get(course.key)
        if plan is not None:
            assert broken_rules(alone_in(course.problem, calendars), plan) == []


def a_dose_here_and_its_therapy_there(way: int, opens: int) -> CourseProblem:
    """A dose until eleven, and on the same day therapy at a site open for an hour."""
    on = date(2026, 3, 3)
    therapy = StepShape(
        code="INT",
        name="Therapy",
        kind="integration",
        anchor="D1",
        target=0,
        earliest=0,
        latest=0,
        is_hard=True,
    )
    dose = StepShape("D1", "D1", "dosing")
    hour = Span(wall(on, opens), wall(on, opens + 1))
    return CourseProblem(
        course=CourseShape(
            (
                SessionShape("D1", "Infusion 1", "dosing", dose),
                SessionShape("INT", "Therapy 1", "integration", therapy),
            )
        ),
        visits={
            "D1": Visit("D1", "Infusion 1", "dosing", 120, ()),
            "INT": Visit(
                "INT",
                "Therapy 1",
                "integration",
                60,
                (Need("therapist", "therapist", 0, 60),),
                site="practice",
            ),
        },
        calendars=Calendars(
            zone=NEW_YORK,
            first_on=on,
            last_on=on,
            site="clinic",
            sites={
                "clinic": SiteFacts("Riverside", 15, 30),
                "practice": SiteFacts("Elm Street", 15, way),
            },
            resources=(
                ResourceCalendar(
                    resource_id=UUID(int=1),
                    name="Ruth",
                    kind="person",
                    capacity=1,
                    capabilities={"therapist": (ValidDays(None, None),)},
                    open=(),
                    is_here=False,
                    elsewhere={"practice": Opening((hour,))},
                ),
            ),
        ),
        not_before=wall(on, 8),
        pinned={"D1": Placement(wall(on, 9), wall(on, 11), NEW_YORK)},
    )


def test_the_patient_has_time_for_the_way_to_the_other_site() -> None:
    found = find_plan(a_dose_here_and_its_therapy_there(way=60, opens=12))

    assert isinstance(found, Plan)
    assert found.cost.trips == 1


def test_a_refusal_names_the_site_and_the_minutes_of_the_way() -> None:
    found = find_plan(a_dose_here_and_its_therapy_there(way=75, opens=12))

    assert isinstance(found, NoPlan)
    said = found.refusals[0].sentence
    assert "Therapy 1 at Elm Street must be on Tue, Mar 3" in said
    assert "another visit at Riverside and needs 75 minutes between the sites" in said


def test_a_visit_by_video_needs_no_way() -> None:
    problem = a_dose_here_and_its_therapy_there(way=75, opens=12)
    therapy = replace(problem.visits["INT"], is_remote=True)
    by_video = replace(problem, visits={**problem.visits, "INT": therapy})

    found = find_plan(by_video)

    assert isinstance(found, Plan)
    assert found.cost.trips == 0
