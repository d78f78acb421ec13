"""Several small courses on one calendar, and what must hold of any plans for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from random import Random

from courses.rules.shapes import Placement
from scheduler.planning.calendar import (
    Busy,
    Calendars,
    PlannedClaim,
    ResourceCalendar,
    Span,
)
from scheduler.planning.checker import faults_of
from scheduler.planning.crowd import CourseToPlan, Proposal
from scheduler.planning.problem import CourseProblem, Plan, Told
from scheduler.planning.repairing import Repair
from tests.scheduler.planning.small_clinics import NEW_YORK, a_problem, wall


def new_courses(random: Random) -> tuple[list[CourseToPlan], Calendars]:
    """Two to five courses without a time, on the calendar of the first."""
    first = a_problem(random)
    calendars = first.calendars
    problems = [first]
    for _ in range(random.randint(1, 4)):
        other = a_problem(random)
        while other.calendars.first_on != calendars.first_on:
            other = a_problem(random)
        busy = other.calendars.patient_busy
        mine = calendars.with_resources(calendars.resources, busy)
        known = {resource.resource_id for resource in calendars.resources}
        kept = {g: r for g, r in other.kept.items() if r in known}
        problems.append(replace(other, calendars=mine, kept=kept))
    courses = [CourseToPlan(f"C{n}", problem) for n, problem in enumerate(problems)]
    return courses, calendars


def disrupted(
    random: Random,
    courses: Sequence[CourseToPlan],
    calendars: Calendars,
    told: Proposal,
) -> tuple[list[CourseToPlan], Calendars]:
    """The planned courses after one resource closes for a while."""
    first_on = calendars.first_on
    days = (calendars.last_on - first_on).days
    begin = wall(first_on + timedelta(days=random.randint(0, days)), 0)
    closed = Span(begin, begin + timedelta(days=random.randint(1, 3)))
    ill = random.choice(calendars.resources)
    resources = tuple(
        replace(r, closed=(*r.closed, closed)) if r is ill else r
        for r in calendars.resources
    )
    hit = [
        _hit(course, told.plans[course.key], ill, closed)
        for course in courses
        if course.key in told.plans
    ]
    return hit, calendars.with_resources(resources, calendars.patient_busy)


def _hit(
    course: CourseToPlan, plan: Plan, ill: ResourceCalendar, closed: Span
) -> CourseToPlan:
    told = {
        s.key: Told(
            Placement(s.starts_at, s.ends_at, NEW_YORK),
            {claim.party: claim.resource_id for claim in s.claims},
        )
        for s in plan.sessions
    }
    return CourseToPlan(
        key=course.key,
        problem=replace(course.problem, told=told),
        now=plan.sessions,
        hit=frozenset(
            s.key
            for s in plan.sessions
            for claim in s.claims
            if claim.resource_id == ill.resource_id
            and claim.starts_at < closed.ends_at
            and closed.starts_at < claim.ends_at
        ),
    )


def faults(
    courses: Sequence[CourseToPlan], calendars: Calendars, proposal: Proposal
) -> Iterator[str]:
    """Yield what is wrong: hard rules of each course, and units held twice."""
    held: dict[str, Sequence[PlannedClaim]] = {}
    for course in courses:
        plan = proposal.plans.get(course.key)
        if plan is None:
            held[course.key] = course.standing
            if course.key not in proposal.unplaced:
                yield f"{course.key} is lost"
            continue
        held[course.key] = [claim for s in plan.sessions for claim in s.claims]
        problem = alone_in(course.problem, calendars)
        yield from (f"{course.key}: {fault}" for fault in faults_of(problem, plan))
    yield from held_twice(held)


def alone_in(problem: CourseProblem, calendars: Calendars) -> CourseProblem:
    busy = problem.calendars.patient_busy
    free = calendars.with_resources(calendars.resources, busy)
    return replace(problem, calendars=free)


def held_twice(held: Mapping[str, Sequence[PlannedClaim]]) -> Iterator[str]:
    """Minute by minute, without a look at how the engine finds that out."""
    minute = timedelta(minutes=1)
    taken: dict[str, set[tuple[object, ...]]] = {}
    for key, claims in held.items():
        taken[key] = {
            (c.resource_id, c.unit, c.starts_at + minute * n)
            for c in claims
            for n in range((c.ends_at - c.starts_at) // minute)
        }
    for one, other in combinations(taken, 2):
        if taken[one] & taken[other]:
            yield f"{one} and {other} hold the same unit"


def beside(
    calendars: Calendars, problem: CourseProblem, claims: Sequence[PlannedClaim]
) -> CourseProblem:
    """The problem as it is when all these claims are taken, made the plain way."""
    resources = tuple(
        replace(
            r,
            busy=(
                *r.busy,
                *(
                    Busy(c.unit, c.starts_at, c.ends_at)
                    for c in claims
                    if c.resource_id == r.resource_id
                ),
            ),
        )
        for r in calendars.resources
    )
    busy = problem.calendars.patient_busy
    return replace(problem, calendars=calendars.with_resources(resources, busy))


def a_repair(seed: int) -> tuple[list[CourseToPlan], Calendars, Repair]:
    """Told courses that something happened to, or new ones: every third time."""
    random = Random(seed)
    courses, calendars = new_courses(random)
    if seed % 3:
        told = Repair(courses, calendars).first()
        courses, calendars = disrupted(random, courses, calendars, told)
    return courses, calendars, Repair(courses, calendars)
