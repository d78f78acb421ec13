"""New times for many courses: how soon the first are there, how good after a second.

A gap compares two proposals for the same courses, term by term in the objective's
order: visits without a time first. The `weighed` gap packs the sums into one number,
as the planner packs a plan's terms, so that the most important term dominates it. The
`strict` gap is that of the first term in which the two differ, however small that term
is. The best known is the best of this run: a long search with another seed.

Searches are timed by the processor's own seconds, so that other work on the machine
doesn't count; what reads the database is timed by the clock.
"""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.library.reading import read_library
from courses.models import Course, Protocol
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.models import Resource, Site
from scheduler.planning.crowd import Proposal, Total
from scheduler.planning.problem import Preferences
from scheduler.repairs.reading import Crowd, read_new, read_trouble
from scheduler.repairs.troubles import Trouble
from tests.benchmarks.bench_planning import a_clinic_of_twenty
from tests.benchmarks.harness import Report
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_course,
    a_patient,
    an_eligible_assessment,
)

BOOKED = 30
SCENARIOS = 9
VISITS, MOST_VISITS = 16, 26
SOON, LONG = 1.0, 8.0
NEW = 10
SETS = 4
DAY = timedelta(days=1)
# Wide enough for the sum of any term over all courses.
BITS_OF_A_SUM = 24


def measure_disruptions(report: Report) -> None:
    site = _a_booked_clinic()
    crowds = []
    reading = []
    for trouble in _troubles(site):
        started = time.perf_counter()
        crowds.append(read_trouble(trouble, now=NOW))
        reading.append(time.perf_counter() - started)
    hits = [sum(len(m.to_plan.hit) for m in crowd.members) for crowd in crowds]
    patients = [len(crowd.members) for crowd in crowds]
    size = (
        f"{len(crowds)} cases: {min(hits)}-{max(hits)} visits, "
        f"{min(patients)}-{max(patients)} patients"
    )
    report.register(
        name="reading who is hit",
        size=size,
        value=statistics.median(reading) * 1000,
        unit="ms",
    )
    _measure(report, "disruption", size, crowds)


def measure_new_courses(report: Report) -> None:
    site = Site.objects.get()
    crowds = [
        read_new(
            [course.pk for course in _courses(f"new {number}", NEW)],
            site=site,
            preferences=Preferences(start_on=TODAY + DAY * (1 + 7 * number)),
            now=NOW,
        )
        for number in range(SETS)
    ]
    visits = sum(len(m.to_plan.problem.visits) for m in crowds[0].members)
    size = f"{SETS} sets of {NEW}, {visits} visits, 20 resources"
    _measure(report, "ten courses", size, crowds)


def _measure(report: Report, name: str, size: str, crowds: list[Crowd]) -> None:
    firsts, steps, gaps = [], [], []
    for crowd in crowds:
        crowd.repair().first()
        started = time.process_time()
        repair = crowd.repair()
        first = repair.first()
        firsts.append(time.process_time() - started)
        soon = _after(crowd, SOON, seed=1)
        steps.append(soon.steps)
        best = min((_after(crowd, LONG, seed=2), soon), key=lambda each: each.total)
        gaps.append((_gaps(first, best), _gaps(soon, best)))
    report.register(
        name=f"{name}: first proposal",
        size=size,
        value=statistics.median(firsts) * 1000,
        unit="ms",
        at_most=50,
    )
    report.register(
        name=f"{name}: first proposal, worst",
        size=size,
        value=max(firsts) * 1000,
        unit="ms",
    )
    report.register(
        name=f"{name}: tries in a second",
        size=size,
        value=statistics.median(steps),
        unit="tries",
    )
    for when, which in (("first proposal", 0), (f"after {SOON:g} s", 1)):
        for kind, index in (("weighed", 0), ("strict", 1)):
            values = [pair[which][index] * 100 for pair in gaps]
            report.register(
                name=f"{name}: {kind} gap, {when}, median",
                size=size,
                value=statistics.median(values),
                unit="%",
                at_most=2 if which else None,
            )
            report.register(
                name=f"{name}: {kind} gap, {when}, worst",
                size=size,
                value=max(values),
                unit="%",
                at_most=10 if which else None,
            )


def _after(crowd: Crowd, seconds: float, *, seed: int) -> Proposal:
    """What a search finds in so much time, the first proposal included."""
    until = time.process_time() + seconds
    repair = crowd.repair()
    repair.first()
    for _ in repair.improved(seed=seed):
        if time.process_time() >= until:
            break
    return repair.proposal()


def _gaps(found: Proposal, best: Proposal) -> tuple[float, float]:
    mine, theirs = _weighed(found.total), _weighed(best.total)
    weighed = (mine - theirs) / max(theirs, 1)
    pairs = zip(_sums(found.total), _sums(best.total), strict=True)
    strict = next(((a - b) / max(b, 1) for a, b in pairs if a != b), 0.0)
    return weighed, strict


def _sums(total: Total) -> tuple[int, ...]:
    return (total.visits, total.courses, *total.terms)


def _weighed(total: Total) -> int:
    packed = 0
    for value in _sums(total):
        packed = (packed << BITS_OF_A_SUM) + value
    return packed


# --- the clinic --------------------------------------------------------------------


def _a_booked_clinic() -> Site:
    """Courses of two protocols, one begun every other day, booked as they came."""
    install_library(library=read_library(), actor=DESK, now=NOW)
    site = a_clinic_of_twenty()
    for number, course in enumerate(_courses("booked", BOOKED)):
        found = plan_course(
            course=course,
            site=site,
            preferences=Preferences(start_on=TODAY + DAY * (1 + number)),
            now=NOW,
        )
        if isinstance(found, CoursePlan):
            book_course(course=course, plan=found, actor=DESK, now=NOW)
    return site


def _courses(name: str, count: int) -> Iterator[Course]:
    protocols = list(
        Protocol.objects.filter(code__in=("iv-6-2w", "iv-6-3w")).order_by("code")
    ) or list(Protocol.objects.published().order_by("code")[:2])
    for number in range(count):
        course = a_course(a_patient(f"{name} {number}"))
        an_eligible_assessment(course)
        yield choose_protocol(
            course=course,
            protocol=protocols[number % len(protocols)],
            actor=DESK,
            now=NOW,
        )


def _troubles(site: Site) -> Iterator[Trouble]:
    """Somebody is away for as many days as it takes to hit about twenty visits."""
    found = 0
    people = Resource.objects.filter(kind="person").order_by("name")
    for start in (10, 14, 18, 22):
        for resource in people:
            for days in range(2, 15):
                begins = NOW + DAY * start
                trouble = Trouble(site, begins, begins + DAY * days, resource)
                hits = trouble.hits(NOW)
                if len(hits) >= VISITS:
                    break
            courses = {each.session.course_id for each in hits}
            if VISITS <= len(hits) <= MOST_VISITS and len(courses) >= 8:
                found += 1
                yield trouble
            if found == SCENARIOS:
                return
