"""Planning on a clinic of 20 resources with 83,000 claims in the table."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Course, Protocol
from courses.rules.shapes import Placement
from scheduler.course_plans import (
    CoursePlan,
    Infeasible,
    plan_course,
    read_problem,
)
from scheduler.models import Claim, Resource, Site
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import (
    CourseProblem,
    Demand,
    NoPlan,
    Plan,
    Preferences,
    Told,
)
from tests.benchmarks.busy_clinic import BusyClinic, a_busy_clinic, a_course_on
from tests.benchmarks.harness import Report
from tests.builders import NOW, TODAY

T = TypeVar("T")
Question = tuple[Course, Preferences]

ROUNDS = 3
COURSES = 4
# A course begins within so many days, so that it ends within the twelve weeks.
WITHIN_DAYS = 14
START_DAYS = (1, 4, 8, 11)


def measure_planning_in_a_busy_clinic(report: Report) -> None:
    clinic = a_busy_clinic()
    connection.cursor().execute("ANALYZE")
    asked = list(_questions(clinic))
    _measure_plans(report, clinic, asked)
    _measure_alone(report, clinic.site, asked)
    _measure_whole_course(report, clinic)
    _measure_without_a_rater(report, clinic, asked)


def _questions(clinic: BusyClinic) -> Iterator[Question]:
    """Different courses, protocols, first days and wishes; the same every time."""
    for protocol in Protocol.objects.published().order_by("code"):
        for number in range(COURSES):
            course = a_course_on(
                protocol, f"{protocol.code} {number}", until_month_three=False
            )
            for day in START_DAYS:
                yield (
                    course,
                    Preferences(
                        start_on=TODAY + timedelta(days=day + number),
                        weekdays=frozenset(range(4)) if number == 3 else None,
                        start_within_days=WITHIN_DAYS,
                    ),
                )


def _measure_plans(
    report: Report, clinic: BusyClinic, questions: list[Question]
) -> None:
    milliseconds, planned = [], 0
    for course, wish in questions:
        took, answer = _timed(partial(_planned, clinic, course, wish))
        planned += isinstance(answer, CoursePlan)
        milliseconds.append(took)
    size = f"{len(questions)} questions, {planned} with plan"
    name = "planning a course from the database"
    for title, value, goal in (
        ("p50", statistics.median(milliseconds), 10),
        ("p95", statistics.quantiles(milliseconds, n=20)[-1], 20),
    ):
        report.register(
            name=f"{name}, {title}", size=size, value=value, unit="ms", at_most=goal
        )
    with CaptureQueriesContext(connection) as captured:
        _planned(clinic, *questions[0])
    report.register(
        name="queries for planning a course",
        size=f"{questions[0][0].sessions.count()} sessions",
        value=len(captured),
        unit="queries",
        at_most=3,
    )
    report.register(
        name="claims in the twelve weeks ahead",
        size=f"of {Claim.objects.count():,}",
        value=Claim.objects.filter(
            starts_at__gte=NOW, starts_at__lt=NOW + timedelta(weeks=12)
        ).count(),
        unit="rows",
    )


def _measure_alone(report: Report, site: Site, questions: list[Question]) -> None:
    """The same courses, read already; then told and moved."""
    alone, ripples, free = [], [], 0
    for course, wish in questions:
        problem = _problem(course, site, wish)
        took, plan = _timed_fresh(problem)
        if not isinstance(plan, Plan):
            continue
        alone.append(took)
        free = max(free, len(plan.sessions))
        took, moved = _timed_fresh(_ripple(problem, plan))
        ripples.append(took)
        if not isinstance(moved, Plan | NoPlan):
            raise TypeError(moved)
    for name, values, goal in (
        ("solving one course, its calendar read", alone, 3),
        ("a ripple: all told, one visit put on another day", ripples, 30),
    ):
        report.register(
            name=name,
            size=f"{len(values)} courses, up to {free} visits",
            value=statistics.median(values),
            unit="ms",
            at_most=goal,
        )
        report.register(
            name=f"{name}, p95",
            size=f"{len(values)} courses",
            value=statistics.quantiles(values, n=20)[-1],
            unit="ms",
        )


def _ripple(problem: CourseProblem, plan: Plan) -> CourseProblem:
    """Every visit was told its time, and one in the middle must go to another day."""
    zone = problem.calendars.zone
    told = {
        placed.key: Told(
            Placement(placed.starts_at, placed.ends_at, zone),
            {claim.party: claim.resource_id for claim in placed.claims},
        )
        for placed in plan.sessions
    }
    middle = plan.sessions[len(plan.sessions) // 2]
    away = frozenset({middle.starts_at.astimezone(zone).date()})
    # Once it is booked, the course has its therapist.
    demands = {middle.key: Demand(not_on=away)}
    return replace(problem, told=told, demands=demands, kept=plan.kept)


def _measure_whole_course(report: Report, clinic: BusyClinic) -> None:
    wish = Preferences(start_on=TODAY + timedelta(days=1))
    for protocol in Protocol.objects.published().order_by("code"):
        course = a_course_on(protocol, protocol.code, until_month_three=True)
        took, answer = _timed(partial(_planned, clinic, course, wish))
        said = "planned" if isinstance(answer, CoursePlan) else "no plan"
        report.register(
            name=f"planning {protocol.code} to its last day",
            size=f"begins within 42 days, {said}",
            value=took,
            unit="ms",
        )


def _measure_without_a_rater(
    report: Report, clinic: BusyClinic, questions: list[Question]
) -> None:
    raters = Resource.objects.filter(
        clinician__credentials__capability__code="rater"
    ).values_list("pk", flat=True)
    Resource.objects.filter(pk__in=list(raters)).update(is_active=False)
    milliseconds = []
    for course, wish in questions:
        took, answer = _timed(partial(_planned, clinic, course, wish))
        if not isinstance(answer, Infeasible) or not answer.refusals[0].sentence:
            raise RuntimeError("There should be no plan without a rater.")
        milliseconds.append(took)
    report.register(
        name="saying why a course has no plan, p50",
        size=f"{len(questions)} questions",
        value=statistics.median(milliseconds),
        unit="ms",
        at_most=20,
    )


def _planned(
    clinic: BusyClinic, course: Course, wish: Preferences
) -> CoursePlan | Infeasible:
    return plan_course(course=course, site=clinic.site, preferences=wish, now=NOW)


def _problem(course: Course, site: Site, wish: Preferences) -> CourseProblem:
    problem = read_problem(course=course, site=site, preferences=wish, now=NOW)
    if isinstance(problem, Infeasible):
        raise TypeError(problem)
    return problem


def _timed_fresh(problem: CourseProblem) -> tuple[float, Plan | NoPlan]:
    # What was worked out from the calendars in one round is forgotten in the next.
    return _timed(
        lambda: find_plan(replace(problem, calendars=replace(problem.calendars)))
    )


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    """The milliseconds in the middle of a few runs, and the answer."""
    answer = act()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = act()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000, answer
