"""Looking at a ripple of a course that is half over, and committing it."""

import statistics
import time
from datetime import datetime, timedelta

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.library.reading import read_library
from courses.models import Course, Protocol
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.models import Appointment, Site
from scheduler.planning.problem import Preferences
from scheduler.ripples.changes import Change, Move, Replace
from tests.benchmarks.bench_planning import a_clinic_of_twenty
from tests.benchmarks.harness import Report, median_milliseconds
from tests.builders import DESK, NOW, TODAY, a_course, an_eligible_assessment
from tests.ripples import commit, look

ROUNDS = 11
DAY = timedelta(days=1)


def measure_a_ripple(report: Report) -> None:
    install_library(library=read_library(), actor=DESK, now=NOW)
    site = a_clinic_of_twenty()
    course = _booked(site)
    visits = list(Appointment.objects.order_by("starts_at").select_related("session"))
    doses = [v for v in visits if v.session.label.startswith("Infusion")]
    now = doses[4].starts_at - timedelta(hours=20)
    size = f"{len(visits)} visits, 20 resources"
    dose = doses[4]
    for name, change in (
        ("a ripple: one visit by a day", Move(dose.pk, dose.starts_at + DAY)),
        ("a ripple: one visit by a week", Move(dose.pk, dose.starts_at + 7 * DAY)),
        ("a ripple: the rest placed anew", Replace()),
    ):

        def act(change: Change = change) -> object:
            return look(course, change, site, now=now)

        report.register(
            name=name,
            size=size,
            value=median_milliseconds(act, rounds=ROUNDS),
            unit="ms",
            at_most=30,
        )
    report.register(
        name="committing a ripple that moves a week",
        size=size,
        value=_committing(course, site, dose, now),
        unit="ms",
    )


def _committing(course: Course, site: Site, dose: Appointment, now: datetime) -> float:
    """The middle of several commits: there, and back again."""
    seconds = []
    for number in range(ROUNDS):
        to = dose.starts_at + (0 if number % 2 else 7) * DAY
        shown = look(course, Move(dose.pk, to), site, now=now)
        started = time.perf_counter()
        commit(course, shown.ripple, now=now)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


def _booked(site: Site) -> Course:
    course = a_course()
    an_eligible_assessment(course)
    chosen = choose_protocol(
        course=course,
        protocol=Protocol.objects.get(code="iv-8-4w"),
        actor=DESK,
        now=NOW,
    )
    wish = Preferences(start_on=TODAY + DAY)
    found = plan_course(course=chosen, site=site, preferences=wish, now=NOW)
    if not isinstance(found, CoursePlan):
        raise RuntimeError(str(found.refusals))
    book_course(course=chosen, plan=found, actor=DESK, now=NOW)
    return chosen
