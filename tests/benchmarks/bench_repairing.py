"""New times for many courses: how soon the first are there, how good after a second.

A gap compares two proposals for the same courses, term by term in the objective's
order: visits without a time first. The `weighed` gap packs the sums into one number,
as the planner packs a plan's terms, so that the most important term dominates it. The
`strict` gap is that of the first term in which the two differ, however small that term
is. The best known is the best of this run: a long search with another seed. The bound
is what all courses would cost if each had the clinic to itself: nothing is better, and
mostly nothing is as good, since they contend for the same people.

CP-SAT plans the same ten courses in one model: 60 seconds of two workers by the clock,
building the model not counted, no hints for either side, all soft windows kept, as
the plans that it is held against keep them. Only one set is asked, so that a run takes
a few minutes and not half an hour.

Searches are timed by the processor's own seconds, so that other work on the machine
doesn't count; what reads the database is timed by the clock.
"""

import os
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
from scheduler.planning.crowd import Proposal, Total, weighed
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
from tests.scheduler.planning.cp_sat_crowd import CrowdModel, ask_for_all

BOOKED = 30
SCENARIOS = 9
VISITS, MOST_VISITS = 16, 26
SOON, LONG = 1.0, 8.0
NEW = 10
SETS = 4
ASKED, MINUTE = 1, 60.0
DAY = timedelta(days=1)


def measure_disruptions(report: Report) -> None:
    site = _a_booked_clinic()
    troubles = list(_troubles(site))
    crowds, reading = [], []
    for trouble in troubles:
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
    # Read once more, since the process is warm and the calendar is not.
    fresh = [read_trouble(trouble, now=NOW) for trouble in troubles]
    _measure_first(report, "disruption", size, crowds, fresh)
    _measure_search(report, "disruption", size, crowds)


def measure_new_courses(report: Report) -> None:
    site = Site.objects.get()
    sets = [
        [course.pk for course in _courses(f"new {number}", NEW)]
        for number in range(SETS)
    ]

    def read() -> list[Crowd]:
        return [
            read_new(
                ids,
                site=site,
                preferences=Preferences(start_on=TODAY + DAY * (1 + 7 * number)),
                now=NOW,
            )
            for number, ids in enumerate(sets)
        ]

    crowds = read()
    visits = sum(len(m.to_plan.problem.visits) for m in crowds[0].members)
    size = f"{SETS} sets of {NEW}, {visits} visits, 20 resources"
    _measure_first(report, "ten courses", size, crowds, read())
    soon = _measure_search(report, "ten courses", size, crowds)
    for number in range(ASKED):
        _measure_beside_cp_sat(report, number, crowds[number], soon[number])


def _measure_first(
    report: Report, name: str, size: str, crowds: list[Crowd], fresh: list[Crowd]
) -> None:
    for crowd in crowds:
        crowd.repair().first()
    firsts = []
    for crowd in fresh:
        started = time.process_time()
        crowd.repair().first()
        firsts.append(time.process_time() - started)
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


def _measure_search(
    report: Report, name: str, size: str, crowds: list[Crowd]
) -> list[Proposal]:
    found, steps, gaps, above = [], [], [], []
    for crowd in crowds:
        first = crowd.repair().first()
        soon = _after(crowd, SOON, seed=1)
        found.append(soon)
        steps.append(soon.steps)
        best = min((_after(crowd, LONG, seed=2), soon), key=lambda each: each.total)
        gaps.append((_gaps(first.total, best.total), _gaps(soon.total, best.total)))
        above.append(_gaps(soon.total, _bound(crowd))[1])
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
    report.register(
        name=f"{name}: above the bound, after {SOON:g} s, median",
        size=size,
        value=statistics.median(above),
        unit="times more",
    )
    return found


def _measure_beside_cp_sat(
    report: Report, number: int, crowd: Crowd, soon: Proposal
) -> None:
    """How much more the repair costs in the first term in which the two differ."""
    workers = os.cpu_count() or 1
    courses = [member.to_plan for member in crowd.members]
    model = CrowdModel(courses, crowd.calendars, keeps_windows=True)
    answer = ask_for_all(model, seconds=MINUTE, workers=workers)
    size = f"set {number}, {answer.status}, {workers} workers"
    if not answer.terms:
        report.register(
            name="ten courses: CP-SAT found nothing", size=size, value=MINUTE, unit="s"
        )
        return
    theirs = Total(0, 0, answer.terms)
    pairs = zip(_sums(soon.total), _sums(theirs), strict=True)
    differing = next(((a, b) for a, b in pairs if a != b), (1, 1))
    report.register(
        name=f"ten courses: {SOON:g} s of repair to {MINUTE:g} s of CP-SAT",
        size=size,
        value=differing[0] / max(differing[1], 1),
        unit="ratio",
        at_most=1,
    )


def _bound(crowd: Crowd) -> Total:
    """What the courses would cost if each had the clinic to itself."""
    repair = crowd.repair()
    for course in repair.courses:
        repair.know_alone(course.key)
    costs = [plan.cost for plan in repair.known_alone().values()]
    order = repair.objective.order
    terms = tuple(sum(getattr(cost, term) for cost in costs) for term in order)
    return Total(0, 0, terms)


def _after(crowd: Crowd, seconds: float, *, seed: int) -> Proposal:
    """What a search finds in so much time, the first proposal included."""
    until = time.process_time() + seconds
    repair = crowd.repair()
    repair.first()
    for _ in repair.improved(seed=seed):
        if time.process_time() >= until:
            break
    return repair.proposal()


def _gaps(found: Total, best: Total) -> tuple[float, float]:
    mine, theirs = weighed(found), weighed(best)
    gap = (mine - theirs) / max(theirs, 1)
    pairs = zip(_sums(found), _sums(best), strict=True)
    strict = next(((a - b) / max(b, 1) for a, b in pairs if a != b), 0.0)
    return gap, strict


def _sums(total: Total) -> tuple[int, ...]:
    return (total.visits, total.courses, *total.terms)


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
